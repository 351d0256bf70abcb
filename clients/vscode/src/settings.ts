/** The settings of the extension, as they are used. */

import { homedir } from "node:os";
import { join } from "node:path";

export type GroupBy = "state" | "project";

export interface Settings {
  /** The program `crystalmath`: a name, or a path. */
  readonly command: string;
  /** The daemon's socket; empty: where it always is. */
  readonly socket: string;
  readonly groupBy: GroupBy;
}

export const SECTION = "crystalmath";

/** Read the settings; `get` returns whatever was written under a name. */
export function readSettings(get: (name: string) => unknown): Settings {
  const text = (name: string): string => {
    const value = get(name);
    return typeof value === "string" ? fromHome(value.trim()) : "";
  };
  return {
    command: text("command") || "crystalmath",
    socket: text("socket"),
    groupBy: get("jobs.groupBy") === "project" ? "project" : "state",
  };
}

/** Return what starts the language server. */
export function serverArguments({ socket }: Settings): string[] {
  return socket ? ["lsp", "--socket", socket] : ["lsp"];
}

function fromHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}
