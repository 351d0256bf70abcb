import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { Connection } from "../../src/protocol/index.ts";
import { DECK, TestDaemon } from "../protocol/daemon.ts";
import { fileOf, MANIFEST } from "./files.ts";

interface Snippet {
  readonly prefix: string;
  readonly description: string;
  readonly body: readonly string[];
}

const INCAR = "ENCUT = 520\nISMEAR = 0\nSIGMA = 0.05\n";
const POSCAR = expanded(snippet("poscar", "poscar"));
const NAMES: Readonly<Record<string, string>> = {
  crystal: "deck.d12",
  "crystal-properties": "deck.d3",
  incar: "INCAR",
  poscar: "POSCAR",
  kpoints: "KPOINTS",
  pwscf: "deck.pwi",
};
/** Parts of an input, and how they stand in a whole one. */
const WHOLE: Readonly<Record<string, (part: string) => string>> = {
  freqcalc: (part) => DECK.replace("BASISSET", `${part}BASISSET`),
  spin: (part) => INCAR + part,
};

let daemon: TestDaemon;
let connection: Connection;

before(async () => {
  daemon = await new TestDaemon().start();
  connection = daemon.connection();
});

after(async () => {
  await connection.close();
  await daemon.close();
});

function snippets(language: string): Snippet[] {
  const text = fileOf(`snippets/${language}.json`);
  return Object.values(JSON.parse(text) as Record<string, Snippet>);
}

function snippet(language: string, prefix: string): Snippet {
  const found = snippets(language).find((one) => one.prefix === prefix);
  assert.ok(found);
  return found;
}

/** Return a snippet as it stands when nothing was changed in it. */
function expanded({ body }: Snippet, choose = 0): string {
  return body
    .join("\n")
    .replace(/\$\{\d+\|([^|]*)\|\}/g, (_, choices: string) => {
      const words = wordsOf(choices);
      return words[choose % words.length] ?? "";
    })
    .replace(/\$\{\d+:([^}]*)\}/g, "$1")
    .replace(/\$\d+/g, "");
}

/** Return the words of a choice; a comma in one follows a backslash. */
function wordsOf(choices: string): string[] {
  return choices.split(/(?<!\\),/).map((word) => word.replaceAll("\\,", ","));
}

/** Return the errors that `crystalmath check` would print of a file and those beside it. */
async function errors(name: string, files: Record<string, string>): Promise<string[]> {
  const { [name]: text = "", ...beside } = files;
  const companions = Object.entries(beside).map(([other, its]) => ({
    name: other,
    text: its,
  }));
  const asked = { name, text, companions, deep: true };
  const found = await connection.request("check_document", asked);
  return found.diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ line, message }) => `${line}: ${message}`);
}

for (const { language } of MANIFEST.contributes.snippets) {
  test(`${language}: a snippet is an input without an error, whatever is chosen`, async () => {
    const name = NAMES[language] ?? "";
    for (const one of snippets(language)) {
      const most = Math.max(
        1,
        ...one.body.map((line) => wordsOf(/\|(.*)\|/.exec(line)?.[1] ?? "").length),
      );
      for (let choose = 0; choose < most; choose++) {
        const part = expanded(one, choose);
        assert.doesNotMatch(part, /\$/);
        const text = WHOLE[one.prefix]?.(part) ?? part;
        const isOfVasp = ["incar", "poscar", "kpoints"].includes(language);
        const files = {
          ...(isOfVasp && { INCAR, POSCAR }),
          [name]: text,
        };
        const said = await errors(name, files);
        assert.deepEqual(said, [], `${one.prefix}\n${text}`);
      }
    }
  });
}

test("a prefix stands for one snippet of a language", () => {
  for (const { language } of MANIFEST.contributes.snippets) {
    const prefixes = snippets(language).map(({ prefix }) => prefix);
    assert.equal(new Set(prefixes).size, prefixes.length, language);
  }
});

test("a wrong snippet would be found", async () => {
  const bulk = expanded(snippet("crystal", "bulk")).replace("SHRINK", "SHRIMK");
  const [said = ""] = await errors("deck.d12", { "deck.d12": bulk });
  assert.match(said, /SHRIMK/);
});
