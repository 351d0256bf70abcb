/** Inputs of pw.x are told by their text, where their names tell nothing. */

/** Endings that inputs of pw.x have, and those of many other programs. */
const NAME = /\.(?:in|scf|nscf|relax)$/i;
const NAMELIST = /^\s*&(?:control|system|electrons)\b/im;
/** Characters in which the first namelist is looked for; the language server's number. */
export const HEAD = 4000;

/** Tell whether a file is an input of pw.x: a namelist of it stands near the top. */
export function isPwInput(name: string, head: string): boolean {
  return NAME.test(name) && NAMELIST.test(head.slice(0, HEAD));
}
