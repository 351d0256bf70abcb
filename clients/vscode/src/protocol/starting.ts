/** Starting the daemon, with the command that everybody types for it. */

import { execFile } from "node:child_process";

import { DaemonNotStartedError } from "./errors.ts";

export const COMMAND: readonly string[] = ["crystalmath"];
/** Longer than the command itself waits for the daemon. */
const PATIENCE_MS = 30_000;

/**
 * Start the daemon, and return when it, or a quicker rival, listens.
 *
 * `command`: the program `crystalmath`, with arguments before its own if need be.
 *
 * @throws DaemonNotStartedError
 */
export async function startDaemon(
  socket: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const [program = "", ...before] = command;
  const words = [...before, "daemon", "start", "--socket", socket];
  return new Promise((resolve, reject) => {
    const options = { timeout: PATIENCE_MS, signal };
    execFile(program, words, options, (error, _, stderr) => {
      if (error === null) {
        resolve();
      } else if (signal.aborted) {
        reject(signal.reason as Error);
      } else {
        reject(new DaemonNotStartedError(reason(error, program), stderr.trim()));
      }
    });
  });
}

function reason(error: ExecError, program: string): string {
  if (error.code === "ENOENT") {
    return `there is no program ${program}`;
  }
  if (error.killed === true) {
    return `\`${program} daemon start\` has not ended after ${PATIENCE_MS / 1000} s`;
  }
  return `\`${program} daemon start\` failed (${error.code ?? error.signal ?? "?"})`;
}

type ExecError = Parameters<NonNullable<Parameters<typeof execFile>[3]>>[0] & Error;
