/** Finds inputs among the files that VS Code takes for plain text. */

import { basename } from "node:path";
import * as vscode from "vscode";

import { HEAD, languageOf } from "../language/files.ts";

export function recogniseInputs(): vscode.Disposable {
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
  const language = languageOf(basename(document.uri.path), head);
  if (language !== undefined) {
    void vscode.languages.setTextDocumentLanguage(document, language);
  }
}
