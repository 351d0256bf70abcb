/** Where the files of a job are on this machine. */

import { join } from "node:path";

import type { JobDetails } from "../protocol/index.ts";

/** Return the directory of the last attempt, which holds `inputs` and `outputs`. */
export function jobFolder(job: JobDetails): string {
  return job.attempts.at(-1)?.directory ?? job.directory;
}

/** Return the path of a file, as `fetch_job_log` and the details name it. */
export function jobFile(job: JobDetails, name: string): string {
  return join(jobFolder(job), name);
}
