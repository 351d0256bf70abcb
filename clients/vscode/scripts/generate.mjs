/**
 * Make `src/protocol/messages.ts` and `tables.ts` from `protocol/openrpc.json`.
 *
 * `node scripts/generate.mjs [--check]`: with `--check` nothing is written, and a file
 * that is not what would be written is an error.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { compile } from "json-schema-to-typescript";
import { format, resolveConfig } from "prettier";

import { rootSchema } from "./schemas.mjs";

const ROOT = resolve(import.meta.dirname, "..");
const DOCUMENT = resolve(ROOT, "..", "..", "protocol", "openrpc.json");
const BANNER = `// Made from protocol/openrpc.json by \`npm run generate\`; changes belong there.\n\n`;

async function messages(document) {
  const types = await compile(rootSchema(document), "Protocol", {
    additionalProperties: false,
    bannerComment: BANNER,
    format: false,
    unreachableDefinitions: true,
  });
  // A remark of the library, about where it found a type that only others use.
  const remark = /\n \*(?: *\n \*)? This interface was referenced by [^]*?(?=\n \*\/)/g;
  return types
    .replaceAll(remark, "")
    .replaceAll("/**\n */\n", "")
    .replaceAll(/^}\n/gm, "}\n\n");
}

function tables(document) {
  const errors = Object.values(document.components.errors).map(({ code, data }) => [
    data.kind,
    { code, retryable: data.retryable },
  ]);
  const methods = document.methods.map((method) => [method.name, methodFacts(method)]);
  const table = (entries) => JSON.stringify(Object.fromEntries(entries));
  return `${BANNER}import type { Methods } from "./messages.ts";

/** The version of the protocol; a daemon of another major version is refused. */
export const PROTOCOL = ${JSON.stringify(document.info.version)};

/** What a client must know of a method beside its types. */
export interface MethodFacts {
  readonly access: Access;
  /** How long its answer may take, beside a wait that was asked for. */
  readonly patienceS: number;
  /** It makes something: with one \`client_token\` only once. */
  readonly takesToken?: true;
  /** It is done only once if \`after_attempt\` is given. */
  readonly takesAttempt?: true;
}

export const METHODS: Readonly<Record<keyof Methods, MethodFacts>> = ${table(methods)};

/** Every error that a reply can carry: kind → number, which never change meaning. */
export const ERRORS = ${table(errors)} as const;

/** Kinds of events; clients pass over those that they do not know. */
export const EVENT_TYPES = ${JSON.stringify(document["x-event-types"])} as const;

export type Access = "read" | "write" | "admin";
export type ErrorKind = keyof typeof ERRORS;
export type EventType = (typeof EVENT_TYPES)[number];
`;
}

function methodFacts(method) {
  const names = new Set(method.params.map(({ name }) => name));
  return {
    access: method["x-access"],
    patienceS: method["x-patience-s"],
    ...(names.has("client_token") && { takesToken: true }),
    ...(names.has("after_attempt") && { takesAttempt: true }),
  };
}

async function main() {
  const document = JSON.parse(readFileSync(DOCUMENT, "utf8"));
  const made = {
    "messages.ts": await messages(document),
    "tables.ts": tables(document),
  };
  const stale = [];
  for (const [name, text] of Object.entries(made)) {
    const path = join(ROOT, "src", "protocol", name);
    const config = await resolveConfig(path);
    const formatted = await format(text, { ...config, parser: "typescript" });
    if (!process.argv.includes("--check")) {
      writeFileSync(path, formatted);
    } else if (readFileSync(path, "utf8") !== formatted) {
      stale.push(name);
    }
  }
  if (stale.length > 0) {
    console.error(`stale: ${stale.join(", ")}; \`npm run generate\` makes them anew`);
    process.exitCode = 1;
  }
}

await main();
