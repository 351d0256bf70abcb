/** Files are in the languages that everybody else takes them for. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { languageOf } from "../../src/language/files.ts";
import { fileOf, MANIFEST } from "./files.ts";

interface File {
  readonly name: string;
  readonly text: string;
  readonly language: string | null;
}

const FILES = JSON.parse(fileOf("../../tests/data/file_languages.json")) as File[];
const { languages } = MANIFEST.contributes;

/** By VS Code's own rule, which does not look at the case: whole names, then endings. */
function byManifest(name: string): string | undefined {
  const lower = name.toLowerCase();
  const named = languages.find(({ filenames = [] }) =>
    filenames.some((one) => one.toLowerCase() === lower),
  );
  const ending = languages.find(({ extensions = [] }) =>
    extensions.some((one) => lower.endsWith(one)),
  );
  return (named ?? ending)?.id;
}

test("a language is known by name or text, as everywhere", () => {
  for (const { name, text, language } of FILES) {
    assert.equal(byManifest(name) ?? languageOf(name, text) ?? null, language, name);
  }
});
