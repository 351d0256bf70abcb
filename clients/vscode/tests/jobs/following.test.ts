import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { JobList } from "../../src/jobs/job_list.ts";
import { followJobs } from "../../src/jobs/job_watch.ts";
import { followLog } from "../../src/jobs/log_follower.ts";
import { jobFile, jobFolder } from "../../src/jobs/job_files.ts";
import { RpcError, type Connection } from "../../src/protocol/index.ts";
import { existsSync } from "node:fs";
import { DECK, TestDaemon } from "../protocol/daemon.ts";

let daemon: TestDaemon;
let connection: Connection;

before(async () => {
  daemon = await new TestDaemon().start();
  connection = daemon.connection();
});

after(async () => {
  await connection.close();
  await daemon.close();
});

/** Submit a deck whose title steers the program that stands in for CRYSTAL. */
async function submit(title = "MgO", asked: { hold?: boolean } = {}): Promise<string> {
  const text = DECK.replace("MgO", title);
  const inputs = [{ name: "mgo.d12", text }];
  const made = await connection.request("submit_job", { inputs, ...asked });
  return made.jobs[0]?.job_id ?? "";
}

/** A list that is followed, and a way to wait until something holds of it. */
class Watched {
  readonly list: JobList;
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;
  #look: () => void = () => undefined;
  nLoads = 0;

  constructor(page?: number) {
    this.list = new JobList(connection, page);
    const changed = (jobIds?: ReadonlySet<string>): void => {
      this.nLoads += jobIds === undefined ? 1 : 0;
      this.#look();
    };
    const { signal } = this.#stop;
    const failed = assert.ifError;
    this.#following = followJobs(connection, this.list, { changed, failed }, signal);
  }

  async until(isSo: (list: JobList) => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#look = (): void => {
        if (isSo(this.list)) {
          resolve();
        }
      };
      this.#look();
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }
}

test("a job appears in the list, ends there and leaves it, by events alone", async () => {
  const watched = new Watched();
  await watched.until(() => watched.nLoads === 1);
  const jobId = await submit();
  await watched.until((list) => list.get(jobId) !== undefined);
  await watched.until((list) => list.get(jobId)?.state === "completed");
  await watched.until((list) => list.get(jobId)?.energy_ev != null);
  await connection.request("delete_job", { job_id: jobId });
  await watched.until((list) => list.get(jobId) === undefined);
  assert.equal(watched.nLoads, 1);
  await watched.close();
});

test("a list goes on after a restart of the daemon", async () => {
  const watched = new Watched();
  const held = await submit("MgO", { hold: true });
  await watched.until((list) => list.get(held)?.state === "held");
  await daemon.restart("SIGKILL");
  await connection.request("cancel_job", { job_id: held });
  await watched.until((list) => list.get(held)?.state === "cancelled");
  await watched.close();
});

test("long lists come in pages, and what has not ended is there at once", async () => {
  const held = await submit("MgO", { hold: true });
  const ended = [];
  for (let number = 0; number < 5; number++) {
    const jobId = await submit("MgO", { hold: true });
    await connection.request("cancel_job", { job_id: jobId });
    ended.push(jobId);
  }
  const list = new JobList(connection, 2);
  await list.load();
  const numbers = (): string[] => list.jobs.map(({ job_id }) => job_id);
  assert.deepEqual(numbers(), [...ended.slice(-2).reverse(), held]);
  assert.ok(list.hasMore);
  await list.more();
  assert.deepEqual(numbers(), [...ended.slice(-4).reverse(), held]);
  await list.load();
  assert.equal(numbers().length, 5, "pages that were shown are fetched again");
  await connection.request("cancel_job", { job_id: held });
});

test("pages that are asked for at once come one after the other", async () => {
  const list = new JobList(connection, 1);
  await list.load();
  await Promise.all([list.more(), list.load(), list.more()]);
  assert.deepEqual(list.jobs.length, new Set(list.jobs).size);
  const { jobs } = await connection.request("fetch_jobs", { limit: 3 });
  for (const job of jobs) {
    assert.ok(list.get(job.job_id), job.job_id);
  }
});

test("what does not pass by itself is told, and tried again", async () => {
  let nTries = 0;
  const broken = {
    request: connection.request.bind(connection),
    whenHere: connection.whenHere.bind(connection),
    subscribe: (() => {
      nTries += 1;
      throw new Error("a fault");
    }) as typeof connection.subscribe,
  };
  const stop = new AbortController();
  const said: string[] = [];
  const failed = (error: unknown): void => {
    said.push(String(error));
    if (said.length === 2) {
      stop.abort();
    }
  };
  const listener = { changed: () => undefined, failed };
  await followJobs(broken, new JobList(connection), listener, stop.signal, 1);
  assert.deepEqual(said, ["Error: a fault", "Error: a fault"]);
  assert.equal(nTries, 2);
});

test("many changes at once are fetched as a list", async () => {
  const watched = new Watched();
  await watched.until(() => watched.nLoads === 1);
  const jobIds = await Promise.all(
    Array.from({ length: 20 }, () => submit("MgO", { hold: true })),
  );
  await watched.until((list) => jobIds.every((one) => list.get(one) !== undefined));
  await watched.close();
});

test("a log is followed from its first line to the end of the job", async () => {
  const jobId = await submit("MgO STANDIN_CYCLE_S=0.05");
  const { signal } = new AbortController();
  let text = "";
  const files = [];
  for await (const piece of followLog(connection, jobId, signal)) {
    if (piece.kind === "file") {
      files.push(piece.name);
    } else {
      text += piece.text;
    }
  }
  assert.equal(files.length, 1);
  const { job } = await connection.request("get_job_details", { job_id: jobId });
  const asked = { job_id: jobId, limit: 1 << 20 };
  const whole = await connection.request("fetch_job_log", asked);
  assert.equal(text, whole.data);
  assert.match(text, /CYC +7/);
  assert.equal(job.state, "completed");
  assert.ok(existsSync(jobFile(job, whole.file)), jobFolder(job));
});

test("a log goes on where it was when the daemon comes back", async () => {
  const jobId = await submit("MgO STANDIN_CYCLE_S=0.2");
  const { signal } = new AbortController();
  let text = "";
  let isRestarted = false;
  for await (const piece of followLog(connection, jobId, signal)) {
    text += piece.kind === "text" ? piece.text : "";
    if (!isRestarted && /CYC +1\b/.test(text)) {
      isRestarted = true;
      await daemon.restart("SIGKILL");
    }
  }
  assert.ok(isRestarted);
  const asked = { job_id: jobId, limit: 1 << 20 };
  assert.equal(text, (await connection.request("fetch_job_log", asked)).data);
});

test("following ends at once when nobody wants it any more", async () => {
  const jobId = await submit("MgO", { hold: true });
  const stop = new AbortController();
  const following = followLog(connection, jobId, stop.signal).next();
  stop.abort();
  assert.equal((await following).done, true);
  await connection.request("cancel_job", { job_id: jobId });
});

test("a job that never printed anything has no log to follow", async () => {
  const jobId = await submit("MgO", { hold: true });
  await connection.request("cancel_job", { job_id: jobId });
  const { signal } = new AbortController();
  await assert.rejects(followLog(connection, jobId, signal).next(), (error) => {
    assert.ok(error instanceof RpcError);
    return error.kind === "job.file_not_found";
  });
});
