import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { build } from "esbuild";

import { DECK, TestDaemon } from "./daemon.ts";
import { documented } from "./documented.ts";

// The tests are compiled into `out/tests/protocol`.
const CLIENT = resolve(import.meta.dirname, "../../../src/protocol/index.ts");

const daemon = new TestDaemon();

before(() => daemon.start());

after(() => daemon.close());

test("the example of the documentation runs as it stands", async () => {
  const program = join(daemon.home, "example.mjs");
  await build({
    stdin: { contents: documented(CLIENT), loader: "ts", resolveDir: daemon.home },
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
  });
  writeFileSync(join(daemon.home, "mgo.d12"), DECK);
  const options = { cwd: daemon.home, env: daemon.environment };
  const { stdout } = await promisify(execFile)(process.execPath, [program], options);
  assert.match(stdout, /^-\d+\.\d+ eV per cell\n$/);
});
