/** Make the extension one file: `dist/extension.cjs`, as VS Code loads it. */

import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

import { licences } from "./licences.mjs";

const ROOT = resolve(import.meta.dirname, "..");

const { metafile } = await build({
  absWorkingDir: ROOT,
  metafile: true,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.cjs",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  sourcemap: true,
  minify: process.argv.includes("--minify"),
  // An error is told by its name.
  keepNames: true,
  logLevel: "warning",
});

writeFileSync(join(ROOT, "dist", "licences.txt"), licences(metafile, ROOT));
