/** What is followed, and how far: enough to go on after a restart of the daemon. */

import type { Notification } from "./conversation.ts";
import { RpcError } from "./errors.ts";
import type {
  EventsNotification,
  SubscribeParams,
  SubscribeResult,
} from "./messages.ts";
import { ERRORS } from "./tables.ts";

/** Events in order; `cursor` stands after the last of them. */
export type EventBatch = Pick<EventsNotification, "events" | "cursor">;

interface Waiter {
  resolve(result: IteratorResult<EventBatch, undefined>): void;
  reject(error: Error): void;
}

/**
 * Events as they come, each once, also after a restart of the daemon.
 *
 * To be read with `for await`, which ends with the subscription: with `close`, with a
 * `break` out of the loop, with the connection. It fails with an `RpcError` if the
 * daemon cannot go on: `events.cursor_too_old`.
 */
export class Subscription implements AsyncIterableIterator<EventBatch, undefined> {
  /** What to ask for when the daemon is back. */
  asked: SubscribeParams;
  readonly #end: (subscription: Subscription) => Promise<void>;
  readonly #ready: EventBatch[] = [];
  readonly #waiters: Waiter[] = [];
  #isEnded = false;
  #error: Error | undefined;

  /** `Connection.subscribe` makes one. */
  constructor(
    asked: SubscribeParams,
    end: (subscription: Subscription) => Promise<void>,
  ) {
    this.asked = asked;
    this.#end = end;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** After the last event that has come, be it read or not. */
  get cursor(): string {
    return this.asked.since ?? "now";
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<EventBatch, undefined>> {
    const value = this.#ready.shift();
    if (value !== undefined) {
      return { value, done: false };
    }
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      throw error;
    }
    if (this.#isEnded) {
      return { value: undefined, done: true };
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  async return(): Promise<IteratorResult<EventBatch, undefined>> {
    await this.close();
    return { value: undefined, done: true };
  }

  /** Follow no longer; what has come and was not read is forgotten. */
  async close(): Promise<void> {
    this.#ready.length = 0;
    await this.#end(this);
  }

  /** Take what the daemon sent. */
  take(batch: EventBatch): void {
    if (this.#isEnded) {
      return; // It was closed while the daemon was asked to go on with it.
    }
    this.asked = { ...this.asked, since: batch.cursor };
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#ready.push(batch);
    } else {
      waiter.resolve({ value: batch, done: false });
    }
  }

  /** End, with an error for whoever reads. */
  finish(error?: Error): void {
    if (this.#isEnded) {
      return;
    }
    this.#isEnded = true;
    const [first, ...others] = this.#waiters.splice(0);
    if (error !== undefined && first !== undefined) {
      first.reject(error);
    } else {
      this.#error = error;
      first?.resolve({ value: undefined, done: true });
    }
    for (const waiter of others) {
      waiter.resolve({ value: undefined, done: true });
    }
  }
}

/** The subscriptions of a connection, and the daemon's names of them. */
export class Subscriptions {
  readonly #all = new Set<Subscription>();
  readonly #byName = new Map<string, Subscription>();
  #early: Notification[] = [];
  #nAsking = 0;

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  /**
   * Keep what comes before the reply that names its subscription.
   *
   * What nobody waits for, as after a call that was withdrawn, is not kept.
   */
  async asking<T>(ask: () => Promise<T>): Promise<T> {
    this.#nAsking += 1;
    try {
      return await ask();
    } finally {
      this.#nAsking -= 1;
      if (this.#nAsking === 0) {
        this.#early = [];
      }
    }
  }

  /** Take the daemon's reply to `subscribe`. */
  start(subscription: Subscription, result: SubscribeResult): void {
    subscription.asked = { ...subscription.asked, since: result.cursor };
    if (!subscription.isEnded) {
      this.#all.add(subscription);
    }
    this.#byName.set(result.subscription, subscription);
    const early = this.#early;
    this.#early = [];
    for (const notification of early) {
      this.take(notification);
    }
  }

  take(notification: Notification): void {
    const { method, params } = notification;
    const subscription = this.#byName.get(params.subscription);
    if (subscription === undefined) {
      if (this.#nAsking > 0) {
        this.#early.push(notification);
      }
    } else if (method === "events") {
      subscription.take({ events: params.events, cursor: params.cursor });
    } else {
      this.stop(subscription, ended(params));
    }
  }

  /** End a subscription; return the daemon's name of it, if it has one. */
  stop(subscription: Subscription, error?: Error): string | undefined {
    this.#all.delete(subscription);
    subscription.finish(error);
    for (const [name, one] of this.#byName) {
      if (one === subscription) {
        this.#byName.delete(name);
        return name;
      }
    }
    return undefined;
  }

  stopAll(error?: Error): void {
    for (const subscription of this.#all) {
      this.stop(subscription, error);
    }
  }

  /** Return what a new line must ask for; names of the old one are void. */
  toResume(): Subscription[] {
    this.#byName.clear();
    this.#early = [];
    return [...this.#all];
  }
}

type Ended = Extract<Notification, { method: "subscription_ended" }>["params"];

function ended({ kind, message, oldest, subscription }: Ended): RpcError {
  const code = kind in ERRORS ? ERRORS[kind as keyof typeof ERRORS].code : 0;
  const data = { kind, retryable: false, facts: { oldest, subscription } };
  return new RpcError({ code, message, data });
}
