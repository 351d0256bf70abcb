/** Where a program is. */

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, sep } from "node:path";

/** Return the path of a program; undefined if there is none that may be run. */
export function findProgram(name: string, path: string): string | undefined {
  if (isAbsolute(name) || name.includes(sep)) {
    return isProgram(name) ? name : undefined;
  }
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find(isProgram);
}

/** Return what to do about a program that was not found. */
export function missingProgramText(name: string): string {
  return (
    `The program ${name} was not found: inputs are coloured, not checked and not run. ` +
    "Install it (`pip install crystalmathd`), or say where it is in the setting " +
    "crystalmath.command."
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
