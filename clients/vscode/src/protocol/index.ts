/** The client of crystalmathd for Node: types of all messages, and a connection. */

export { connect, Connection, type ConnectionOptions } from "./connection.ts";
export type { Method, Params, Result } from "./conversation.ts";
export * from "./errors.ts";
export type { CallOptions } from "./line.ts";
export type * from "./messages.ts";
export { socketPath, SOCKET_VARIABLE } from "./place.ts";
export { type EventBatch, Subscription } from "./subscriptions.ts";
export * from "./tables.ts";
