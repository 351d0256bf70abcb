import assert from "node:assert/strict";
import { test } from "node:test";

import { LineDecoder, LineTooLongError } from "../../src/protocol/framing.ts";

const TEXT = '{"a":"Å 👩‍🔬"}\n\r\n{"b":1}\r\n{"c"';
const LINES = ['{"a":"Å 👩‍🔬"}', '{"b":1}'];

test("lines are the same wherever they were cut, within a character too", () => {
  const bytes = Buffer.from(TEXT);
  for (let size = 1; size <= bytes.length; size += 1) {
    const decoder = new LineDecoder();
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      found.push(...decoder.feed(bytes.subarray(at, at + size)));
    }
    assert.deepEqual(found, LINES);
    assert.deepEqual(decoder.feed(Buffer.from(":2}\n")), ['{"c":2}']);
  }
});

test("a line may have as many bytes as are allowed, and not one more", () => {
  assert.deepEqual(new LineDecoder(4).feed(Buffer.from("1234\n5678\n")), [
    "1234",
    "5678",
  ]);
  const decoder = new LineDecoder(4);
  decoder.feed(Buffer.from("123"));
  assert.throws(() => decoder.feed(Buffer.from("45")), LineTooLongError);
});
