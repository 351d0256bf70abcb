import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";

import oniguruma from "vscode-oniguruma";
import textmate, { type IGrammar } from "vscode-textmate";

import { LANGUAGES } from "../../src/language/ids.ts";
import { DECK } from "../protocol/daemon.ts";
import { fileOf } from "./files.ts";

type Language = (typeof LANGUAGES)[number];

const grammars = new Map<string, IGrammar>();

before(async () => {
  const modules = createRequire(import.meta.url);
  const wasm = join(modules.resolve("vscode-oniguruma"), "..", "onig.wasm");
  await oniguruma.loadWASM(readFileSync(wasm));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: (scope) => {
      const path = `syntaxes/${scope.replace("source.", "")}.tmLanguage.json`;
      return Promise.resolve(textmate.parseRawGrammar(fileOf(path), path));
    },
  });
  for (const language of LANGUAGES) {
    const grammar = await registry.loadGrammar(`source.${language}`);
    assert.ok(grammar, language);
    grammars.set(language, grammar);
  }
});

/** Return `[words, innermost scope]` of all that has one; the language is left out. */
function coloured(language: Language, text: string): [string, string][] {
  const found: [string, string][] = [];
  const grammar = grammars.get(language);
  assert.ok(grammar);
  let stack = textmate.INITIAL;
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const { startIndex, endIndex, scopes } of tokens) {
      const scope = scopes.at(-1)?.replace(`.${language}`, "") ?? "";
      const words = line.slice(startIndex, endIndex).trim();
      if (scopes.length > 1 && words && !scope.startsWith("meta.")) {
        found.push([words, scope]);
      }
    }
  }
  return found;
}

function has(language: Language, text: string, ...wanted: [string, string][]): void {
  const found = coloured(language, text).map((one) => one.join(" → "));
  for (const one of wanted) {
    assert.ok(
      found.includes(one.join(" → ")),
      `${one.join(" → ")}\n${found.join("\n")}`,
    );
  }
}

test("a CRYSTAL deck: title, keywords, numbers and the end of blocks", () => {
  has(
    "crystal",
    DECK.replace("MgO", "END of 2 worlds").replace("SHRINK", "OPTGEOM\nENDOPT\nSHRINK"),
    ["END of 2 worlds", "comment.line.title"],
    ["CRYSTAL", "keyword.control"],
    ["225", "constant.numeric"],
    ["0.5", "constant.numeric"],
    ["STO-3G", "keyword.control"],
    ["ENDOPT", "keyword.control.end"],
    ["END", "keyword.control.end"],
  );
});

test("a deck has one title, and a number is no keyword", () => {
  const found = coloured("crystal", DECK);
  assert.equal(
    found.filter(([, scope]) => scope.startsWith("comment.line.title")).length,
    1,
  );
  assert.ok(
    !found.some(([words, scope]) => /^\d/.test(words) && scope.includes("keyword")),
  );
});

test("numbers as Fortran writes them are numbers", () => {
  const numbers = ["-1.5D-03", "1E+5", ".5", "7.", "+2"];
  for (const number of numbers) {
    has("crystal", `title\n${number} 1`, [number, "constant.numeric"]);
  }
});

test("properties have no title; what follows a record is a remark", () => {
  has(
    "crystal-properties",
    "NEWK\n8 8\n1 0\n0 0 0  4 0 4 ! Γ -> X\nEND\n",
    ["NEWK", "keyword.control"],
    ["4", "constant.numeric"],
    ["! Γ -> X", "comment.line"],
  );
});

test("an INCAR: tags, values of each kind, comments", () => {
  has(
    "incar",
    'ENCUT = 520; ISMEAR=0 # cold\nLREAL = .FALSE.; LWAVE = True; PREC = Accurate\nMAGMOM = 2*0.6 -1.0\nSYSTEM = "MgO" ! title',
    ["ENCUT", "keyword.other.tag"],
    ["520", "constant.numeric"],
    ["ISMEAR", "keyword.other.tag"],
    ["# cold", "comment.line"],
    [".FALSE.", "constant.language.logical"],
    ["True", "constant.language.logical"],
    ["Accurate", "constant.other.word"],
    ["2", "constant.numeric"],
    ["*", "keyword.operator"],
    ["0.6", "constant.numeric"],
    ["-1.0", "constant.numeric"],
    ["! title", "comment.line"],
  );
});

test("a POSCAR: title, elements, kind of coordinates, flags", () => {
  has(
    "poscar",
    "Mg O\n1.0\n4 0 0\n0 4 0\n0 0 4\nMg O_s\n1 1\nSelective dynamics\nDirect\n0 0 0 T F T\n0.5 0.5 0.5 T T T O1",
    ["Mg O", "comment.line.title"],
    ["Mg O_s", "entity.name.type.element"],
    ["Selective dynamics", "keyword.control"],
    ["Direct", "keyword.control"],
    ["F", "constant.language.logical"],
    ["0.5", "constant.numeric"],
    ["O1", "comment.line"],
  );
});

test("KPOINTS: title, mode, mesh, names of points", () => {
  const path =
    "path\n40 ! of each line\nLine-mode\nReciprocal\n0.0 0.0 0.0 Γ\n0.5 0 0.5 X";
  has(
    "kpoints",
    path,
    ["path", "comment.line.title"],
    ["! of each line", "comment.line"],
    ["Line-mode", "keyword.control"],
    ["Reciprocal", "keyword.control"],
    ["Γ", "entity.name.tag.point"],
    ["X", "entity.name.tag.point"],
  );
  has("kpoints", "mesh\n0\nGamma\n6 6 6", ["Gamma", "keyword.control"]);
});

test("a POTCAR: element, tags, end", () => {
  has(
    "potcar",
    "  PAW_PBE Mg_pv 13Apr2007\n   8.0\n   ENMAX  =  403.929; ENMIN = 302.947 eV\n End of Dataset",
    ["Mg", "entity.name.type.element"],
    ["ENMAX", "keyword.other.tag"],
    ["403.929", "constant.numeric"],
    ["End of Dataset", "keyword.control.end"],
  );
});

test("pw.x: namelists, variables, values, cards, species", () => {
  has(
    "pwscf",
    "&SYSTEM\n  ibrav = 2, celldm(1) = 10.26 ! bohr\n  noncolin = .true.\n  prefix = 'si/x'\n/\nATOMIC_SPECIES\n Si1 28.0855 Si.pbe-n.UPF\nATOMIC_POSITIONS {crystal}\nK_POINTS automatic\n 8 8 8 0 0 0",
    ["&SYSTEM", "keyword.control.namelist"],
    ["ibrav", "variable.other"],
    ["celldm", "variable.other"],
    ["10.26", "constant.numeric"],
    ["! bohr", "comment.line"],
    [".true.", "constant.language.logical"],
    ["si/x", "string.quoted.single"],
    ["/", "keyword.control.end"],
    ["ATOMIC_SPECIES", "keyword.control.card"],
    ["Si", "entity.name.type.element"],
    ["Si.pbe-n.UPF", "string.unquoted.file"],
    ["ATOMIC_POSITIONS", "keyword.control.card"],
    ["{crystal}", "constant.language.unit"],
    ["automatic", "constant.language.unit"],
  );
});
