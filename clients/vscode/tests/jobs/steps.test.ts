/** What a running program shows only by chance: steps that follow, hosts that are silent. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { followLog } from "../../src/jobs/log_follower.ts";
import {
  RpcError,
  type FetchJobLogParams,
  type FetchJobLogResult,
} from "../../src/protocol/index.ts";

type Answer = FetchJobLogResult | RpcError;

/** Answers in this order, and keeps what it was asked. */
class Script {
  readonly asked: FetchJobLogParams[] = [];
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  readonly request = (_method: string, params: FetchJobLogParams): Promise<Answer> => {
    this.asked.push(params);
    const answer = this.#answers.shift();
    assert.ok(answer, "it was asked once too often");
    return answer instanceof RpcError
      ? Promise.reject(answer)
      : Promise.resolve(answer);
  };

  readonly whenHere = (): Promise<void> => Promise.resolve();
}

function chunk(
  file: string,
  offset: number,
  data: string,
  size: number,
  atEnd = false,
): FetchJobLogResult {
  const next = offset + data.length;
  const rest = { size, encoding: "text", at_end: atEnd };
  return { file, offset, next_offset: next, data, ...rest };
}

async function followed(script: Script): Promise<string[]> {
  const { signal } = new AbortController();
  const found = [];
  for await (const piece of followLog(script, "7", signal)) {
    found.push(piece.kind === "file" ? `==> ${piece.name}` : piece.text);
  }
  return found;
}

test("what is left of a step's output comes before the output of the next step", async () => {
  const script = new Script(
    chunk("outputs/mgo.out", 0, "one\n", 4),
    chunk("outputs/mgo.outp", 4, "", 5),
    chunk("outputs/mgo.out", 4, "two\n", 8),
    chunk("outputs/mgo.outp", 0, "bands\n", 6, true),
  );
  assert.deepEqual(await followed(script), [
    "==> outputs/mgo.out",
    "one\n",
    "two\n",
    "==> outputs/mgo.outp",
    "bands\n",
  ]);
  assert.equal(script.asked[2]?.file, "outputs/mgo.out");
  assert.equal(script.asked[3]?.offset, 0);
});

test("of a long output the last lines are shown, and no part of one", async () => {
  const script = new Script(chunk("mgo.out", 9000, "alf\nwhole\n", 9010, true));
  assert.deepEqual(await followed(script), ["==> mgo.out", "whole\n"]);
  assert.ok((script.asked[0]?.offset ?? 0) < 0);
});

test("a host that does not answer is waited for, which is said once", async () => {
  const silent = new RpcError({
    code: -32050,
    message: "hpc cannot be reached.",
    data: { kind: "host.unreachable", retryable: true },
  });
  const script = new Script(silent, silent, chunk("mgo.out", 0, "one\n", 4, true));
  assert.deepEqual(await followed(script), [
    "hpc cannot be reached.",
    "==> mgo.out",
    "one\n",
  ]);
});
