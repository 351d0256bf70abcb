/** What stands in the list of jobs: groups, and a row for each job. */

import { moment, span } from "../moments.ts";
import type { JobDetails, JobSummary } from "../protocol/index.ts";
import type { GroupBy } from "../settings.ts";
import { isLive } from "./job_list.ts";

export interface Group {
  readonly id: string;
  readonly label: string;
  readonly jobs: readonly JobSummary[];
}

export interface Row {
  readonly label: string;
  readonly description: string;
  /** The name of an icon and of its colour, as VS Code has them. */
  readonly icon: string;
  readonly colour: string | undefined;
  /** `job-live` or `job-ended`; decides about commands. */
  readonly context: string;
}

type Look = readonly [icon: string, colour?: string];

const LOOKS: Readonly<Record<string, Look>> = {
  held: ["debug-pause"],
  queued: ["clock"],
  starting: ["rocket"],
  pending: ["watch"],
  running: ["sync", "charts.blue"],
  collecting: ["cloud-download", "charts.blue"],
  completed: ["pass", "charts.green"],
  failed: ["error", "charts.red"],
  cancelled: ["circle-slash"],
  lost: ["debug-disconnect", "charts.red"],
};
const UNKNOWN: Look = ["circle-outline"];
const DOUBTFUL: Look = ["question", "charts.yellow"];
const UNCONVERGED: Look = ["warning", "charts.yellow"];

/** In this order; what is in none of them stands last, by itself. */
const STAGES = [
  ["running", ["running", "collecting", "starting"]],
  ["waiting", ["queued", "pending", "held"]],
  ["failed", ["failed", "lost"]],
  ["completed", ["completed"]],
  ["cancelled", ["cancelled"]],
] as const;
const NO_PROJECT = "without a project";
const LAST_EVIDENCE = 3;

/** Return groups with at least one job, each with its jobs in the given order. */
export function groups(jobs: readonly JobSummary[], by: GroupBy): Group[] {
  const nameOf = by === "state" ? stage : project;
  const found = new Map<string, JobSummary[]>(
    by === "state" ? STAGES.map(([name]) => [name, []]) : [],
  );
  for (const job of jobs) {
    const name = nameOf(job);
    const those = found.get(name) ?? [];
    those.push(job);
    found.set(name, those);
  }
  return [...found]
    .filter(([, those]) => those.length > 0)
    .map(([name, those]) => ({ id: `${by}:${name}`, label: name, jobs: those }));
}

/**
 * Return the row of a job.
 *
 * `staleSinceMs`: since when nothing was seen of a job whose state is not certain.
 */
export function row(job: JobSummary, staleSinceMs: number | null, nowMs: number): Row {
  const [icon, colour] = look(job);
  return {
    label: `${job.job_id} ${job.name}`,
    description: words(job, staleSinceMs, nowMs).join(" · "),
    icon,
    colour,
    context: isLive(job) ? "job-live" : "job-ended",
  };
}

/** Return the lines that are shown when the mouse rests on a job. */
export function tooltip(job: JobDetails): string[] {
  const lines = [`job ${job.job_id}: ${job.name}`, `${job.code} on ${job.cluster}`];
  lines.push(`state: ${job.state}${cause(job)}`);
  if (job.doubt) {
    lines.push(`not certain: ${job.doubt}`);
  }
  if (job.stale_since_ms !== null) {
    lines.push(`not seen since ${moment(job.stale_since_ms)}`);
  }
  const kind = job.energy_kind ? ` (${job.energy_kind.replaceAll("_", " ")})` : "";
  lines.push(...energy(job).map((text) => text + kind), ...grade(job));
  for (const seen of job.evidence.slice(-LAST_EVIDENCE)) {
    lines.push(`${moment(seen.seen_ms)}  ${seen.source}: ${seen.text}`);
  }
  return lines;
}

function look(job: JobSummary): Look {
  if (job.doubt !== null) {
    return DOUBTFUL;
  }
  if (job.state === "completed" && job.grade === "not_converged") {
    return UNCONVERGED;
  }
  return LOOKS[job.state] ?? UNKNOWN;
}

/** Return the state, what is known of the result, and since when it is so. */
function words(job: JobSummary, staleSinceMs: number | null, nowMs: number): string[] {
  if (job.doubt !== null) {
    const since =
      staleSinceMs === null ? [] : [`not seen since ${moment(staleSinceMs)}`];
    return [`${job.state}? not certain: ${job.doubt}`, ...since];
  }
  if (job.state === "running" && job.started_ms !== null) {
    return [`running for ${span(nowMs - job.started_ms)}`];
  }
  const ago = job.ended_ms === null ? [] : [`${span(nowMs - job.ended_ms)} ago`];
  return [`${job.state}${cause(job)}`, ...energy(job), ...grade(job), ...ago];
}

function cause(job: JobSummary): string {
  return job.cause && job.cause !== job.state ? ` (${job.cause})` : "";
}

function energy({ energy_ev: energyEv }: JobSummary): string[] {
  return energyEv === null
    ? []
    : [`${energyEv.toFixed(6).replace("-", "−")} eV per cell`];
}

function grade(job: JobSummary): string[] {
  return job.grade === null || job.grade === "unknown"
    ? []
    : [job.grade.replaceAll("_", " ")];
}

function stage({ state }: JobSummary): string {
  const found = STAGES.find(([, states]) => states.some((one) => one === state));
  return found?.[0] ?? state;
}

function project(job: JobSummary): string {
  return job.project ?? NO_PROJECT;
}
