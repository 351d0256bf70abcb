/** Files of the extension, as they are packaged. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

// The tests are compiled into `out/tests/…`.
export const ROOT = resolve(import.meta.dirname, "../../..");

export function fileOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

export interface Manifest {
  readonly main: string;
  readonly contributes: {
    readonly languages: readonly {
      readonly id: string;
      readonly extensions?: readonly string[];
      readonly filenames?: readonly string[];
      readonly configuration?: string;
    }[];
    readonly grammars: readonly { readonly language: string; readonly path: string }[];
    readonly snippets: readonly { readonly language: string; readonly path: string }[];
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly default: unknown }>>;
    };
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
  };
}

export const MANIFEST = JSON.parse(fileOf("package.json")) as Manifest;
