/**
 * Compile the tests and run them with Node's runner.
 *
 * `node scripts/test.mjs [FILE …]`: all of `tests/`, or the `*.test.ts` files named.
 */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");
const OUT = join(ROOT, "out");
/** What hangs fails, with its name. */
const LIMIT = "--test-timeout=120000";

const named = process.argv.slice(2).map((file) => resolve(file));
const all = readdirSync(join(ROOT, "tests"), { recursive: true })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => join(ROOT, "tests", file));
const files = named.length > 0 ? named : all;

await build({
  entryPoints: files,
  outbase: ROOT,
  outdir: OUT,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
});

const compiled = files.map((file) =>
  join(OUT, relative(ROOT, file).replace(/\.ts$/, ".mjs")),
);
const ran = spawnSync(
  process.execPath,
  ["--enable-source-maps", "--test", "--test-reporter=spec", LIMIT, ...compiled],
  { cwd: ROOT, stdio: "inherit" },
);
process.exitCode = ran.status ?? 1;
