/** Puts everything together: settings, server, daemon, jobs and commands. */

import * as vscode from "vscode";

import { InTurn } from "../in_turn.ts";
import { EXPLAIN, SHOW, SUBMIT } from "../language/commands.ts";
import { findProgram, missingProgramText } from "../program.ts";
import { connect } from "../protocol/index.ts";
import { readSettings, SECTION, type GroupBy, type Settings } from "../settings.ts";
import { DaemonLine } from "./daemon.ts";
import { InputCommands } from "./input_commands.ts";
import { JobCommands } from "./job_commands.ts";
import { JobsView } from "./jobs_view.ts";
import { orSay, sayMissing, sayNotTrusted } from "./messages.ts";
import { recogniseInputs } from "./recognition.ts";
import { LanguageServer } from "./server.ts";
import { Texts } from "./texts.ts";

type Command = (target?: never) => unknown;

export class Extension implements vscode.Disposable {
  readonly #texts = new Texts();
  readonly #view = new JobsView(() => settings().groupBy);
  readonly #server: LanguageServer;
  readonly #inputs: InputCommands;
  readonly #jobs: JobCommands;
  readonly #registrations: vscode.Disposable;
  readonly #lines = new InTurn();
  #line: DaemonLine | undefined;
  #isStopped = false;

  constructor() {
    this.#server = new LanguageServer(settings, {
      [SUBMIT]: (uri) => this.#inputs.submit(uri),
      [EXPLAIN]: (uri) => this.#inputs.explain(uri),
      [SHOW]: (jobId) => this.#jobs.show(jobId),
    });
    const { execute } = this.#server;
    this.#inputs = new InputCommands(execute, this.#texts);
    this.#jobs = new JobCommands(() => this.#known(), this.#server, this.#texts);
    this.#registrations = vscode.Disposable.from(
      ...this.#commands(),
      recogniseInputs(),
      vscode.workspace.onDidOpenTextDocument(async (document) => {
        if (this.#server.isFor(document)) {
          await this.#server.ensure();
        }
      }),
      vscode.workspace.onDidChangeConfiguration((event) => this.#changed(event)),
    );
  }

  /** Run the programs; not before the folder is trusted. */
  async start(): Promise<void> {
    this.#connect();
    if (vscode.workspace.textDocuments.some((one) => this.#server.isFor(one))) {
      await this.#server.ensure();
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const closed = this.#lines.run(async () => this.#line?.close());
    await Promise.all([this.#server.stop(), closed]);
  }

  dispose(): void {
    this.#registrations.dispose();
    this.#server.dispose();
    this.#view.dispose();
    this.#texts.dispose();
  }

  #commands(): vscode.Disposable[] {
    const inputs = this.#inputs;
    const jobs = this.#jobs;
    const table: Readonly<Record<string, Command>> = {
      submit: (uri) => ifTrusted(() => inputs.submit(uri)),
      explain: (uri) => ifTrusted(() => inputs.explain(uri)),
      showJob: (target) => ifTrusted(() => jobs.show(target)),
      why: (target) => ifTrusted(() => jobs.why(target)),
      followLog: (target) => ifTrusted(() => jobs.followLog(target)),
      cancelJob: (target) => ifTrusted(() => jobs.cancel(target)),
      copyJobId: (target) => ifTrusted(() => jobs.copyNumber(target)),
      openJobFolder: (target) => ifTrusted(() => jobs.openFolder(target)),
      openJobOutput: (target) => ifTrusted(() => jobs.openOutput(target)),
      loadMoreJobs: () => this.#view.more(),
      groupJobsByProject: () => groupBy("project"),
      groupJobsByState: () => groupBy("state"),
      startDaemon: () => ifTrusted(() => this.#startDaemon()),
      restartServer: () => ifTrusted(() => this.#server.restart()),
      showServerLog: () => {
        this.#server.showLog();
      },
    };
    return Object.entries(table).map(([name, command]) =>
      vscode.commands.registerCommand(`${SECTION}.${name}`, (target?: never) =>
        orSay(() => command(target)),
      ),
    );
  }

  #connect(): void {
    this.#line = new DaemonLine(settings(), {
      presence: (list) => {
        this.#view.show(list);
      },
      changed: (jobIds) => {
        this.#view.refresh();
        this.#jobs.refresh(jobIds);
      },
    });
    this.#line.follow();
  }

  #known(): DaemonLine {
    if (this.#line === undefined) {
      // Only while the settings change: until the folder is trusted nobody asks.
      throw new Error("The daemon is being looked for anew. Try again in a moment.");
    }
    return this.#line;
  }

  async #reconnect(): Promise<void> {
    await this.#lines.run(async () => {
      const before = this.#line;
      this.#line = undefined;
      await before?.close();
      if (!this.#isStopped) {
        this.#connect();
      }
    });
  }

  async #startDaemon(): Promise<void> {
    const { command, socket } = settings();
    const program = findProgram(command, process.env["PATH"] ?? "");
    if (program === undefined) {
      await sayMissing(missingProgramText(command));
      return;
    }
    const started = await connect({
      ...(socket && { socket }),
      start: true,
      command: [program],
    });
    await started.close();
    await this.#reconnect();
  }

  async #changed(event: vscode.ConfigurationChangeEvent): Promise<void> {
    const affects = (name: string): boolean =>
      event.affectsConfiguration(`${SECTION}.${name}`);
    if (affects("jobs.groupBy")) {
      this.#view.refresh();
    }
    if (vscode.workspace.isTrusted && (affects("command") || affects("socket"))) {
      const isUsed = this.#server.isStarted;
      await Promise.all([isUsed && this.#server.restart(), this.#reconnect()]);
    }
  }
}

function settings(): Settings {
  const written = vscode.workspace.getConfiguration(SECTION);
  return readSettings((name) => written.get(name));
}

/** Do what runs a program, unless the folder is not trusted. */
function ifTrusted(run: () => unknown): unknown {
  if (vscode.workspace.isTrusted) {
    return run();
  }
  return sayNotTrusted("Programs of crystalmath are run");
}

async function groupBy(by: GroupBy): Promise<void> {
  const written = vscode.workspace.getConfiguration(SECTION);
  await written.update("jobs.groupBy", by, vscode.ConfigurationTarget.Global);
}
