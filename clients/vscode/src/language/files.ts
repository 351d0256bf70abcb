/** Inputs whose endings say nothing to VS Code: told by their name, or by their text. */

const BEGINNING = /^(INCAR|POSCAR|CONTCAR|KPOINTS|POTCAR)[._-]/;
/** Endings that inputs of many programs have, or none. */
const ENDING_OF_MANY = /\.(?:in|inp|scf|nscf|relax)$|^[^.]+$/i;
const PW_NAMELIST = /^[ \t]*&(?:control|system|electrons)\b/im;
/** Characters in which the first namelist of pw.x is looked for; everybody's number. */
export const HEAD = 4000;

/** Return the language of a file that VS Code knows by no ending; `head` is its top. */
export function languageOf(name: string, head: string): string | undefined {
  const beginning = BEGINNING.exec(name)?.[1]?.toLowerCase();
  if (beginning !== undefined) {
    return beginning === "contcar" ? "poscar" : beginning;
  }
  const isPw = ENDING_OF_MANY.test(name) && PW_NAMELIST.test(head.slice(0, HEAD));
  return isPw ? "pwscf" : undefined;
}
