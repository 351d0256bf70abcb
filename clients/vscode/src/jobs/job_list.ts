/** The jobs that are known here: all that have not ended, and pages of the others. */

import { InTurn } from "../in_turn.ts";
import {
  RpcError,
  type Connection,
  type Event,
  type JobDetails,
  type JobSummary,
} from "../protocol/index.ts";

export type Source = Pick<Connection, "request">;

/** The states of jobs that may still change by themselves; see `JobState` of the daemon. */
const LIVE_STATES = ["held", "queued", "starting", "pending", "running", "collecting"];
const PAGE = 50;
const ALL = 1000;
/** When more have changed at once, lists are shorter than each job's details. */
const MANY = 10;
const NO_JOB = ["job.not_found", "job.deleted"];

export function isLive(job: JobSummary): boolean {
  return LIVE_STATES.includes(job.state);
}

export class JobList {
  readonly #source: Source;
  readonly #page: number;
  /** Whoever fetches changes the whole list, over several answers. */
  readonly #turns = new InTurn();
  #jobs = new Map<string, JobSummary>();
  #details = new Map<string, Promise<JobDetails>>();
  #next: string | null = null;
  #nPages = 1;

  constructor(source: Source, page = PAGE) {
    this.#source = source;
    this.#page = page;
  }

  /** Newest first. */
  get jobs(): JobSummary[] {
    const number = (job: JobSummary): number => Number(job.job_id);
    return [...this.#jobs.values()].sort((a, b) => number(b) - number(a));
  }

  get(jobId: string): JobSummary | undefined {
    return this.#jobs.get(jobId);
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  get nRunning(): number {
    let count = 0;
    for (const job of this.#jobs.values()) {
      count += job.state === "running" ? 1 : 0;
    }
    return count;
  }

  /** Fetch all anew, as many pages as were shown; return the cursor to follow from. */
  async load(): Promise<string> {
    return this.#turns.run(() => this.#load());
  }

  /** Fetch the next page of older jobs. */
  async more(): Promise<void> {
    await this.#turns.run(async () => {
      if (this.#next !== null) {
        this.#next = await this.#fetchPage(this.#jobs, this.#next);
        this.#nPages += 1;
      }
    });
  }

  /** Take what happened: jobs that it is about are asked for again. */
  async take(events: readonly Event[]): Promise<void> {
    await this.#turns.run(() => this.#take(events));
  }

  async #load(): Promise<string> {
    const jobs = new Map<string, JobSummary>();
    // What has not ended comes first: what ends meanwhile is in the pages after it.
    const cursor = await this.#fetchLive(jobs);
    let page: string | null = null;
    for (let number = 0; number < this.#nPages; number++) {
      page = await this.#fetchPage(jobs, page);
      if (page === null) {
        break;
      }
    }
    this.#jobs = jobs;
    this.#details = new Map();
    this.#next = page;
    return cursor;
  }

  async #take(events: readonly Event[]): Promise<void> {
    const changed = new Set<string>();
    for (const { job_id: jobId, type } of events) {
      if (jobId === null) {
        continue;
      }
      if (type === "job_deleted") {
        this.#forget(jobId);
        changed.delete(jobId);
      } else {
        changed.add(jobId);
      }
    }
    if (changed.size > MANY) {
      await this.#load();
      return;
    }
    await Promise.all([...changed].map((jobId) => this.#refresh(jobId)));
  }

  /** Return all about a job, as it was after the last change that was heard of. */
  async details(jobId: string): Promise<JobDetails> {
    const known = this.#details.get(jobId);
    if (known !== undefined) {
      return known;
    }
    const asked = this.#fetchDetails(jobId);
    this.#details.set(jobId, asked);
    try {
      return await asked;
    } catch (error) {
      this.#details.delete(jobId);
      throw error;
    }
  }

  async #fetchDetails(jobId: string): Promise<JobDetails> {
    return (await this.#source.request("get_job_details", { job_id: jobId })).job;
  }

  async #refresh(jobId: string): Promise<void> {
    this.#details.delete(jobId);
    try {
      this.#jobs.set(jobId, summary(await this.#fetchDetails(jobId)));
    } catch (error) {
      if (!(error instanceof RpcError && NO_JOB.includes(error.kind))) {
        throw error;
      }
      this.#forget(jobId);
    }
  }

  #forget(jobId: string): void {
    this.#jobs.delete(jobId);
    this.#details.delete(jobId);
  }

  async #fetchLive(jobs: Map<string, JobSummary>): Promise<string> {
    const asked = { states: LIVE_STATES, limit: ALL };
    const first = await this.#source.request("fetch_jobs", asked);
    let answer = first;
    put(jobs, answer.jobs);
    while (answer.next_page !== null) {
      const page = { ...asked, page: answer.next_page };
      answer = await this.#source.request("fetch_jobs", page);
      put(jobs, answer.jobs);
    }
    return first.cursor;
  }

  async #fetchPage(
    jobs: Map<string, JobSummary>,
    page: string | null,
  ): Promise<string | null> {
    const asked = { limit: this.#page, page };
    const answer = await this.#source.request("fetch_jobs", asked);
    put(jobs, answer.jobs);
    return answer.next_page;
  }
}

function put(jobs: Map<string, JobSummary>, found: readonly JobSummary[]): void {
  for (const job of found) {
    jobs.set(job.job_id, job);
  }
}

/** Return the line of a list that a job has; the rest of its details is large. */
function summary(job: JobDetails): JobSummary {
  return {
    job_id: job.job_id,
    name: job.name,
    code: job.code,
    cluster: job.cluster,
    state: job.state,
    cause: job.cause,
    doubt: job.doubt,
    project: job.project,
    tags: job.tags,
    collection: job.collection,
    cores: job.cores,
    priority: job.priority,
    created_ms: job.created_ms,
    started_ms: job.started_ms,
    ended_ms: job.ended_ms,
    energy_ev: job.energy_ev,
    energy_kind: job.energy_kind,
    grade: job.grade,
  };
}
