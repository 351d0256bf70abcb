/** Messages that say what to do, with a button that does it. */

import * as vscode from "vscode";

import { SECTION } from "../settings.ts";

/** Say that the program was not found, and offer the setting that says where it is. */
export async function sayMissing(text: string): Promise<void> {
  const settings = "Open Settings";
  const chosen = await vscode.window.showWarningMessage(text, settings);
  if (chosen === settings) {
    const command = "workbench.action.openSettings";
    await vscode.commands.executeCommand(command, `${SECTION}.command`);
  }
}

/** Say that something waits until the folder is trusted, and offer to trust it. */
export async function sayNotTrusted(what: string): Promise<void> {
  const trust = "Manage Trust";
  const text = `${what} once this folder is trusted.`;
  const chosen = await vscode.window.showWarningMessage(text, trust);
  if (chosen === trust) {
    await vscode.commands.executeCommand("workbench.trust.manage");
  }
}

/**
 * Carry out a command, and show its error as a message.
 *
 * An error that is thrown would be shown in a dialog that wants an answer.
 */
export async function orSay(run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(text);
  }
}
