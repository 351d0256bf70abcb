import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { DECK, PYTHON, TestDaemon } from "../protocol/daemon.ts";
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

before(async () => {
  daemon = await new TestDaemon().start();
});

after(async () => {
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

/** Return what `crystalmath check` says of files that belong together. */
async function check(folder: string, files: Record<string, string>): Promise<string> {
  const place = join(daemon.home, "work", folder);
  mkdirSync(place, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(place, name), text);
  }
  const words = ["-m", "crystalmath", "check", ...Object.keys(files)];
  return new Promise((resolve) => {
    const options = { env: daemon.environment, cwd: place };
    execFile(PYTHON, words, options, (error, stdout, stderr) => {
      resolve(error === null ? "" : stdout + stderr);
    });
  });
}

for (const { language } of MANIFEST.contributes.snippets) {
  test(`${language}: a snippet is an input without an error, whatever is chosen`, async () => {
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
          [NAMES[language] ?? ""]: text,
        };
        const said = await check(`${language}-${one.prefix}-${choose}`, files);
        assert.equal(said, "", `${one.prefix}\n${text}`);
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
  assert.match(await check("wrong", { "deck.d12": bulk }), /SHRIMK/);
});
