import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";

import ts from "typescript";

import { ERRORS, METHODS } from "../../src/protocol/index.ts";
import { documented } from "./documented.ts";
import { asModule, exchanges, type Exchange } from "./examples.ts";

// The tests are compiled into `out/tests/protocol`.
const ROOT = resolve(import.meta.dirname, "../../..");
const FOLDER = join(ROOT, "out", "examples");
const MESSAGES = "../../src/protocol/messages.ts";
const CLIENT = "../../src/protocol/index.ts";
const WRONG: readonly Exchange[] = [
  { request: { method: "ping", params: {} }, reply: { result: { time_ms: 1 } } },
  { request: { method: "ping", params: { loud: true } }, reply: {} },
  { request: { method: "get_job_details", params: {} }, reply: {} },
  { request: { method: "fetch_jobs", params: { limit: "3" } }, reply: {} },
  { request: { method: "no_such_method", params: {} }, reply: {} },
  { request: { method: "ping", params: {} }, reply: { result: { "...": "" } } },
  { request: { method: "ping", params: {} }, reply: { result: { time_ms: "<text>" } } },
  { request: { method: "ping", params: {} }, reply: { result: { time_s: 1 } } },
  { request: { method: "ping", params: {} }, reply: { result: {} } },
];

let program: ts.Program;

before(() => {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, "right.ts"), asModule(exchanges(), MESSAGES));
  writeFileSync(join(FOLDER, "wrong.ts"), asModule(WRONG, MESSAGES));
  writeFileSync(join(FOLDER, "documented.ts"), documented(CLIENT));
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) =>
    ts.sys.readFile(path),
  ) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const names = ["right.ts", "wrong.ts", "documented.ts"].map((name) =>
    join(FOLDER, name),
  );
  program = ts.createProgram(names, options);
});

after(() => {
  rmSync(FOLDER, { recursive: true });
});

test("the examples of the protocol are what the types say", () => {
  assert.deepEqual(found("right.ts"), []);
  const methods = new Set(exchanges().map(({ request }) => request.method));
  assert.deepEqual([...methods].sort(), Object.keys(METHODS).sort());
});

test("an example that is wrong is found", () => {
  const lines = new Set(found("wrong.ts").map(({ line }) => line));
  const held = asModule(WRONG, MESSAGES).split("\n").filter(isHeld);
  const params = [1, 2, 3, 4];
  const results = [2, 3, 4].map((index) => WRONG.length + index);
  assert.deepEqual(
    [...lines],
    [...params, ...results].map((index) => held[index]),
  );
});

test("the example of the documentation is what the types say", () => {
  assert.deepEqual(found("documented.ts"), []);
});

test("the errors of the examples are in the table", () => {
  const errors = exchanges().flatMap(({ reply }) => reply.error ?? []);
  assert.ok(errors.length > 0);
  const table: Readonly<Record<string, { code: number }>> = ERRORS;
  for (const { code, data } of errors) {
    assert.equal(table[data.kind]?.code, code, data.kind);
  }
});

function isHeld(line: string): boolean {
  return line.includes(" satisfies ");
}

/** What the compiler says of a file, and of which line. */
function found(name: string): { line: string | undefined; said: string }[] {
  const file = program.getSourceFile(join(FOLDER, name));
  assert.ok(file);
  return [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ].map(({ start = 0, messageText }) => {
    const { line } = file.getLineAndCharacterOfPosition(start);
    return {
      line: file.text.split("\n")[line],
      said: ts.flattenDiagnosticMessageText(messageText, "\n"),
    };
  });
}
