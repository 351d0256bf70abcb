import assert from "node:assert/strict";
import { test } from "node:test";

import { groups, row, tooltip } from "../../src/jobs/job_rows.ts";
import { whyText } from "../../src/jobs/job_text.ts";
import { forTerminal } from "../../src/jobs/terminal_text.ts";
import { moment, span } from "../../src/moments.ts";
import type { JobDetails, JobSummary } from "../../src/protocol/index.ts";

const ENERGY = {
  energy_ev: -7492.1234567,
  energy_kind: "total_energy",
  grade: "converged",
};
const NOW = Date.UTC(2026, 10, 28, 3, 20);

function job(
  number: number,
  state: string,
  more: Partial<JobSummary> = {},
): JobSummary {
  return {
    job_id: String(number),
    name: "mgo",
    code: "crystal",
    cluster: "local",
    state,
    cause: null,
    doubt: null,
    project: null,
    tags: [],
    collection: null,
    cores: 4,
    priority: 0,
    created_ms: NOW - 7_200_000,
    started_ms: NOW - 7_200_000,
    ended_ms: null,
    energy_ev: null,
    energy_kind: null,
    grade: null,
    ...more,
  };
}

test("jobs that run stand first, then those that wait, then those that have ended", () => {
  const jobs = [
    job(4, "completed"),
    job(3, "queued"),
    job(2, "running"),
    job(1, "new"),
  ];
  const found = groups(jobs, "state").map(({ label, jobs: those }) => [
    label,
    those.map(({ job_id }) => job_id).join(),
  ]);
  assert.deepEqual(found, [
    ["running", "2"],
    ["waiting", "3"],
    ["completed", "4"],
    ["new", "1"],
  ]);
});

test("jobs of a project stand together", () => {
  const jobs = [
    job(3, "queued", { project: "mgo" }),
    job(2, "running"),
    job(1, "held"),
  ];
  const found = groups(jobs, "project").map(({ label, jobs: those }) => [
    label,
    those.length,
  ]);
  assert.deepEqual(found, [
    ["mgo", 1],
    ["without a project", 2],
  ]);
});

test("a job that runs says for how long, one that has ended its energy with its unit", () => {
  const running = row(job(7, "running"), null, NOW);
  assert.equal(running.label, "7 mgo");
  assert.equal(running.description, "running for 2 h");
  assert.equal(running.context, "job-live");
  const ended = row(
    job(7, "completed", { ...ENERGY, ended_ms: NOW - 61_000 }),
    null,
    NOW,
  );
  assert.equal(
    ended.description,
    "completed · −7492.123457 eV per cell · converged · 1 min ago",
  );
  assert.equal(ended.context, "job-ended");
});

test("a state that is not certain looks so, and not like the state", () => {
  const certain = row(job(7, "running"), null, NOW);
  const doubt = "hpc does not answer";
  const uncertain = row(job(7, "running", { doubt }), NOW - 60_000, NOW);
  assert.notEqual(uncertain.icon, certain.icon);
  assert.equal(
    uncertain.description,
    `running? not certain: hpc does not answer · not seen since ${moment(NOW - 60_000)}`,
  );
});

test("a job that came to its end without converging is no success", () => {
  const good = row(job(1, "completed", { grade: "converged" }), null, NOW);
  const bad = row(job(1, "completed", { grade: "not_converged" }), null, NOW);
  assert.notEqual(good.icon, bad.icon);
  assert.match(bad.description, /not converged/);
});

test("the last evidence is shown where the mouse rests, with where and when it was seen", () => {
  const evidence = [1, 2, 3, 4].map((number) => ({
    seen_ms: NOW,
    source: "squeue on hpc",
    text: `look ${number}`,
  }));
  const details = {
    ...job(7, "running", { doubt: "hpc does not answer", ...ENERGY }),
    stale_since_ms: NOW,
    evidence,
  } as unknown as JobDetails;
  const lines = tooltip(details);
  assert.ok(lines.includes("not certain: hpc does not answer"));
  assert.ok(lines.includes(`not seen since ${moment(NOW)}`));
  assert.ok(lines.includes("−7492.123457 eV per cell (total energy)"));
  assert.equal(lines.at(-1), `${moment(NOW)}  squeue on hpc: look 4`);
  assert.ok(!lines.some((line) => line.includes("look 1")));
});

test("the reasons for a state stand above what they rest on", () => {
  const text = whyText({
    job_id: "7",
    state: "pending",
    cause: null,
    doubt: "hpc does not answer",
    stale_since_ms: NOW,
    sentences: ["It waits in the queue.", "Others are before it."],
    evidence: [{ seen_ms: NOW, source: "squeue on hpc", text: "PENDING\n(Priority)" }],
    next_look_ms: null,
    asked: [
      {
        asked_ms: NOW,
        whom: "sacct on hpc",
        answer: "nothing",
        conclusion: "it has not ended",
        is_answered: true,
      },
    ],
  });
  const at = moment(NOW);
  assert.deepEqual(text.split("\n"), [
    "It waits in the queue.",
    "Others are before it.",
    "",
    "not certain     hpc does not answer",
    `not seen since  ${at}`,
    `evidence        ${at}  squeue on hpc: PENDING`,
    "                (Priority)",
    `asked           ${at}  sacct on hpc: nothing → it has not ended`,
  ]);
});

test("times are those of this place, with the offset", () => {
  const found = moment(NOW);
  assert.match(found, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$/);
  assert.equal(Date.parse(found.replace(" ", "T").replace(" ", "")), NOW);
  assert.deepEqual([5_000, 90_000, 7_200_000, 2 * 86_400_000].map(span), [
    "5 s",
    "1 min",
    "2 h",
    "2 d",
  ]);
});

test("what a program prints cannot steer the terminal", () => {
  assert.equal(forTerminal("a\r\nb\nc\u001b[2Jd\te"), "a\r\nb\r\nc\ufffd[2Jd\te");
});
