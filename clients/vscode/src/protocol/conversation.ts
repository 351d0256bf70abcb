/** What is said on one connection, without the connection: text out, text in. */

import { randomBytes } from "node:crypto";

import {
  ConnectionLostError,
  isRecord,
  ReplyUnreadableError,
  RequestUnsendableError,
  RpcError,
} from "./errors.ts";
import { MAX_REQUEST_BYTES } from "./framing.ts";
import type { Methods, Notifications } from "./messages.ts";
import { METHODS } from "./tables.ts";

export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]["params"];
export type Result<M extends Method> = Methods[M]["result"];

export type Notification = {
  [N in keyof Notifications]: { readonly method: N; readonly params: Notifications[N] };
}[keyof Notifications];

/** The daemon's word on a request; `id` is null if it could not read which. */
export interface Reply {
  readonly id: number | string | null;
  readonly outcome: Record<string, unknown> | RpcError;
}

/** A call on its way: what is sent, and what its reply is known by. */
export interface Request {
  readonly id: number;
  readonly traceId: string;
  readonly frame: string;
}

/**
 * Write a request; the daemon's log names its trace in every line.
 *
 * @throws RequestUnsendableError
 *   If it holds NaN or infinity, or is too long for one message.
 */
export function request<M extends Method>(
  id: number,
  method: M,
  params: Params<M>,
): Request {
  const traceId = randomBytes(16).toString("hex");
  // W3C trace context: version, trace, the span of this call, sampled.
  const traceparent = `00-${traceId}-${randomBytes(8).toString("hex")}-01`;
  const said = { _meta: { traceparent }, ...params };
  const message = { jsonrpc: "2.0", id, method, params: said };
  const text = JSON.stringify(message, (name, value: unknown) => {
    // JSON would say null for it, which means "not given".
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new RequestUnsendableError(method, `${name} is ${value}, not finite`);
    }
    return value;
  });
  if (Buffer.byteLength(text) > MAX_REQUEST_BYTES) {
    const reason = `it is longer than ${MAX_REQUEST_BYTES} bytes; send files by path`;
    throw new RequestUnsendableError(method, reason);
  }
  return { id, traceId, frame: `${text}\n` };
}

/** The frame that withdraws a request; its reply is an error then. */
export function cancellation(id: number): string {
  const message = { jsonrpc: "2.0", method: "$/cancelRequest", params: { id } };
  return `${JSON.stringify(message)}\n`;
}

/**
 * Read a line of the daemon; undefined if it is a notification of a later one.
 *
 * @throws ReplyUnreadableError
 *   If it is no JSON-RPC.
 */
export function incoming(
  line: string,
  socket: string,
): Reply | Notification | undefined {
  const message = parsed(line, socket);
  const { id, method, params, result, error } = message;
  if (method === "events" || method === "subscription_ended") {
    return { method, params } as Notification;
  }
  if (method !== undefined) {
    return undefined;
  }
  if (typeof id !== "number" && typeof id !== "string" && id !== null) {
    throw new ReplyUnreadableError(socket, "it has no id");
  }
  if (isRecord(error)) {
    const { code, message: said, data } = error;
    return {
      id,
      outcome: new RpcError({ code: Number(code), message: String(said), data }),
    };
  }
  if (!isRecord(result)) {
    throw new ReplyUnreadableError(socket, "its result is no object");
  }
  return { id, outcome: result };
}

function parsed(line: string, socket: string): Record<string, unknown> {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch (cause) {
    throw new ReplyUnreadableError(socket, "it is no JSON", { cause });
  }
  if (!isRecord(message)) {
    throw new ReplyUnreadableError(socket, "it is no object");
  }
  return message;
}

/** How long the answer may take, with the wait that was asked for. */
export function patienceMs<M extends Method>(method: M, params: Params<M>): number {
  const wait = (params as Record<string, unknown>)["wait_ms"];
  return METHODS[method].patienceS * 1000 + (typeof wait === "number" ? wait : 0);
}

/** With a token, what makes something makes it once, however often it is sent. */
export function withToken<M extends Method>(method: M, params: Params<M>): Params<M> {
  const said = params as Record<string, unknown>;
  const needsNone = said["dry_run"] === true || said["client_token"] != null;
  if (METHODS[method].takesToken !== true || needsNone) {
    return params;
  }
  return { ...params, client_token: randomBytes(16).toString("hex") };
}

/** Tell whether a call may go out again when its connection broke. */
export function maybeAgain<M extends Method>(
  error: unknown,
  method: M,
  params: Params<M>,
): boolean {
  const { access, takesAttempt } = METHODS[method];
  const attempt = (params as Record<string, unknown>)["after_attempt"];
  return (
    error instanceof ConnectionLostError &&
    access !== "admin" &&
    (takesAttempt !== true || attempt != null)
  );
}
