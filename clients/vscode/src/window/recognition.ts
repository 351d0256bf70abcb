/** Finds inputs among the files that VS Code takes for plain text. */

import { basename } from "node:path";
import * as vscode from "vscode";

import { HEAD, languageOf } from "../language/files.ts";

export function recogniseInputs(): vscode.Disposable {
  // Once each: who makes plain text of one again has a reason, and VS Code tells of it
  // as of a document that is opened.
  const recognised = new Set<string>();
  const look = (document: vscode.TextDocument): void => {
    const uri = document.uri.toString();
    if (!recognised.has(uri) && recognise(document)) {
      recognised.add(uri);
    }
  };
  vscode.workspace.textDocuments.forEach(look);
  return vscode.workspace.onDidOpenTextDocument(look);
}

function recognise(document: vscode.TextDocument): boolean {
  if (document.languageId !== "plaintext" || document.uri.scheme !== "file") {
    return false;
  }
  const head = document.getText(
    new vscode.Range(document.positionAt(0), document.positionAt(HEAD)),
  );
  const language = languageOf(basename(document.uri.path), head);
  if (language === undefined) {
    return false;
  }
  void vscode.languages.setTextDocumentLanguage(document, language);
  return true;
}
