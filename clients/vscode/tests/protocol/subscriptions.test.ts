import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import {
  DaemonUnreachableError,
  RpcError,
  type Connection,
  type Event,
  type Subscription,
} from "../../src/protocol/index.ts";
import { Between, DECK, TestDaemon } from "./daemon.ts";

const daemon = new TestDaemon();
let connection: Connection;

before(() => daemon.start());

after(() => daemon.close());

beforeEach(() => {
  connection = daemon.connection();
});

afterEach(() => connection.close());

test("a job is followed from its submission to its energy", async () => {
  const subscription = await connection.subscribe({ types: ["job_result_stored"] });
  const made = await submitted(connection, false);
  for await (const { events } of subscription) {
    const [event] = events;
    assert.equal(event?.job_id, made);
    break;
  }
  assert.ok(subscription.isEnded);
  const { job } = await connection.request("get_job_details", { job_id: made });
  assert.ok((job.energy_ev ?? 0) < -1000);
});

test("each event comes once, whenever the daemon is killed or restarted", async () => {
  const { cursor } = await connection.request("fetch_jobs", {});
  const subscription = await connection.subscribe({ since: cursor });
  const other = daemon.connection();
  const job_id = await submitted(other);
  for (const signal of ["SIGTERM", "SIGKILL", "SIGKILL"] as const) {
    const restarted = daemon.restart(signal);
    // Changes until the last moment, and from the first on.
    for (let priority = 1; priority <= 20; priority += 1) {
      await patiently(() => other.request("set_priority", { job_id, priority }));
    }
    await restarted;
  }
  const last = await submitted(other);
  const seen = await readUntil(subscription, (event) => event.job_id === last);
  const all = await allEvents(other, cursor, seen.at(-1));
  assert.ok(all.length >= 60, `only ${all.length}`);
  assert.deepEqual(seen.map(stamp), all.map(stamp));
  await other.close();
});

test("each event comes once, wherever the connection is cut", async () => {
  const between = await new Between(daemon).listen();
  const cut = daemon.connection({ socket: between.socket });
  const { cursor } = await connection.request("fetch_jobs", {});
  const subscription = await cut.subscribe({ since: cursor });
  let [nBytes, nCuts] = [0, 0];
  between.back = (chunk, to) => {
    nBytes += chunk.length;
    if (nBytes > 1500) {
      nBytes = 0;
      nCuts += 1;
      to.write(chunk.subarray(0, chunk.length / 2), () => {
        between.cut();
      });
    } else {
      to.write(chunk);
    }
  };
  const job_id = await submitted(connection);
  for (let priority = 1; priority <= 40; priority += 1) {
    await connection.request("set_priority", { job_id, priority });
  }
  const last = await submitted(connection);
  const seen = await readUntil(subscription, (event) => event.job_id === last);
  const all = await allEvents(connection, cursor, seen.at(-1));
  assert.deepEqual(seen.map(stamp), all.map(stamp));
  assert.ok(nCuts >= 3, `cut ${nCuts} times`);
  await cut.close();
  between.close();
});

test("events that overtake the name of their subscription are not lost", async () => {
  const between = await new Between(daemon).listen();
  const other = daemon.connection({ socket: between.socket });
  const { cursor } = await other.request("fetch_jobs", {});
  const job_id = await submitted(connection);
  let held = "";
  between.back = (chunk, to) => {
    held += chunk.toString();
    const [reply, events, rest] = held.split("\n");
    if (reply !== undefined && events !== undefined && rest !== undefined) {
      assert.match(events, /"method":"events"/);
      to.write(`${events}\n${reply}\n${rest}`);
      between.back = (later, on) => void on.write(later);
    }
  };
  const subscription = await other.subscribe({ since: cursor });
  const { value } = await subscription.next();
  assert.equal(value?.events[0]?.job_id, job_id);
  await other.close();
  between.close();
});

test("subscriptions of one connection do not mix", async () => {
  const first = await submitted(connection);
  const second = await submitted(connection);
  const subscriptions = await Promise.all(
    [first, second].map((job_id) => connection.subscribe({ job_ids: [job_id] })),
  );
  await daemon.restart();
  for (const job_id of [first, second, first]) {
    await connection.request("set_priority", { job_id, priority: 7 });
    await connection.request("set_priority", { job_id, priority: 0 });
  }
  const seen = await Promise.all(
    subscriptions.map((one) => readUntil(one, () => true)),
  );
  assert.deepEqual(
    seen.map(([event]) => event?.job_id),
    [first, second],
  );
});

test("a subscription that was closed is over in the daemon as well", async () => {
  const subscription = await connection.subscribe();
  const reading = subscription.next();
  await subscription.close();
  assert.deepEqual(await reading, { value: undefined, done: true });
  await submitted(connection);
  assert.deepEqual(await subscription.next(), { value: undefined, done: true });
});

test("the end of the connection is the end of its subscriptions", async () => {
  const subscription = await connection.subscribe();
  const reading = readUntil(subscription, () => false);
  await connection.close();
  assert.deepEqual(await reading, []);
});

test("what cannot be followed is an error for whoever asks", async () => {
  const wrong = connection.subscribe({ since: "some other store:7" });
  await assert.rejects(wrong, { kind: "events.cursor_invalid" });
});

test("a subscription that cannot go on says so to whoever reads it", async () => {
  const subscription = await connection.subscribe();
  // As if another store had been put in the place of the daemon's.
  const { cursor } = subscription;
  subscription.asked = { since: cursor.replace(/^[^:]*/, "another") };
  const reading = subscription.next();
  const failed = assert.rejects(reading, (error) => {
    assert.ok(error instanceof RpcError);
    assert.equal(error.kind, "events.cursor_invalid");
    return true;
  });
  await daemon.restart();
  await failed;
  assert.deepEqual(await subscription.next(), { value: undefined, done: true });
});

async function submitted(connection: Connection, hold = true): Promise<string> {
  const inputs = [{ name: "mgo.d12", text: DECK }];
  const { jobs } = await connection.request("submit_job", { inputs, hold });
  const [job] = jobs;
  assert.ok(job);
  return job.job_id;
}

/** Ask again while the daemon is stopping, or away. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isAway = error instanceof DaemonUnreachableError;
      if (!isAway && !(error instanceof RpcError && error.retryable)) {
        throw error;
      }
    }
    await pause(20);
  }
}

/** Read events up to the first that is looked for. */
async function readUntil(
  subscription: Subscription,
  isIt: (event: Event) => boolean,
): Promise<Event[]> {
  const seen: Event[] = [];
  for (;;) {
    const { value, done } = await subscription.next();
    if (done === true) {
      return seen;
    }
    seen.push(...value.events);
    if (value.events.some(isIt)) {
      return seen;
    }
  }
}

/** Fetch the events after a cursor, to the last of those that were seen. */
async function allEvents(
  connection: Connection,
  cursor: string,
  last: Event | undefined,
): Promise<Event[]> {
  const found = await connection.request("fetch_events", { cursor, limit: 1000 });
  return found.events.filter(({ seq }) => seq <= (last?.seq ?? 0));
}

function stamp({ seq, type }: Event): string {
  return `${seq} ${type}`;
}
