import assert from "node:assert/strict";
import { test } from "node:test";

import { InTurn } from "../src/in_turn.ts";

test("what comes after a failure is done, and waits for what is before it", async () => {
  const turns = new InTurn();
  const done: string[] = [];
  const failed = assert.rejects(
    turns.run(() => Promise.reject(new Error("cannot be stopped"))),
    /cannot be stopped/,
  );
  const slow = turns.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    done.push("slow");
  });
  const next = turns.run(() => Promise.resolve(done.push("next")));
  await turns.settled();
  assert.deepEqual(done, ["slow", "next"]);
  await Promise.all([failed, slow, next]);
});
