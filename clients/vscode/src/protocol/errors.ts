/** What can go wrong for a client; every message is a sentence with a next step. */

import { MAX_SOCKET_PATH_BYTES } from "./place.ts";
import type { ErrorKind } from "./tables.ts";

/** The base of all errors here. */
export class CrystalmathError extends Error {
  /** Under which the daemon's log knows the call, if it was one. */
  traceId: string | undefined;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No daemon answers on the socket. */
export class DaemonUnreachableError extends CrystalmathError {}

/** Nothing listens on the socket. */
export class DaemonNotRunningError extends DaemonUnreachableError {
  constructor(socket: string) {
    super(
      `No daemon is running at ${socket}. \`crystalmath daemon start\` starts one.`,
    );
  }
}

/** The system refuses the socket: it is somebody else's, or no socket. */
export class SocketRefusedError extends DaemonUnreachableError {
  constructor(socket: string, reason: string, options?: ErrorOptions) {
    super(
      `The daemon cannot be reached at ${socket}: ${reason}. ` +
        `Name your own socket, of at most ${MAX_SOCKET_PATH_BYTES} bytes.`,
      options,
    );
  }
}

/** The daemon was to be started and did not come up; `said` are the last words. */
export class DaemonNotStartedError extends DaemonUnreachableError {
  readonly said: string;

  constructor(reason: string, said: string) {
    super(`The daemon did not start: ${reason}.${said && `\n${said}`}`);
    this.said = said;
  }
}

/** A daemon took the call and does not answer. */
export class DaemonSilentError extends DaemonUnreachableError {
  constructor(socket: string, timeoutMs: number) {
    super(
      `The daemon at ${socket} does not answer within ${timeoutMs / 1000} s. ` +
        "`pgrep -a -f crystalmathd` shows its process; `kill -CONT PID` lets it go on " +
        "if it was stopped. Running jobs go on in any case.",
    );
  }
}

/** The connection broke in the middle of a call. */
export class ConnectionLostError extends DaemonUnreachableError {
  constructor(socket: string) {
    super(
      `The connection to the daemon at ${socket} was lost. Jobs go on without it; ` +
        "`crystalmath status` tells whether it is back.",
    );
  }
}

/** A call on a connection that its own program has closed. */
export class ConnectionClosedError extends CrystalmathError {
  constructor(socket: string) {
    super(`This connection to the daemon at ${socket} was closed; make a new one.`);
  }
}

/** Client and daemon speak protocols of different major versions. */
export class ProtocolMismatchError extends CrystalmathError {
  constructor(socket: string, protocol: string, reason: string) {
    super(
      `The daemon at ${socket} does not speak protocol ${protocol} ` +
        `(${reason.replace(/\.$/, "")}). It is of another release: ` +
        "`crystalmath daemon stop`, then `crystalmath daemon start` starts the one " +
        "that is installed. Running jobs go on meanwhile.",
    );
  }
}

/** What came back is not what the protocol says. */
export class ReplyUnreadableError extends CrystalmathError {
  constructor(socket: string, reason: string, options?: ErrorOptions) {
    super(`An answer of the daemon at ${socket} cannot be read: ${reason}.`, options);
  }
}

/** A request that cannot be written as a message. */
export class RequestUnsendableError extends CrystalmathError {
  constructor(method: string, reason: string) {
    super(`${method} cannot be sent: ${reason}.`);
  }
}

/** The `error` of a reply. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The daemon's refusal. A later daemon may know more kinds than `ErrorKind`. */
export class RpcError extends CrystalmathError {
  readonly code: number;
  readonly kind: ErrorKind | (string & {});
  /** It may well be answered if it is asked again. */
  readonly retryable: boolean;
  /** `facts` and whatever else the daemon says beside the message. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor({ code, message, data }: ErrorObject) {
    super(message);
    this.code = code;
    this.data = isRecord(data) ? data : {};
    this.kind = text(this.data["kind"]) ?? "";
    this.retryable = this.data["retryable"] === true;
    this.traceId = text(this.data["trace_id"]);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
