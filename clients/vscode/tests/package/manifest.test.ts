import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { LANGUAGES, TEXT_LANGUAGE } from "../../src/language/ids.ts";
import { readSettings } from "../../src/settings.ts";
import { fileOf, MANIFEST, ROOT } from "./files.ts";

const { contributes } = MANIFEST;
const PREFIX = "crystalmath.";
/** Texts about jobs are shown, never written. */
const inputs = contributes.languages.filter(({ id }) => id !== TEXT_LANGUAGE);

function sorted(words: Iterable<string>): string[] {
  return [...words].sort();
}

test("every language has a configuration and a grammar, and what is written has snippets", () => {
  assert.deepEqual(sorted(inputs.map(({ id }) => id)), sorted(LANGUAGES));
  const coloured = contributes.grammars.map(({ language }) => language);
  assert.deepEqual(sorted(coloured), sorted(LANGUAGES));
  // A POTCAR is taken from a library, never written.
  const written = LANGUAGES.filter((id) => id !== "potcar");
  assert.deepEqual(
    sorted(contributes.snippets.map(({ language }) => language)),
    sorted(written),
  );
});

test("every file that is named is there", () => {
  const named = [
    ...inputs.map(({ configuration }) => configuration ?? ""),
    ...contributes.grammars.map(({ path }) => path),
    ...contributes.snippets.map(({ path }) => path),
  ];
  for (const path of named) {
    assert.ok(existsSync(join(ROOT, path)), path);
    assert.doesNotThrow(() => JSON.parse(fileOf(path)), path);
  }
});

test("every command in the menus is one that the extension carries out", () => {
  const source = fileOf("src/window/extension.ts");
  const table = /const table:[^{]*\{(.*?)\n {4}\};/s.exec(source)?.[1] ?? "";
  const carried = [...table.matchAll(/^ {6}(\w+): /gm)].map(([, name]) => name ?? "");
  const named = contributes.commands.map(({ command }) => command.slice(PREFIX.length));
  assert.deepEqual(sorted(named), sorted(carried));
  for (const { command } of Object.values(contributes.menus).flat()) {
    assert.ok(named.includes(command.slice(PREFIX.length)), command);
  }
});

test("what is not set is what the settings say", () => {
  const { properties } = contributes.configuration;
  const written = readSettings((name) => properties[PREFIX + name]?.default);
  assert.deepEqual(
    written,
    readSettings(() => undefined),
  );
});

test("the README has every command and every setting", () => {
  const text = fileOf("README.md");
  for (const name of Object.keys(contributes.configuration.properties)) {
    assert.ok(text.includes(`\`${name}\``), name);
  }
  for (const { command, title } of contributes.commands) {
    assert.ok(command === "crystalmath.loadMoreJobs" || text.includes(title), title);
  }
});

test("the icon is a small picture of 128 by 128", () => {
  const bytes = readFileSync(join(ROOT, "images", "icon.png"));
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [128, 128]);
  assert.ok(bytes.length < 10_000);
});
