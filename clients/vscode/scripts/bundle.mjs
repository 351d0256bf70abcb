/** Make the extension one file: `dist/extension.cjs`, as VS Code loads it. */

import { build } from "esbuild";

await build({
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
