/** The language server: started, restarted, and how it is. */

import * as vscode from "vscode";
import {
  ExecuteCommandRequest,
  LanguageClient,
  State,
  type LanguageClientOptions,
} from "vscode-languageclient/node";

import { InTurn } from "../in_turn.ts";
import type { Execute } from "../language/commands.ts";
import { LANGUAGES, SCHEMES } from "../language/ids.ts";
import { findProgram, missingProgramText } from "../program.ts";
import { SECTION, serverArguments, type Settings } from "../settings.ts";
import { orSay, sayMissing } from "./messages.ts";

/** Carries out a command of the server in the way of this editor. */
export type CommandHandlers = Readonly<
  Record<string, (argument: string) => Promise<void>>
>;

const NAME = "crystalmath";
const SELECTOR = LANGUAGES.flatMap((language) =>
  SCHEMES.map((scheme) => ({ language, scheme })),
);

export class LanguageServer implements vscode.Disposable {
  readonly #settings: () => Settings;
  readonly #handlers: CommandHandlers;
  readonly #output = vscode.window.createOutputChannel(NAME, { log: true });
  readonly #status = vscode.languages.createLanguageStatusItem(SECTION, SELECTOR);
  #client: LanguageClient | undefined;
  readonly #changes = new InTurn();
  #isStarted = false;
  #hasComplained = false;

  constructor(settings: () => Settings, handlers: CommandHandlers) {
    this.#settings = settings;
    this.#handlers = handlers;
    this.#status.name = NAME;
    this.#status.command = {
      command: "crystalmath.restartServer",
      title: "Restart",
    };
    this.#show(State.Stopped);
  }

  /** Tell whether a document is one that the server looks at. */
  isFor(document: vscode.TextDocument): boolean {
    return vscode.languages.match(SELECTOR, document) > 0;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  get isRunning(): boolean {
    return this.#client?.isRunning() === true;
  }

  /**
   * Start it if it has not been started yet.
   *
   * It starts the daemon, too: so not before an input is open, or a command needs it.
   */
  async ensure(): Promise<void> {
    if (!this.#isStarted) {
      await this.restart();
    }
  }

  /** Start it anew with the settings as they are now. */
  async restart(): Promise<void> {
    // A folder that is not trusted must not name the program that is run.
    if (!vscode.workspace.isTrusted) {
      return;
    }
    this.#isStarted = true;
    await this.#changes.run(async () => {
      await this.#stop();
      await this.#start();
    });
  }

  showLog(): void {
    this.#output.show();
  }

  /** Send a command of the server; undefined if there is no server. */
  readonly execute: Execute = async (command, args) => {
    await this.ensure();
    await this.#changes.settled();
    if (this.#client === undefined || !this.isRunning) {
      void vscode.window.showErrorMessage(
        "The language server of crystalmath does not run. Its log says why, " +
          "if this folder is trusted.",
      );
      return undefined;
    }
    const params = { command, arguments: [...args] };
    return this.#client.sendRequest(ExecuteCommandRequest.type, params);
  };

  async stop(): Promise<void> {
    await this.#changes.run(() => this.#stop());
  }

  dispose(): void {
    this.#status.dispose();
    this.#output.dispose();
  }

  async #start(): Promise<void> {
    const settings = this.#settings();
    const command = findProgram(settings.command, process.env["PATH"] ?? "");
    if (command === undefined) {
      this.#complain(missingProgramText(settings.command));
      return;
    }
    const server = { command, args: serverArguments(settings) };
    const client = new LanguageClient(SECTION, NAME, server, this.#options());
    client.onDidChangeState(({ newState }) => {
      this.#show(newState);
    });
    this.#client = client;
    try {
      await client.start();
    } catch (error) {
      // The client has shown it; its log has the rest.
      this.#output.error(String(error));
    }
  }

  #options(): LanguageClientOptions {
    return {
      documentSelector: SELECTOR,
      outputChannel: this.#output,
      diagnosticCollectionName: SECTION,
      middleware: {
        executeCommand: (command, args, next): unknown => {
          const handler = this.#handlers[command];
          const argument: unknown = args[0];
          return handler !== undefined && typeof argument === "string"
            ? orSay(() => handler(argument))
            : next(command, args);
        },
      },
    };
  }

  async #stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    // `dispose` stops it, too, and refuses what has failed to start or to stop:
    // a new client can be started all the same.
    await client?.dispose().catch((error: unknown) => {
      this.#output.error(String(error));
    });
  }

  #show(state: State): void {
    this.#status.busy = state === State.Starting;
    this.#status.text = state === State.Running ? NAME : `${NAME}: not running`;
    const isWell = state === State.Running || state === State.Starting;
    this.#status.severity = isWell
      ? vscode.LanguageStatusSeverity.Information
      : vscode.LanguageStatusSeverity.Warning;
  }

  #complain(text: string): void {
    this.#output.warn(text);
    if (this.#hasComplained) {
      return;
    }
    this.#hasComplained = true;
    void sayMissing(text);
  }
}
