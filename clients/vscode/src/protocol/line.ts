/** One open socket to the daemon, on which many calls wait at once. */

import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import {
  cancellation,
  incoming,
  patienceMs,
  request,
  type Method,
  type Notification,
  type Params,
  type Reply,
  type Request,
  type Result,
} from "./conversation.ts";
import {
  ConnectionLostError,
  CrystalmathError,
  DaemonNotRunningError,
  DaemonSilentError,
  ReplyUnreadableError,
  SocketRefusedError,
  type DaemonUnreachableError,
} from "./errors.ts";
import { LineDecoder, LineTooLongError } from "./framing.ts";
import { MAX_SOCKET_PATH_BYTES } from "./place.ts";

const BACKLOG_PATIENCE_MS = 2000;
const BACKLOG_LOOK_MS = 10;
/** The daemon takes 64 calls at a time; one place is for those that withdraw another. */
const MAX_IN_FLIGHT = 63;

export interface CallOptions {
  /** How long the answer may take, instead of what the protocol says. */
  readonly timeoutMs?: number;
  /** Withdraws the call; it fails with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Listener {
  notified(notification: Notification): void;
  /** The line has ended, whoever ended it. */
  lost(): void;
}

interface Waiting {
  readonly request: Request;
  settle(outcome: Reply["outcome"] | CrystalmathError): void;
}

export class Line {
  readonly socket: string;
  readonly #stream: Socket;
  readonly #listener: Listener;
  readonly #decoder = new LineDecoder();
  readonly #waiting = new Map<Reply["id"], Waiting>();
  /** What is not yet sent, for the daemon has enough to do. */
  readonly #later = new Map<number, Waiting>();
  #lastId = 0;
  #end: (() => CrystalmathError) | undefined;

  /** Of a stream that is connected; `openLine` makes one. */
  constructor(socket: string, stream: Socket, listener: Listener) {
    this.socket = socket;
    this.#stream = stream;
    this.#listener = listener;
    stream.on("data", (chunk) => {
      this.#read(chunk);
    });
    stream.on("error", () => {
      stream.destroy();
    });
    stream.on("close", () => {
      this.close(() => new ConnectionLostError(socket));
    });
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /**
   * Send a request and return the result of its reply.
   *
   * `arrived` takes the result the moment it is read, before anything that came after.
   */
  async ask<M extends Method>(
    method: M,
    params: Params<M>,
    options: CallOptions = {},
    arrived?: (result: Result<M>) => void,
  ): Promise<Result<M>> {
    const { signal, timeoutMs = patienceMs(method, params) } = options;
    signal?.throwIfAborted();
    if (this.#end !== undefined) {
      throw this.#end();
    }
    const asked = request(++this.#lastId, method, params);
    return new Promise((resolve, reject) => {
      const giveUp = (reason: Error): void => {
        this.#withdraw(asked.id);
        done();
        reject(reason);
      };
      const aborted = (): void => {
        giveUp(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        giveUp(traced(new DaemonSilentError(this.socket, timeoutMs), asked));
      }, timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", aborted);
      };
      signal?.addEventListener("abort", aborted, { once: true });
      this.#send({
        request: asked,
        settle: (outcome) => {
          done();
          if (outcome instanceof CrystalmathError) {
            reject(traced(outcome, asked));
            return;
          }
          // The daemon holds its results against the same schemas.
          arrived?.(outcome as unknown as Result<M>);
          resolve(outcome as unknown as Result<M>);
        },
      });
    });
  }

  /** End the line; each call that waits fails with an error of its own. */
  close(reason: () => CrystalmathError): void {
    if (this.#end !== undefined) {
      return;
    }
    this.#end = reason;
    this.#stream.destroy();
    const waiting = [...this.#waiting.values(), ...this.#later.values()];
    this.#waiting.clear();
    this.#later.clear();
    for (const one of waiting) {
      one.settle(reason());
    }
    this.#listener.lost();
  }

  #send(waiting: Waiting): void {
    if (this.#waiting.size >= MAX_IN_FLIGHT) {
      this.#later.set(waiting.request.id, waiting);
      return;
    }
    this.#waiting.set(waiting.request.id, waiting);
    this.#stream.write(waiting.request.frame);
  }

  #sendNext(): void {
    for (const [id, waiting] of this.#later) {
      this.#later.delete(id);
      this.#send(waiting);
      return;
    }
  }

  #withdraw(id: number): void {
    if (!this.#later.delete(id) && this.#waiting.delete(id)) {
      this.#stream.write(cancellation(id));
      this.#sendNext();
    }
  }

  #read(chunk: Buffer): void {
    try {
      for (const line of this.#decoder.feed(chunk)) {
        this.#take(incoming(line, this.socket));
      }
    } catch (error) {
      const unreadable = this.#unreadable(error);
      this.close(() => unreadable);
    }
  }

  #unreadable(error: unknown): ReplyUnreadableError {
    if (error instanceof ReplyUnreadableError) {
      return error;
    }
    if (error instanceof LineTooLongError) {
      return new ReplyUnreadableError(this.socket, error.message);
    }
    throw error;
  }

  #take(message: Reply | Notification | undefined): void {
    if (message === undefined) {
      return;
    }
    if ("method" in message) {
      this.#listener.notified(message);
      return;
    }
    // With null the daemon could not read a request: nobody knows whose.
    const ids = message.id === null ? [...this.#waiting.keys()] : [message.id];
    for (const id of ids) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      waiting?.settle(message.outcome);
      this.#sendNext();
    }
  }
}

function traced<E extends CrystalmathError>(error: E, { traceId }: Request): E {
  error.traceId ??= traceId;
  return error;
}

/**
 * Open a line to a daemon that listens.
 *
 * @throws DaemonUnreachableError
 */
export async function openLine(socket: string, listener: Listener): Promise<Line> {
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH_BYTES) {
    // Node 20 cuts it, and would connect to another socket.
    throw new SocketRefusedError(socket, "its path is too long");
  }
  const deadline = Date.now() + BACKLOG_PATIENCE_MS;
  for (;;) {
    try {
      return new Line(socket, await opened(socket), listener);
    } catch (cause) {
      const { code = "", message } = cause as NodeJS.ErrnoException;
      // Linux: the backlog is full.
      if (code !== "EAGAIN" || Date.now() > deadline) {
        throw unreachable(socket, code, message, { cause });
      }
      await pause(BACKLOG_LOOK_MS);
    }
  }
}

function opened(socket: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const stream = connect(socket);
    stream.once("error", reject);
    stream.once("connect", () => {
      stream.off("error", reject);
      resolve(stream);
    });
  });
}

function unreachable(
  socket: string,
  code: string,
  message: string,
  options: ErrorOptions,
): DaemonUnreachableError {
  switch (code) {
    case "ENOENT":
    case "ECONNREFUSED":
    case "ECONNRESET": // it was killed before it took the connection
      return new DaemonNotRunningError(socket);
    case "EAGAIN":
      return new DaemonSilentError(socket, BACKLOG_PATIENCE_MS);
    default:
      return new SocketRefusedError(socket, message, options);
  }
}
