import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";

import {
  connect,
  Connection,
  ConnectionLostError,
  DaemonNotRunningError,
  DaemonNotStartedError,
  SocketRefusedError,
} from "../../src/protocol/index.ts";
import { openLine } from "../../src/protocol/line.ts";
import { DECK, PYTHON, TestDaemon } from "./daemon.ts";

const NOBODY = { notified: () => undefined, lost: () => undefined };
const INPUTS = [{ name: "mgo.d12", text: DECK }];

let daemon: TestDaemon;

beforeEach(() => {
  daemon = new TestDaemon();
});

afterEach(async () => {
  await daemon.close();
});

test("without a daemon the error says what starts one", async () => {
  await assert.rejects(connect({ socket: daemon.socket }), (error) => {
    assert.ok(error instanceof DaemonNotRunningError);
    assert.ok(error.message.includes(daemon.socket));
    assert.match(error.message, /`crystalmath daemon start` starts one/);
    return true;
  });
});

test("a daemon is started if that is asked for", async () => {
  // As from a shell: the command finds its home where the test says.
  const command = ["env", ...assignments(daemon), PYTHON, "-m", "crystalmath"];
  const connection = await connect({ socket: daemon.socket, start: true, command });
  const { pid } = await connection.request("status", {});
  await connection.request("shutdown", {});
  await gone(connection);

  // A question does not start what somebody has stopped, a submission does.
  await assert.rejects(connection.request("fetch_jobs", {}), DaemonNotRunningError);
  const made = await connection.request("submit_job", { inputs: INPUTS, hold: true });
  assert.equal(made.jobs.length, 1);
  const again = await connection.request("status", {});
  assert.notEqual(again.pid, pid);
  await connection.request("shutdown", {});
  await gone(connection);
  await connection.close();
});

test("a daemon that does not start leaves its last words", async () => {
  const broken = ["sh", "-c", "echo the disk is full >&2; exit 4"];
  const options = { socket: daemon.socket, start: true };
  await assert.rejects(connect({ ...options, command: broken }), (error) => {
    assert.ok(error instanceof DaemonNotStartedError);
    assert.equal(error.said, "the disk is full");
    assert.match(error.message, /failed \(4\)/);
    return true;
  });
  const missing = ["no-such-crystalmath"];
  await assert.rejects(
    connect({ ...options, command: missing }),
    /there is no program no-such-crystalmath/,
  );
});

test("a path that can be no socket is refused", async () => {
  const socket = join(daemon.home, "x".repeat(200));
  await assert.rejects(connect({ socket }), SocketRefusedError);
  const file = join(daemon.home, "file");
  writeFileSync(file, "");
  await assert.rejects(connect({ socket: file }), DaemonNotRunningError);
});

test("a connection waits for a daemon that is not yet there", async () => {
  const seen: boolean[] = [];
  const connection = daemon.connection({ onPresence: (isHere) => seen.push(isHere) });
  const warnings: Error[] = [];
  process.on("warning", (warning) => warnings.push(warning));
  const here = Promise.all(Array.from({ length: 30 }, () => connection.whenHere()));
  assert.equal(connection.isHere, false);
  await daemon.start();
  await here;
  assert.equal(connection.isHere, true);

  await daemon.stop();
  const controller = new AbortController();
  const never = connection.whenHere(controller.signal);
  controller.abort(new Error("no longer"));
  await assert.rejects(never, /no longer/);
  assert.deepEqual(seen, [true, false]);
  assert.deepEqual(warnings, []);
  await connection.close();
});

function assignments({ environment }: TestDaemon): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value ?? ""}`);
}

async function gone(connection: Connection): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      const line = await openLine(connection.socket, NOBODY);
      line.close(() => new ConnectionLostError(connection.socket));
    } catch (error) {
      assert.ok(error instanceof DaemonNotRunningError);
      return;
    }
    assert.ok(Date.now() < deadline, "the daemon has not ended");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
