/** The extension's own line to the daemon: the jobs, as they are. */

import * as vscode from "vscode";

import { JobList } from "../jobs/job_list.ts";
import { followJobs, type Changed } from "../jobs/job_watch.ts";
import { Connection } from "../protocol/index.ts";
import type { Settings } from "../settings.ts";

export interface DaemonListener {
  /** The daemon is there, and its jobs are in the list; or it is away. */
  presence(list: JobList | undefined): void;
  readonly changed: Changed;
}

export class DaemonLine {
  readonly connection: Connection;
  readonly list: JobList;
  readonly #listener: DaemonListener;
  readonly #stop = new AbortController();
  #isLoaded = false;
  #said = "";
  #following: Promise<void> = Promise.resolve();

  constructor(settings: Settings, listener: DaemonListener) {
    this.#listener = listener;
    this.connection = new Connection({
      ...(settings.socket && { socket: settings.socket }),
      client: "crystalmath for VS Code",
      onPresence: (isHere) => {
        // Until the list is loaded there is nothing to show; then it says so itself.
        this.#present(isHere && this.#isLoaded ? this.list : undefined);
      },
    });
    this.list = new JobList(this.connection);
  }

  /** Follow the jobs until `close`. */
  follow(): void {
    this.#present(undefined);
    const changed: Changed = (jobIds) => {
      if (jobIds === undefined) {
        this.#isLoaded = true;
        this.#said = "";
        this.#present(this.list);
      }
      this.#listener.changed(jobIds);
    };
    const failed = (error: unknown): void => {
      // What is in the list is no longer followed: better none than an old one.
      this.#isLoaded = false;
      this.#present(undefined);
      const text = `Jobs are not shown. ${String(error)}`;
      if (text !== this.#said) {
        this.#said = text;
        void vscode.window.showErrorMessage(text);
      }
    };
    const { signal } = this.#stop;
    this.#following = followJobs(
      this.connection,
      this.list,
      { changed, failed },
      signal,
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.connection.close();
    await this.#following;
  }

  #present(list: JobList | undefined): void {
    const word = list === undefined ? "away" : "here";
    void vscode.commands.executeCommand("setContext", "crystalmath.daemon", word);
    this.#listener.presence(list);
  }
}
