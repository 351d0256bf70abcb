/** Keeps a list of jobs as it is in the daemon, by events; nothing is asked for twice. */

import { setTimeout as pause } from "node:timers/promises";

import {
  DaemonUnreachableError,
  RpcError,
  type Connection,
} from "../protocol/index.ts";
import type { JobList } from "./job_list.ts";

const JOB_EVENTS = [
  "job_created",
  "job_state_changed",
  "job_doubt_changed",
  "job_result_stored",
  "job_changed",
  "job_deleted",
];
const PAUSE_MS = 1000;

export type Followed = Pick<Connection, "request" | "subscribe" | "whenHere">;

/** Told what has changed: numbers of jobs; undefined if it may be all of them. */
export type Changed = (jobIds: ReadonlySet<string> | undefined) => void;

/**
 * Follow the jobs until the signal.
 *
 * A daemon that is not there is waited for. One that was restarted goes on where the
 * other one ended; if it has forgotten what came before, all is fetched again.
 *
 * @throws CrystalmathError
 *   If the daemon is one that cannot be talked to.
 */
export async function followJobs(
  connection: Followed,
  list: JobList,
  changed: Changed,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await connection.whenHere(signal);
      await followOnce(connection, list, changed, signal);
    } catch (error) {
      if (isStopped(signal)) {
        return;
      }
      if (!isPassing(error)) {
        throw error;
      }
      await pause(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function followOnce(
  connection: Followed,
  list: JobList,
  changed: Changed,
  signal: AbortSignal,
): Promise<void> {
  const since = await list.load();
  changed(undefined);
  const events = await connection.subscribe({ since, types: JOB_EVENTS }, { signal });
  const close = (): void => void events.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    for await (const batch of events) {
      await list.take(batch.events);
      changed(new Set(batch.events.flatMap((event) => event.job_id ?? [])));
    }
  } finally {
    signal.removeEventListener("abort", close);
    await events.close();
  }
}

// A function, since the compiler takes the signal for one that cannot change.
function isStopped(signal: AbortSignal): boolean {
  return signal.aborted;
}

function isPassing(error: unknown): boolean {
  if (error instanceof RpcError) {
    return error.retryable || error.kind.startsWith("events.");
  }
  return error instanceof DaemonUnreachableError;
}
