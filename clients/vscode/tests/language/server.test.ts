import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { isLive } from "../../src/jobs/job_list.ts";
import { jobText } from "../../src/jobs/job_text.ts";
import {
  explain,
  EXPLAIN,
  show,
  SHOW,
  submit,
  SUBMIT,
} from "../../src/language/commands.ts";
import { LANGUAGES } from "../../src/language/ids.ts";
import type { JobDetails } from "../../src/protocol/index.ts";
import { DECK, TestDaemon } from "../protocol/daemon.ts";
import { Editor } from "./editor.ts";

interface Case {
  readonly name: string;
  readonly text: string;
  /** Where something is wrong: a line, from 0. */
  readonly wrong?: number;
  /** Where something is explained, and where something is completed. */
  readonly hover?: readonly [number, number];
  readonly complete?: readonly [number, number, string];
  readonly fix?: string;
}

const CASES: Readonly<Record<(typeof LANGUAGES)[number], Case>> = {
  crystal: {
    name: "mgo.d12",
    text: DECK.replace("SHRINK", "SHRIMK"),
    wrong: 10,
    hover: [8, 1],
    complete: [10, 3, "SHRINK"],
    fix: "Write SHRINK",
  },
  "crystal-properties": {
    name: "mgo.d3",
    text: "NEWK\n8 8\n1 0\nDOSSS\n0 100 1 10 1 12 0\nEND\n",
    wrong: 3,
    hover: [0, 1],
    complete: [3, 2, "DOSS"],
    fix: "Write DOSS",
  },
  incar: {
    name: "INCAR",
    text: "ENCUT = 400\nISMER = 0\nSIGMA=0.05\n",
    wrong: 1,
    hover: [0, 1],
    complete: [1, 3, "ISMEAR"],
    fix: "Write ISMEAR",
  },
  poscar: {
    name: "POSCAR",
    text: "MgO\n4.2\n0 .5 .5\n.5 0 .5\n.5 .5 0\nMg O\n1 2\nDirect\n0 0 0\n.5 .5 .5\n",
    wrong: 9,
    hover: [1, 0],
  },
  kpoints: {
    name: "KPOINTS",
    text: "mesh\n0\nGamma\n4 4\n0 0 0\n",
    wrong: 3,
    hover: [2, 0],
  },
  potcar: { name: "POTCAR", text: "  PAW_PBE Mg 13Apr2007\n   2.000000\n" },
  pwscf: {
    name: "scf.in",
    text: "&CONTROL\ncalculatoin = 'scf'\n/\n&SYSTEM\nibrav=2, celldm(1)=7.9, nat=1, ntyp=1, ecutwfc=30\n/\n&ELECTRONS\n/\nATOMIC_SPECIES\nSi 28.086 Si.upf\nATOMIC_POSITIONS alat\nSi 0 0 0\nK_POINTS automatic\n4 4 4 0 0 0\n",
    wrong: 1,
    hover: [4, 1],
    complete: [1, 3, "calculation"],
    fix: "Write calculation",
  },
};

let daemon: TestDaemon;
let editor: Editor;
let initialized: Awaited<ReturnType<Editor["start"]>>;

before(async () => {
  daemon = await new TestDaemon().start();
  editor = new Editor(daemon);
  initialized = await editor.start();
});

after(async () => {
  assert.equal(await editor.stop(), 0);
  await daemon.close();
});

function folder(name: string): string {
  const path = join(daemon.home, "work", name);
  mkdirSync(path, { recursive: true });
  return path;
}

test("the server has the commands that the extension takes from it", () => {
  const { executeCommandProvider } = initialized.capabilities;
  assert.deepEqual(executeCommandProvider?.commands, [SUBMIT, EXPLAIN, SHOW]);
});

for (const language of LANGUAGES) {
  const { name, text, wrong, hover, complete, fix } = CASES[language];

  test(`${language}: a mistake is shown, explained, completed and mended`, async () => {
    const uri = await editor.open(join(folder(language), name), language, text);
    const found = await editor.diagnostics(uri);
    if (wrong !== undefined) {
      const [first] = found.filter((one) => one.range.start.line === wrong);
      assert.ok(first, JSON.stringify(found));
      const titles = (await editor.actions(uri, first)).map(({ title }) => title);
      assert.ok(fix === undefined || titles.includes(fix), titles.join());
    }
    if (hover !== undefined) {
      assert.ok(await editor.hover(uri, ...hover), "nothing is explained");
    }
    if (complete !== undefined) {
      const [line, character, label] = complete;
      const labels = await editor.completion(uri, line, character);
      assert.ok(labels.includes(label), labels.join());
    }
    const tokens = await editor.tokens(uri);
    assert.ok(language === "potcar" || (tokens?.data.length ?? 0) > 0);
  });
}

test("a ragged deck is aligned, and every number stays as it was", async () => {
  const path = join(folder("ragged"), "mgo.d12");
  const uri = await editor.open(path, "crystal", DECK);
  const edits = await editor.formatting(uri);
  assert.ok(edits.length > 0);
  const words = edits.flatMap(({ newText }) => newText.split(/\s+/)).filter(Boolean);
  assert.ok(words.every((word) => DECK.includes(word)));
});

test("a deck goes from its mistake to its job and to what is known of it", async () => {
  const path = join(folder("whole"), "mgo.d12");
  writeFileSync(path, DECK);
  const uri = await editor.open(path, "crystal", CASES.crystal.text);
  assert.equal(await submit(editor.execute, uri), undefined);
  assert.match(editor.messages.at(-1) ?? "", /mgo\.d12 has changes that are not saved/);

  await editor.change(uri, 2, DECK);
  const titles = (await editor.lenses(uri)).map(({ command }) => command?.title);
  assert.deepEqual(titles, ["Submit", "Explain"]);
  assert.match((await explain(editor.execute, uri)) ?? "", /job +mgo, code crystal/);

  const answer = await submit(editor.execute, uri);
  const jobId = answer?.jobs[0]?.job_id ?? "";
  assert.equal(answer?.jobs[0]?.name, "mgo");
  const connection = daemon.connection();
  const job = await ended(connection, jobId);
  assert.equal(job.state, "completed");
  const details = (await show(editor.execute, jobId)) ?? "";
  const why = await connection.request("why_job", { job_id: jobId });
  await connection.close();
  const text = jobText(details, why);
  assert.match(text, /energy .* eV/i);
  assert.match(text, /Why: /);

  const [run] = await editor.lenses(uri);
  assert.match(run?.command?.title ?? "", /^last run: .* Ha/);
  assert.deepEqual(run?.command?.arguments, [jobId]);
});

async function ended(
  connection: ReturnType<TestDaemon["connection"]>,
  jobId: string,
): Promise<JobDetails> {
  const events = await connection.subscribe({ job_ids: [jobId] });
  for (;;) {
    const { job } = await connection.request("get_job_details", { job_id: jobId });
    if (!isLive(job)) {
      await events.close();
      return job;
    }
    await events.next();
  }
}
