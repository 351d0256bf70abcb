/** Where VS Code begins and ends with the extension. */

import * as vscode from "vscode";

import { Extension } from "./window/extension.ts";

let extension: Extension | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const made = new Extension();
  extension = made;
  context.subscriptions.push(made);
  if (vscode.workspace.isTrusted) {
    await made.start();
    return;
  }
  // A folder that is not trusted must not name the program that is run.
  const start = (): void => void made.start();
  context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(start));
}

export async function deactivate(): Promise<void> {
  await extension?.stop();
  extension = undefined;
}
