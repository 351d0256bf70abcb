/** Commands about the input in the editor: submit it, explain it. */

import { basename, dirname } from "node:path";
import * as vscode from "vscode";

import * as server from "../language/commands.ts";
import type { Texts } from "./texts.ts";

/** VASP reads all of them; they are submitted as their directory. */
const OF_A_DIRECTORY = ["incar", "poscar", "kpoints", "potcar"];

/** The address of a document: of a lens, or of the button above an editor. */
type Target = string | vscode.Uri;

export class InputCommands {
  readonly #execute: server.Execute;
  readonly #texts: Texts;

  constructor(execute: server.Execute, texts: Texts) {
    this.#execute = execute;
    this.#texts = texts;
  }

  /** Submit a document, as it was saved; that of the editor if none is named. */
  async submit(target?: Target): Promise<void> {
    const asked = target?.toString() ?? activeInput();
    if (asked === undefined || !(await isSaved(asked))) {
      return;
    }
    const answer = await server.submit(this.#execute, asked);
    const jobs = answer?.jobs ?? [];
    const [first] = jobs;
    if (first === undefined) {
      return;
    }
    const names = jobs.map((job) => `${job.job_id} (${job.name})`).join(", ");
    const word = jobs.length > 1 ? "Jobs" : "Job";
    const [show, follow] = ["Show Job", "Follow Log"];
    const chosen = await vscode.window.showInformationMessage(
      `${word} ${names}: submitted.`,
      show,
      follow,
    );
    if (chosen !== undefined) {
      const command = chosen === show ? "showJob" : "followLog";
      await vscode.commands.executeCommand(`crystalmath.${command}`, first.job_id);
    }
  }

  /** Show what submitting a document would do. */
  async explain(target?: Target): Promise<void> {
    const asked = target?.toString() ?? activeInput();
    if (asked === undefined || !(await isSaved(asked))) {
      return;
    }
    const text = await server.explain(this.#execute, asked);
    if (text !== undefined) {
      const name = basename(vscode.Uri.parse(asked).path);
      // Not with the ending of the input: this is no deck.
      await this.#texts.show(`${name} – plan`, () => Promise.resolve(text));
    }
  }
}

function activeInput(): string | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri.toString();
  if (uri === undefined) {
    void vscode.window.showInformationMessage("Open the input that is meant.");
  }
  return uri;
}

/**
 * Tell whether a document is on the disk as it stands in the editor; offer to save it.
 *
 * So must be the inputs beside it: POSCAR and others are submitted with an INCAR.
 */
async function isSaved(uri: string): Promise<boolean> {
  const asked = vscode.Uri.parse(uri);
  if (asked.scheme !== "file") {
    const text = "This input is no file yet. Save it under its name, then try again.";
    void vscode.window.showWarningMessage(text);
    return false;
  }
  const unsaved = vscode.workspace.textDocuments.filter(
    (document) => document.isDirty && belongsTo(document, asked),
  );
  if (unsaved.length === 0) {
    return true;
  }
  const names = unsaved.map((document) => basename(document.uri.path)).join(", ");
  const save = "Save and Go On";
  const chosen = await vscode.window.showWarningMessage(
    `${names}: there are changes that are not saved. What the daemon reads is the file.`,
    { modal: true },
    save,
  );
  if (chosen !== save) {
    return false;
  }
  const saved = await Promise.all(unsaved.map((document) => document.save()));
  return saved.every(Boolean);
}

/** Tell whether a document is the input that is meant, or one in the same directory. */
function belongsTo(
  { uri, languageId }: vscode.TextDocument,
  asked: vscode.Uri,
): boolean {
  return (
    uri.toString() === asked.toString() ||
    (uri.scheme === "file" &&
      OF_A_DIRECTORY.includes(languageId) &&
      dirname(uri.path) === dirname(asked.path))
  );
}
