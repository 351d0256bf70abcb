import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import {
  connect,
  ConnectionLostError,
  ProtocolMismatchError,
  ReplyUnreadableError,
} from "../../src/protocol/index.ts";

/** Each word is what a daemon of another age or kind might answer to `hello`. */
for (const { words, error, about } of [
  {
    words: `{"jsonrpc":"2.0","id":1,"result":{"protocol":"2.0"}}\n`,
    error: ProtocolMismatchError,
    about: "another version",
  },
  {
    words: "HTTP/1.1 400 Bad Request\n",
    error: ReplyUnreadableError,
    about: "no JSON",
  },
  { words: "[]\n", error: ReplyUnreadableError, about: "no object" },
  {
    words: `{"jsonrpc":"2.0","id":1,"result":[]}\n`,
    error: ReplyUnreadableError,
    about: "no result",
  },
  {
    words: `{"jsonrpc":"2.0","result":{}}\n`,
    error: ReplyUnreadableError,
    about: "no id",
  },
  {
    words: "x".repeat((16 << 20) + 1),
    error: ReplyUnreadableError,
    about: "a line without an end",
  },
  { words: "", error: ConnectionLostError, about: "nothing" },
]) {
  test(`an answer that is ${about} is an error`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "cm-"));
    const socket = join(folder, "d.sock");
    const server = await saying(words, socket);
    await assert.rejects(connect({ socket }), error);
    server.close();
    rmSync(folder, { recursive: true });
  });
}

async function saying(words: string, socket: string): Promise<Server> {
  const server = createServer((stream) => {
    stream.on("error", () => stream.destroy());
    stream.once("data", () => stream.end(words));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return server;
}
