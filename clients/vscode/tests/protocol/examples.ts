/**
 * The examples of the protocol as TypeScript, for its compiler to hold against the types.
 *
 * In a reply `<integer>`, `<number>`, `<text>` and `<any>` stand for values that change,
 * and a member or an entry `...` says that there are more.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { REPOSITORY } from "./daemon.ts";

const FOLDER = join(REPOSITORY, "protocol", "examples");
const MORE = "...";
const VALUES: Readonly<Record<string, string>> = {
  "<integer>": "7",
  "<number>": "7.5",
  "<text>": '"text"',
  "<any>": "anything",
};

export interface Exchange {
  readonly request: { readonly method: string; readonly params: object };
  readonly reply: {
    readonly result?: object;
    readonly error?: {
      readonly code: number;
      readonly data: { readonly kind: string };
    };
  };
}

interface Example extends Exchange {
  readonly prepare: readonly Exchange[];
}

/** All requests and replies, those of the preparations too. */
export function exchanges(): Exchange[] {
  return readdirSync(FOLDER)
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Example)
    .flatMap((example) => [...example.prepare, example]);
}

/** A module that compiles if each request and each result is what its type says. */
export function asModule(parts: readonly Exchange[], messages: string): string {
  return `
import type { Methods } from ${JSON.stringify(messages)};

type Params<M extends keyof Methods> = Methods[M]["params"];
type Result<M extends keyof Methods> = Methods[M]["result"];

/** Any part of a value; what is there must be right. */
type Shown<T> = T extends readonly (infer E)[]
  ? Shown<E>[]
  : T extends object
    ? { [K in keyof T]?: Shown<T[K]> }
    : T;

declare const anything: any;

export const params = [
${parts.map(paramsOf).join("\n")}
];

export const results = [
${parts.map(resultOf).join("\n")}
];
`;
}

function paramsOf({ request }: Exchange): string {
  const method = JSON.stringify(request.method);
  return `${JSON.stringify(request.params)} satisfies Params<${method}>,`;
}

function resultOf({ request, reply }: Exchange): string {
  if (reply.result === undefined) {
    return "";
  }
  const type = `Result<${JSON.stringify(request.method)}>`;
  const text = expression(reply.result);
  const isPart = JSON.stringify(reply.result).includes(`"${MORE}"`);
  return `${text} satisfies ${isPart ? `Shown<${type}>` : type},`;
}

function expression(value: unknown): string {
  if (Array.isArray(value)) {
    const shown = value.filter((one) => one !== MORE);
    return `[${shown.map(expression).join(", ")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([name]) => name !== MORE)
      .map(([name, one]) => `${JSON.stringify(name)}: ${expression(one)}`);
    return `{ ${members.join(", ")} }`;
  }
  const place = typeof value === "string" ? VALUES[value] : undefined;
  return place ?? JSON.stringify(value);
}
