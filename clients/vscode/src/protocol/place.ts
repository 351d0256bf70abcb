/** Where the daemon's socket is; the same answer as that of every other client. */

import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

export const SOCKET_VARIABLE = "CRYSTALMATHD_SOCKET";
/** Linux: 108 with the closing NUL. */
export const MAX_SOCKET_PATH_BYTES = 107;
const SOCKET_NAME = "d.sock";

/**
 * Return the path of the daemon's socket.
 *
 * What is asked for wins over `CRYSTALMATHD_SOCKET`, which wins over
 * `$XDG_RUNTIME_DIR/crystalmath/`; without a runtime directory it is below
 * `~/.local/state/crystalmath/run/`.
 */
export function socketPath(
  asked?: string,
  environment: Environment = process.env,
): string {
  const named = asked || environment[SOCKET_VARIABLE];
  if (named) {
    return resolve(named);
  }
  const runtime = environment["XDG_RUNTIME_DIR"];
  if (runtime && isDirectory(runtime)) {
    return join(runtime, "crystalmath", SOCKET_NAME);
  }
  const state =
    environment["XDG_STATE_HOME"] ||
    join(homeDirectory(environment), ".local", "state");
  return join(state, "crystalmath", "run", SOCKET_NAME);
}

/** Return the home directory; it need not be there. */
export function homeDirectory(environment: Environment = process.env): string {
  return environment["HOME"] || homedir();
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
