/** Languages of the extension; their names are those of `crystalmath check`. */

export const LANGUAGES = [
  "crystal",
  "crystal-properties",
  "incar",
  "poscar",
  "kpoints",
  "potcar",
  "pwscf",
] as const;

/** Where documents of these languages are looked at: what is a file, or becomes one. */
export const SCHEMES = ["file", "untitled"] as const;

/** Language of the texts about jobs and plans; its columns are no indentation. */
export const TEXT_LANGUAGE = "crystalmath-text";
