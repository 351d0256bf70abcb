/** Keeps a list of jobs as it is in the daemon, by events; nothing is asked for twice. */

import { setTimeout as pause } from "node:timers/promises";

import {
  DaemonUnreachableError,
  RpcError,
  type Connection,
  type EventType,
} from "../protocol/index.ts";
import type { JobList } from "./job_list.ts";

const JOB_EVENTS = [
  "job_created",
  "job_state_changed",
  "job_doubt_changed",
  "job_result_stored",
  "job_changed",
  "job_deleted",
] as const satisfies readonly EventType[];
const PAUSE_MS = 1000;
/** After what does not pass by itself: until then somebody may have mended it. */
const LONG_PAUSE_MS = 10_000;

export type Followed = Pick<Connection, "request" | "subscribe" | "whenHere">;

/** Told what has changed: numbers of jobs; undefined if it may be all of them. */
export type Changed = (jobIds: ReadonlySet<string> | undefined) => void;

export interface JobListener {
  readonly changed: Changed;
  /** Told of what does not pass by itself; all the same it is tried again. */
  readonly failed: (error: unknown) => void;
}

/**
 * Follow the jobs until the signal.
 *
 * A daemon that is not there is waited for. One that was restarted goes on where the
 * other one ended; if it has forgotten what came before, all is fetched again.
 */
export async function followJobs(
  connection: Followed,
  list: JobList,
  listener: JobListener,
  signal: AbortSignal,
  longPauseMs = LONG_PAUSE_MS,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await connection.whenHere(signal);
      await followOnce(connection, list, listener.changed, signal);
    } catch (error) {
      if (isStopped(signal)) {
        return;
      }
      const passes = isPassing(error);
      if (!passes) {
        listener.failed(error);
      }
      const pauseMs = passes ? PAUSE_MS : longPauseMs;
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
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
  const events = await connection.subscribe(
    { since, types: [...JOB_EVENTS] },
    { signal },
  );
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
