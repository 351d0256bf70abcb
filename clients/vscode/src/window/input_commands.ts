/** Commands about the input in the editor: submit it, explain it. */

import { basename } from "node:path";
import * as vscode from "vscode";

import * as server from "../language/commands.ts";
import type { Texts } from "./texts.ts";

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
      await this.#texts.show(`plan of ${name}`, () => Promise.resolve(text));
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

/** Tell whether a document is on the disk as it stands in the editor; offer to save it. */
async function isSaved(uri: string): Promise<boolean> {
  const document = vscode.workspace.textDocuments.find(
    (one) => one.uri.toString() === uri,
  );
  if (document === undefined || !(document.isDirty || document.isUntitled)) {
    return true;
  }
  if (document.isUntitled) {
    const text = "This input is no file yet. Save it under its name, then try again.";
    void vscode.window.showWarningMessage(text);
    return false;
  }
  const save = "Save and Go On";
  const chosen = await vscode.window.showWarningMessage(
    `${basename(document.uri.path)} has changes that are not saved. ` +
      "What the daemon reads is the file.",
    { modal: true },
    save,
  );
  return chosen === save && (await document.save());
}
