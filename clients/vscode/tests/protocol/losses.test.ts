import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ConnectionLostError } from "../../src/protocol/index.ts";
import { Between, DECK, TestDaemon } from "./daemon.ts";

const INPUTS = [{ name: "mgo.d12", text: DECK }];

const daemon = new TestDaemon();

before(() => daemon.start());

after(() => daemon.close());

test("a question that loses its connection is asked again", async () => {
  const between = await new Between(daemon).listen();
  const connection = daemon.connection({ socket: between.socket });
  await connection.open();
  const waiting = connection.request("fetch_events", { cursor: "now", wait_ms: 300 });
  between.cut();
  assert.deepEqual((await waiting).events, []);
  await connection.close();
  between.close();
});

test("a submission whose reply was lost makes one job", async () => {
  const between = await new Between(daemon).listen();
  const connection = daemon.connection({ socket: between.socket });
  await connection.open();
  loseNextReply(between);
  const made = await connection.request("submit_job", { inputs: INPUTS, hold: true });
  assert.equal(made.created, false);
  const { jobs } = await connection.request("fetch_jobs", {});
  assert.deepEqual(
    jobs.map(({ job_id }) => job_id),
    made.jobs.map(({ job_id }) => job_id),
  );
  await connection.close();
  between.close();
});

test("what might be done twice is sent once", async () => {
  const between = await new Between(daemon).listen();
  const connection = daemon.connection({ socket: between.socket });
  await connection.open();
  loseNextReply(between);
  const retry = connection.request("retry_job", { job_id: "4711" });
  await assert.rejects(retry, ConnectionLostError);

  loseNextReply(between);
  const named = connection.request("retry_job", { job_id: "4711", after_attempt: 1 });
  await assert.rejects(named, { kind: "job.not_found" });
  await connection.close();
  between.close();
});

test("rights that were given up are not back after a restart", async () => {
  const connection = daemon.connection();
  await connection.request("restrict_session", { access: "read" });
  await daemon.restart();
  const refused = { kind: "rpc.access_denied" };
  const submission = connection.request("submit_job", { inputs: INPUTS });
  await assert.rejects(submission, refused);
  await connection.close();
});

/** Break the connection when the daemon answers next; what comes later passes. */
function loseNextReply(between: Between): void {
  const { back } = between;
  between.back = () => {
    between.back = back;
    between.cut();
  };
}
