import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ConnectionLostError } from "../../src/protocol/index.ts";
import { Between, DECK, TestDaemon } from "./daemon.ts";

const INPUTS = [{ name: "mgo.d12", text: DECK }];

const daemon = new TestDaemon();

before(() => daemon.start());

after(() => daemon.close());

test("a question that loses its connection is asked again", async () => {
  const connection = daemon.connection();
  await connection.open();
  const waiting = connection.request("fetch_events", { cursor: "now", wait_ms: 500 });
  await daemon.restart("SIGKILL");
  assert.deepEqual((await waiting).cursor.split(":").length, 2);
  await connection.close();
});

test("a submission whose reply was lost makes one job", async () => {
  const between = await new Between(daemon).listen();
  const connection = daemon.connection({ socket: between.socket });
  await connection.open();
  between.back = () => {
    between.back = (chunk, to) => void to.write(chunk);
    between.cut();
  };
  const made = await connection.request("submit_job", { inputs: INPUTS, hold: true });
  assert.equal(made.created, false);
  const { jobs } = await connection.request("fetch_jobs", {});
  assert.deepEqual(
    jobs.map(({ job_id }) => job_id),
    made.jobs.map(({ job_id }) => job_id),
  );

  between.back = () => {
    between.cut();
  };
  const job_id = jobs[0]?.job_id ?? "";
  await assert.rejects(
    connection.request("retry_job", { job_id }),
    ConnectionLostError,
    "it might be done twice",
  );
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
