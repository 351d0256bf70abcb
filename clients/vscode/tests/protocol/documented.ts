/** The example of `docs/cli.md`, as it stands there. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { REPOSITORY } from "./daemon.ts";

/** Return it with the path of the client that it is to import. */
export function documented(client: string): string {
  const text = readFileSync(join(REPOSITORY, "docs", "cli.md"), "utf8");
  const [, example] = /^```ts\n([^]*?)^```$/m.exec(text) ?? [];
  const path = '"./protocol/index.ts"';
  if (example?.includes(path) !== true) {
    throw new Error("docs/cli.md has no example in TypeScript");
  }
  return example.replace(path, JSON.stringify(client));
}
