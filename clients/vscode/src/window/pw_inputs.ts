/** Finds inputs of pw.x among files whose names belong to many programs. */

import { basename } from "node:path";
import * as vscode from "vscode";

import { HEAD, isPwInput } from "../language/pw_text.ts";

export function recognisePwInputs(): vscode.Disposable {
  vscode.workspace.textDocuments.forEach(recognise);
  return vscode.workspace.onDidOpenTextDocument(recognise);
}

function recognise(document: vscode.TextDocument): void {
  if (document.languageId !== "plaintext" || document.uri.scheme !== "file") {
    return;
  }
  const head = document.getText(
    new vscode.Range(document.positionAt(0), document.positionAt(HEAD)),
  );
  if (isPwInput(basename(document.uri.path), head)) {
    void vscode.languages.setTextDocumentLanguage(document, "pwscf");
  }
}
