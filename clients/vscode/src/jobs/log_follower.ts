/** Follows what a job prints, until nothing can come any more. */

import { setTimeout as pause } from "node:timers/promises";

import {
  DaemonUnreachableError,
  RpcError,
  type Connection,
  type FetchJobLogParams,
  type FetchJobLogResult,
} from "../protocol/index.ts";
import { isLive } from "./job_list.ts";

/** A piece of what was printed, or a word about the following itself. */
export type Piece =
  | { readonly kind: "file"; readonly name: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "note"; readonly text: string };

export type LogSource = Pick<Connection, "request" | "whenHere">;

/** How much of what was printed before is shown. */
const TAIL_BYTES = 256 * 1024;
const CHUNK_BYTES = 256 * 1024;
const WAIT_MS = 20_000;
const RETRY_MS = 2000;

/**
 * Yield the output of the running step, and of those after it, from its last lines on.
 *
 * A daemon that goes away is waited for; what was printed meanwhile is not missed.
 * Ends with the job, or quietly with the signal.
 *
 * @throws RpcError
 *   If there is no such job, or it has ended and printed nothing.
 */
export async function* followLog(
  source: LogSource,
  jobId: string,
  signal: AbortSignal,
): AsyncGenerator<Piece, void> {
  const log = new Log(source, jobId, signal);
  let said = "";
  while (!signal.aborted && !log.isAtEnd) {
    let pieces: Piece[];
    try {
      pieces = await log.next();
    } catch (error) {
      if (isStopped(signal)) {
        return;
      }
      const note = noteOf(error);
      if (note === undefined) {
        throw error;
      }
      if (note !== said) {
        said = note;
        yield { kind: "note", text: note };
      }
      await untilBack(source, signal);
      continue;
    }
    said = "";
    yield* pieces;
  }
}

/** How far the output was read. */
class Log {
  readonly #source: LogSource;
  readonly #jobId: string;
  readonly #signal: AbortSignal;
  #file: string | undefined;
  #offset = -TAIL_BYTES;
  /** The step of this file has ended: what is left of it comes before the next step. */
  #isRest = false;
  isAtEnd = false;

  constructor(source: LogSource, jobId: string, signal: AbortSignal) {
    this.#source = source;
    this.#jobId = jobId;
    this.#signal = signal;
  }

  /** Return what comes next; nothing if nothing was printed for a while. */
  async next(): Promise<Piece[]> {
    if (this.#isRest) {
      return this.#rest();
    }
    const chunk = await this.#current();
    if (chunk === undefined) {
      return [];
    }
    if (this.#file !== undefined && chunk.file !== this.#file) {
      this.#isRest = true;
      return [];
    }
    const isFirst = this.#file === undefined;
    this.#file = chunk.file;
    this.#offset = chunk.next_offset;
    this.isAtEnd = chunk.at_end && chunk.next_offset >= chunk.size;
    if (!isFirst) {
      return texts(chunk.data);
    }
    // What is cut at the beginning is left out up to the end of its line.
    const text = chunk.offset > 0 ? fromNextLine(chunk.data) : chunk.data;
    return [{ kind: "file", name: chunk.file }, ...texts(text)];
  }

  async #rest(): Promise<Piece[]> {
    const chunk = await this.#fetch({ file: this.#file ?? null, offset: this.#offset });
    if (chunk.next_offset >= chunk.size || chunk.next_offset === this.#offset) {
      this.#isRest = false;
      this.#file = undefined;
      this.#offset = 0;
    } else {
      this.#offset = chunk.next_offset;
    }
    return texts(chunk.data);
  }

  /** Read on in the running step's output; undefined if nothing was printed yet. */
  async #current(): Promise<FetchJobLogResult | undefined> {
    try {
      return await this.#fetch({ offset: this.#offset, wait_ms: WAIT_MS });
    } catch (error) {
      if (!(error instanceof RpcError && error.kind === "job.file_not_found")) {
        throw error;
      }
      const asked = { job_id: this.#jobId };
      const options = { signal: this.#signal };
      const { job } = await this.#source.request("get_job_details", asked, options);
      if (!isLive(job)) {
        throw error;
      }
      return undefined;
    }
  }

  #fetch(asked: Omit<FetchJobLogParams, "job_id">): Promise<FetchJobLogResult> {
    const params = { job_id: this.#jobId, limit: CHUNK_BYTES, ...asked };
    return this.#source.request("fetch_job_log", params, { signal: this.#signal });
  }
}

async function untilBack(source: LogSource, signal: AbortSignal): Promise<void> {
  try {
    await pause(RETRY_MS, undefined, { signal });
    await source.whenHere(signal);
  } catch (error) {
    if (!isStopped(signal)) {
      throw error;
    }
  }
}

function texts(text: string): Piece[] {
  return text ? [{ kind: "text", text }] : [];
}

/** Return what to say about an error that may pass; undefined if it does not. */
function noteOf(error: unknown): string | undefined {
  if (error instanceof DaemonUnreachableError) {
    return "The daemon is away; this goes on when it is back. The job is not affected.";
  }
  return error instanceof RpcError && error.retryable ? error.message : undefined;
}

function fromNextLine(text: string): string {
  return text.slice(text.indexOf("\n") + 1);
}

// A function, since the compiler takes the signal for one that cannot change.
function isStopped(signal: AbortSignal): boolean {
  return signal.aborted;
}
