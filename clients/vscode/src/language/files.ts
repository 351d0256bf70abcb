/** Inputs whose endings say nothing to VS Code: told by their name, or by their text. */

const BEGINNING = /^(INCAR|POSCAR|CONTCAR|KPOINTS|POTCAR)[._-]/;
/** Endings that stand above a beginning: `INCAR-notes.txt`, `POSCAR.gz`. */
const OF_OTHER_KINDS =
  /\.(?:txt|md|rst|py|sh|jsonl?|ya?ml|toml|csv|html?|xml|png|svg|pdf|cif|xyz|log|out|gz|bz2|xz|zst|zip|tar|h5|npy|ipynb)$/i;
/** Endings that inputs of many programs have, or none. */
const ENDING_OF_MANY = /\.(?:in|inp|scf|nscf|relax)$|^[^.]+$/i;
const PW_NAMELIST = /^[ \t]*&(?:control|system|electrons)\b/im;
/** Characters in which the first namelist of pw.x is looked for; everybody's number. */
export const HEAD = 4000;

/** Return the language of a file that VS Code knows by no ending; `head` is its top. */
export function languageOf(name: string, head: string): string | undefined {
  const beginning = BEGINNING.exec(name)?.[1]?.toLowerCase();
  if (beginning !== undefined && !OF_OTHER_KINDS.test(name)) {
    return beginning === "contcar" ? "poscar" : beginning;
  }
  const isPw = ENDING_OF_MANY.test(name) && PW_NAMELIST.test(head.slice(0, HEAD));
  return isPw ? "pwscf" : undefined;
}
