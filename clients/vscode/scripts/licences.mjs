/** What the licences of bundled packages ask for: their texts, in the package. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const TEXT = /^licen[cs]e(?:\.\w+)?$/i;

/**
 * Return the licences of all packages of which something is in a bundle.
 *
 * `metafile`: what esbuild says of the bundle; its paths are below `root`.
 *
 * @throws Error if a package has none.
 */
export function licences(metafile, root) {
  const folders = new Set(
    Object.keys(metafile.inputs).flatMap((path) => FOLDER.exec(path)?.[0] ?? []),
  );
  return [...folders]
    .sort()
    .map((folder) => licence(join(root, folder)))
    .join(`\n${"-".repeat(72)}\n\n`);
}

function licence(folder) {
  const { name, version } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  const file = readdirSync(folder).find((one) => TEXT.test(one));
  if (file === undefined) {
    throw new Error(`${name} has no text of its licence`);
  }
  return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
