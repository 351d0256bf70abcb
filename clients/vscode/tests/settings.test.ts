import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";

import { findProgram, missingProgramText } from "../src/program.ts";
import { readSettings, serverArguments } from "../src/settings.ts";

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "cm-"));
  for (const [name, mode] of [
    ["crystalmath", 0o755],
    ["plain", 0o644],
  ] as const) {
    writeFileSync(join(folder, name), "");
    chmodSync(join(folder, name), mode);
  }
  mkdirSync(join(folder, "directory"));
});

after(() => {
  rmSync(folder, { recursive: true });
});

test("without settings the program is looked for on the path, the socket where it is", () => {
  const settings = readSettings(() => undefined);
  assert.deepEqual(settings, { command: "crystalmath", socket: "", groupBy: "state" });
  assert.deepEqual(serverArguments(settings), ["lsp"]);
});

test("settings are taken, with the home directory for a tilde", () => {
  const written: Record<string, unknown> = {
    command: "~/venv/bin/crystalmath",
    socket: " /run/d.sock ",
    "jobs.groupBy": "project",
  };
  const settings = readSettings((name) => written[name]);
  assert.equal(settings.command, join(homedir(), "venv/bin/crystalmath"));
  assert.equal(settings.groupBy, "project");
  assert.deepEqual(serverArguments(settings), ["lsp", "--socket", "/run/d.sock"]);
});

test("a setting of a wrong kind is as if it were not there", () => {
  assert.deepEqual(
    readSettings(() => 7),
    readSettings(() => undefined),
  );
});

test("a program is found by its name or its path, if it may be run", () => {
  const path = ["relative", "/nowhere", folder].join(delimiter);
  const program = join(folder, "crystalmath");
  assert.equal(findProgram("crystalmath", path), program);
  assert.equal(findProgram(program, ""), program);
  for (const name of ["plain", "directory", "missing", join(folder, "plain")]) {
    assert.equal(findProgram(name, path), undefined, name);
  }
});

test("who misses the program is told what to do", () => {
  const text = missingProgramText("/opt/crystalmath");
  assert.match(text, /\/opt\/crystalmath was not found/);
  assert.match(text, /pip install .* crystalmath\.command/);
});
