import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { greet } from "../../src/protocol/greeting.ts";
import {
  ConnectionClosedError,
  ConnectionLostError,
  DaemonSilentError,
  METHODS,
  PROTOCOL,
  ProtocolMismatchError,
  RequestUnsendableError,
  RpcError,
  type Connection,
  type Method,
} from "../../src/protocol/index.ts";
import { openLine } from "../../src/protocol/line.ts";
import { Between, DECK, REPOSITORY, TestDaemon } from "./daemon.ts";

const DOCUMENT = join(REPOSITORY, "protocol", "openrpc.json");
const LONG = { cursor: "now", wait_ms: 60_000 };

const daemon = new TestDaemon({ validates: true });
let connection: Connection;

before(async () => {
  await daemon.start();
  connection = daemon.connection();
});

after(async () => {
  await connection.close();
  await daemon.close();
});

test("a call is answered with its result", async () => {
  const { time_ms } = await connection.request("ping", {});
  assert.ok(Math.abs(time_ms - Date.now()) < 60_000);
  assert.equal(connection.hello?.protocol, PROTOCOL);
});

test("the table knows every method of the daemon", async () => {
  const { openrpc } = await connection.request("rpc.discover", {});
  const methods = openrpc["methods"] as { name: string }[];
  assert.deepEqual(methods.map(({ name }) => name).sort(), Object.keys(METHODS).sort());
});

test("a refusal is an error with number, kind and facts", async () => {
  const refused = connection.request("get_job_details", { job_id: "4711" });
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof RpcError);
    assert.equal(error.name, "RpcError");
    assert.equal(error.kind, "job.not_found");
    assert.equal(error.code, -32020);
    assert.equal(error.retryable, false);
    assert.match(error.message, /4711/);
    assert.match(error.traceId ?? "", /^[0-9a-f]{32}$/);
    return true;
  });
});

test("a parameter that is not there is refused by the daemon too", async () => {
  const wrong = { limt: 3 } as Record<string, number>;
  await assert.rejects(connection.request("fetch_jobs", wrong), {
    kind: "rpc.invalid_params",
    code: -32602,
  });
});

test("numbers that JSON cannot say are not sent", async () => {
  const limit = { limit: NaN };
  await assert.rejects(connection.request("fetch_jobs", limit), (error) => {
    assert.ok(error instanceof RequestUnsendableError);
    assert.match(error.message, /^fetch_jobs cannot be sent: limit is NaN/);
    return true;
  });
});

test("a request that is too long is not sent, and the connection goes on", async () => {
  const text = "x".repeat(1 << 20);
  await assert.rejects(
    connection.request("check_document", { text }),
    RequestUnsendableError,
  );
  await connection.request("ping", {});
});

test("characters of all kinds come back as they went", async () => {
  const name = "käfig ⚛ 👩‍🔬.d12";
  const text = DECK.replace("MgO", "Å – \u2028 👩‍🔬");
  const inputs = [{ name: "mgo.d12", text }];
  const made = await connection.request("submit_job", {
    inputs,
    hold: true,
    tags: [name],
  });
  const [job] = made.jobs;
  assert.ok(job);
  const { jobs } = await connection.request("fetch_jobs", { tag: name });
  assert.deepEqual(
    jobs.map(({ job_id, tags }) => [job_id, tags]),
    [[job.job_id, [name]]],
  );
});

test("a large answer comes whole, however it was cut on its way", async () => {
  const between = await new Between(daemon).listen();
  between.back = async (chunk, to) => {
    for (let at = 0; at < chunk.length; at += 1009) {
      to.write(chunk.subarray(at, at + 1009));
      await new Promise(setImmediate);
    }
  };
  const other = daemon.connection({ socket: between.socket });
  const { openrpc } = await other.request("rpc.discover", {});
  assert.deepEqual(openrpc, JSON.parse(readFileSync(DOCUMENT, "utf8")));
  await other.close();
  between.close();
});

test("answers may come byte by byte, or many at once", async () => {
  const between = await new Between(daemon).listen();
  const other = daemon.connection({ socket: between.socket });
  await other.request("ping", {});

  between.back = async (chunk, to) => {
    for (const byte of chunk) {
      to.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
  };
  const { n_clients } = await other.request("status", {});
  assert.ok(n_clients >= 1);

  const held: Buffer[] = [];
  between.back = (chunk, to) => {
    held.push(chunk);
    const all = Buffer.concat(held);
    if (all.filter((byte) => byte === 0x0a).length === 5) {
      to.write(all);
    }
  };
  const five = [1, 2, 3, 4, 5].map(() => other.request("ping", {}));
  assert.equal((await Promise.all(five)).length, 5);
  await other.close();
  between.close();
});

test("many calls wait at once, and a quick one does not wait for a slow one", async () => {
  const slow = connection.request("fetch_events", { cursor: "now", wait_ms: 300 });
  let isSlowDone = false;
  void slow.then(() => (isSlowDone = true));
  const quick = Array.from({ length: 200 }, () => connection.request("ping", {}));
  await connection.request("ping", {});
  assert.equal(isSlowDone, false);
  await Promise.all(quick);
  assert.deepEqual((await slow).events, []);
});

test("calls that are withdrawn leave the daemon's places to others", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  setMaxListeners(0, signal);
  // More than the daemon takes at a time.
  const waiting = Array.from({ length: 150 }, () =>
    connection.request("fetch_events", LONG, { signal }),
  );
  const ping = connection.request("ping", {});
  controller.abort(new Error("nobody looks any more"));
  for (const one of await Promise.allSettled(waiting)) {
    assert.equal(one.status, "rejected");
    assert.equal((one.reason as Error).message, "nobody looks any more");
  }
  await ping;
});

test("a call that was withdrawn before it began is not sent", async () => {
  const signal = AbortSignal.abort(new Error("too late"));
  await assert.rejects(connection.request("ping", {}, { signal }), /too late/);
});

test("a daemon that does not answer is told from one that is slow", async () => {
  daemon.signal("SIGSTOP");
  const silent = connection.request("ping", {}, { timeoutMs: 200 });
  await assert.rejects(silent, (error) => {
    assert.ok(error instanceof DaemonSilentError);
    assert.match(error.message, /within 0.2 s/);
    assert.match(error.traceId ?? "", /^[0-9a-f]{32}$/);
    return true;
  });
  const other = daemon.connection();
  const signal = AbortSignal.timeout(200);
  await assert.rejects(other.request("ping", {}, { signal }), { name: "TimeoutError" });
  await other.close();
  daemon.signal("SIGCONT");
  // On the same line; the reply to the first is passed over.
  await connection.request("ping", {});
  const waited = connection.request("fetch_events", LONG, { timeoutMs: 100 });
  await assert.rejects(waited, DaemonSilentError);
});

test("a connection that was closed answers nobody", async () => {
  const other = daemon.connection();
  await other.open();
  const waiting = other.request("fetch_events", LONG);
  const closed = assert.rejects(waiting, ConnectionClosedError);
  await other.close();
  await closed;
  await assert.rejects(other.request("ping", {}), ConnectionClosedError);
  await assert.rejects(other.whenHere(), ConnectionClosedError);
  await other.close();
});

test("every kind of method has a name that its types know", () => {
  const methods: Method[] = ["ping", "rpc.describe", "submit_job"];
  // @ts-expect-error: there is no such method
  methods.push("make_coffee");
  // @ts-expect-error: a job's number is a text
  const wrong = (): unknown => connection.request("get_job_details", { job_id: 1 });
  // @ts-expect-error: subscriptions are made with `subscribe`
  const other = (): unknown => connection.request("subscribe", {});
  assert.deepEqual(
    [methods.length, typeof wrong, typeof other],
    [4, "function", "function"],
  );
});

test("a daemon of another protocol is not talked to", async () => {
  const line = await openLine(daemon.socket, {
    notified: () => undefined,
    lost: () => undefined,
  });
  await assert.rejects(greet(line, "test", undefined, "9.0"), (error) => {
    assert.ok(error instanceof ProtocolMismatchError);
    assert.match(error.message, /does not speak protocol 9.0/);
    return true;
  });
  line.close(() => new ConnectionLostError(daemon.socket));
});
