/** A connection to the daemon: typed calls, and subscriptions that outlive a restart. */

import { setMaxListeners } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

import {
  maybeAgain,
  withToken,
  type Method,
  type Params,
  type Result,
} from "./conversation.ts";
import {
  ConnectionClosedError,
  ConnectionLostError,
  DaemonNotRunningError,
  DaemonSilentError,
  RpcError,
} from "./errors.ts";
import { greet } from "./greeting.ts";
import { openLine, type CallOptions, type Line, type Listener } from "./line.ts";
import type { HelloResult, SubscribeParams } from "./messages.ts";
import { socketPath } from "./place.ts";
import { COMMAND, startDaemon } from "./starting.ts";
import { Subscription, Subscriptions } from "./subscriptions.ts";
import { METHODS } from "./tables.ts";

/** How long a daemon that went away may take to be back, as after a restart. */
const RETURN_PATIENCE_MS = 5000;
/** Between looks at a socket where nobody listens: growing, for whoever waits long. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
const PAUSE_GROWTH = 1.5;

export interface ConnectionOptions {
  /** Path of the daemon's socket; by default where it always is. */
  readonly socket?: string;
  /** Start the daemon if none runs: at first, and later for a call that changes something. */
  readonly start?: boolean;
  /** The program `crystalmath`, with arguments before its own if need be. */
  readonly command?: readonly string[];
  /** Who is asking, for the daemon's log. */
  readonly client?: string;
  /** Told whenever the daemon goes away (`false`) or is here again (`true`). */
  readonly onPresence?: (isHere: boolean) => void;
}

/** What is asked for in other ways: at the opening, and with `subscribe`. */
type Own = "hello" | "subscribe" | "unsubscribe";

export class Connection {
  readonly socket: string;
  readonly #options: ConnectionOptions;
  readonly #subscriptions = new Subscriptions();
  readonly #closing = new AbortController();
  #line: Line | undefined;
  #opening: Promise<Line> | undefined;
  #hello: HelloResult | undefined;
  #restriction: Params<"restrict_session"> | undefined;

  /** Opens nothing yet; the first call does. */
  constructor(options: ConnectionOptions = {}) {
    this.#options = options;
    this.socket = socketPath(options.socket);
    // Any number of calls may wait for the daemon.
    setMaxListeners(0, this.#closing.signal);
  }

  /** What the daemon said of itself when the line was opened last. */
  get hello(): HelloResult | undefined {
    return this.#hello;
  }

  get isHere(): boolean {
    return this.#line?.isOpen === true;
  }

  /** Open it now, instead of at the first call; `connect` does. */
  async open(): Promise<void> {
    await this.#opened(this.#options.start === true);
  }

  /**
   * Call a method.
   *
   * A call that loses its connection is sent once more when the daemon is back, within
   * 5 s, unless that could do something twice. What makes a job gets a `client_token`.
   *
   * @throws RpcError
   *   The daemon refused.
   * @throws DaemonUnreachableError
   *   No daemon answers.
   */
  async request<M extends Exclude<Method, Own>>(
    method: M,
    params: Params<M>,
    options: CallOptions = {},
  ): Promise<Result<M>> {
    const result = await this.#ask(method, withToken(method, params), options);
    if (method === "restrict_session") {
      this.#restriction = params as Params<"restrict_session">;
    }
    return result;
  }

  /** Follow events; from a cursor, or from now. */
  async subscribe(
    params: SubscribeParams = {},
    options: CallOptions = {},
  ): Promise<Subscription> {
    const made = new Subscription(params, (one) => this.#unsubscribe(one));
    await this.#subscriptions.asking(() =>
      this.#ask("subscribe", params, options, (result) => {
        this.#subscriptions.start(made, result);
      }),
    );
    return made;
  }

  /**
   * Wait until a daemon is here, however long, with pauses that grow to 2 s.
   *
   * @throws CrystalmathError
   *   If there is one that cannot be talked to.
   */
  async whenHere(signal?: AbortSignal): Promise<void> {
    await this.#next(false, Infinity, signal);
  }

  /** Close for good: calls that wait fail, subscriptions end. */
  async close(): Promise<void> {
    this.#closing.abort(new ConnectionClosedError(this.socket));
    this.#subscriptions.stopAll();
    this.#line?.close(() => new ConnectionClosedError(this.socket));
    await Promise.allSettled([this.#opening]);
  }

  async #ask<M extends Method>(
    method: M,
    params: Params<M>,
    options: CallOptions,
    arrived?: (result: Result<M>) => void,
  ): Promise<Result<M>> {
    this.#closing.signal.throwIfAborted();
    if (this.#line?.isOpen === true) {
      try {
        return await this.#line.ask(method, params, options, arrived);
      } catch (error) {
        if (!maybeAgain(error, method, params)) {
          throw error;
        }
      }
    }
    const start = this.#options.start === true && METHODS[method].access === "write";
    const line = await this.#next(start, RETURN_PATIENCE_MS, options.signal);
    return line.ask(method, params, options, arrived);
  }

  async #unsubscribe(subscription: Subscription, line = this.#line): Promise<void> {
    const name = this.#subscriptions.stop(subscription);
    if (name === undefined || line?.isOpen !== true) {
      return;
    }
    try {
      await line.ask("unsubscribe", { subscription: name });
    } catch (error) {
      // The end of the line is the end of its subscriptions as well.
      if (!(
        error instanceof ConnectionLostError || error instanceof ConnectionClosedError
      )) {
        throw error;
      }
    }
  }

  /** Return an open line, when the daemon is back if it has gone. */
  async #next(start: boolean, patienceMs: number, signal?: AbortSignal): Promise<Line> {
    const deadline = Date.now() + patienceMs;
    const ends = this.#untilClosed(signal);
    let ms = FIRST_PAUSE_MS;
    for (;;) {
      ends.throwIfAborted();
      try {
        return await unlessAborted(this.#opened(start), ends);
      } catch (error) {
        if (!isAway(error) || Date.now() + ms > deadline) {
          throw error;
        }
      }
      await pause(ms, undefined, { signal: ends }).catch(() => {
        ends.throwIfAborted();
      });
      ms = Math.min(ms * PAUSE_GROWTH, LONGEST_PAUSE_MS);
    }
  }

  #untilClosed(signal?: AbortSignal): AbortSignal {
    const closing = this.#closing.signal;
    return signal === undefined ? closing : AbortSignal.any([signal, closing]);
  }

  /** Whoever needs a line meanwhile waits for the same one. */
  async #opened(start: boolean): Promise<Line> {
    if (this.#line?.isOpen === true) {
      return this.#line;
    }
    this.#opening ??= this.#open(start).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Return a line on which everything is as it was on the one before. */
  async #open(start: boolean): Promise<Line> {
    const line = await this.#connected(start);
    const { signal } = this.#closing;
    try {
      this.#hello = await greet(line, this.#options.client, signal);
      if (this.#restriction !== undefined) {
        await line.ask("restrict_session", this.#restriction, { signal });
      }
      for (const subscription of this.#subscriptions.toResume()) {
        await this.#resume(line, subscription, signal);
      }
      signal.throwIfAborted();
      if (!line.isOpen) {
        throw new ConnectionLostError(this.socket);
      }
    } catch (error) {
      line.close(() => new ConnectionLostError(this.socket));
      throw error;
    }
    this.#line = line;
    this.#options.onPresence?.(true);
    return line;
  }

  async #connected(start: boolean): Promise<Line> {
    const listener: Listener = {
      notified: (notification) => {
        this.#subscriptions.take(notification);
      },
      lost: () => {
        this.#lost();
      },
    };
    try {
      return await openLine(this.socket, listener);
    } catch (error) {
      if (!start || !(error instanceof DaemonNotRunningError)) {
        throw error;
      }
    }
    const command = this.#options.command ?? COMMAND;
    await startDaemon(this.socket, command, this.#closing.signal);
    return openLine(this.socket, listener);
  }

  async #resume(
    line: Line,
    subscription: Subscription,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#subscriptions.asking(() =>
        line.ask("subscribe", subscription.asked, { signal }, (result) => {
          this.#subscriptions.start(subscription, result);
        }),
      );
    } catch (error) {
      if (!(error instanceof RpcError) || error.retryable) {
        throw error;
      }
      this.#subscriptions.stop(subscription, error);
    }
    if (subscription.isEnded) {
      await this.#unsubscribe(subscription, line);
    }
  }

  /** The line has ended: whoever follows something wants another one. */
  #lost(): void {
    if (this.#line === undefined || this.#line.isOpen) {
      return; // It was lost while it was being opened.
    }
    this.#line = undefined;
    this.#options.onPresence?.(false);
    if (this.#subscriptions.isEmpty || this.#closing.signal.aborted) {
      return;
    }
    this.whenHere().catch((error: unknown) => {
      this.#subscriptions.stopAll(error as Error);
    });
  }
}

/**
 * Return an open connection.
 *
 * @throws DaemonUnreachableError
 *   If no daemon runs, and none was to be started or it did not come up.
 * @throws ProtocolMismatchError
 *   If it is of another release.
 */
export async function connect(options: ConnectionOptions = {}): Promise<Connection> {
  const connection = new Connection(options);
  try {
    await connection.open();
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}

/** Wait for something, but no longer than until the signal; what was begun goes on. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", aborted, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", aborted);
    });
  });
}

function isAway(error: unknown): boolean {
  return (
    error instanceof DaemonNotRunningError ||
    error instanceof ConnectionLostError ||
    error instanceof DaemonSilentError ||
    // It is stopping, or its disk is full.
    (error instanceof RpcError && error.retryable)
  );
}
