/** A job's output in a terminal: it scrolls by itself, and is ended by closing it. */

import * as vscode from "vscode";

import { followLog, type LogSource, type Piece } from "../jobs/log_follower.ts";
import { forTerminal } from "../jobs/terminal_text.ts";

/** Open the terminal that follows a job. */
export function showLog(source: LogSource, jobId: string, name: string): void {
  const pty = new LogTerminal(source, jobId);
  const iconPath = new vscode.ThemeIcon("output");
  const options = { name: `job ${jobId} ${name}`, pty, iconPath, isTransient: true };
  vscode.window.createTerminal(options).show(true);
}

class LogTerminal implements vscode.Pseudoterminal {
  readonly #source: LogSource;
  readonly #jobId: string;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #stop = new AbortController();
  readonly onDidWrite = this.#written.event;

  constructor(source: LogSource, jobId: string) {
    this.#source = source;
    this.#jobId = jobId;
  }

  open(): void {
    void this.#follow();
  }

  close(): void {
    this.#stop.abort();
  }

  handleInput(data: string): void {
    if (data === "\u0003") {
      this.#stop.abort();
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const piece of followLog(this.#source, this.#jobId, signal)) {
        this.#written.fire(shown(piece));
      }
      const end = signal.aborted ? "No longer followed." : "The job has ended.";
      this.#written.fire(shown({ kind: "note", text: end }));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#written.fire(shown({ kind: "note", text }));
    }
  }
}

function shown(piece: Piece): string {
  switch (piece.kind) {
    case "text":
      return forTerminal(piece.text);
    case "file":
      return faint(`==> ${piece.name} <==`);
    case "note":
      return faint(piece.text);
  }
}

function faint(text: string): string {
  return `\r\n\u001b[2m${forTerminal(text)}\u001b[0m\r\n`;
}
