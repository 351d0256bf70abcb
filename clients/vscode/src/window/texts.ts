/** Texts of the daemon in documents that only can be read. */

import * as vscode from "vscode";

import { TEXT_LANGUAGE } from "../language/ids.ts";

/** Makes the text of a document, whenever it is wanted. */
export type Maker = () => Promise<string | undefined>;

const SCHEME = "crystalmath";

export class Texts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #makers = new Map<string, Maker>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#registration = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#makers.delete(uri.path);
      }),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const text = await this.#makers.get(uri.path)?.();
    return text ?? "This text is no longer known; ask for it again.\n";
  }

  /** Show the text of a name beside what is edited; it is made anew if it is open. */
  async show(name: string, make: Maker): Promise<void> {
    const uri = address(name);
    this.#makers.set(uri.path, make);
    this.#changed.fire(uri);
    const opened = await vscode.workspace.openTextDocument(uri);
    const document = await vscode.languages.setTextDocumentLanguage(
      opened,
      TEXT_LANGUAGE,
    );
    // A document of another language is a new one: the one before was closed.
    this.#makers.set(uri.path, make);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** Make the text of a name anew, if it is open. */
  refresh(name: string): void {
    const uri = address(name);
    if (this.#makers.has(uri.path)) {
      this.#changed.fire(uri);
    }
  }

  /** Return the names of all texts that are open. */
  get names(): string[] {
    return [...this.#makers.keys()];
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}

function address(name: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: name });
}
