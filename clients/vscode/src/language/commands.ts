/** The commands of the language server, and what they answer. */

export const SUBMIT = "crystalmath.server.submit";
export const EXPLAIN = "crystalmath.server.explain";
export const SHOW = "crystalmath.server.show";

export interface Submitted {
  readonly jobs: readonly { readonly job_id: string; readonly name: string }[];
}

/** Sends `workspace/executeCommand`. */
export type Execute = (command: string, args: readonly string[]) => Promise<unknown>;

/** Without this the server shows its answer itself, as a message. */
const QUIET = "quiet";

/**
 * Submit a document.
 *
 * This and the others return undefined if it was refused; the server says so itself.
 */
export async function submit(
  execute: Execute,
  uri: string,
): Promise<Submitted | undefined> {
  const answer = await execute(SUBMIT, [uri, QUIET]);
  return (answer ?? undefined) as Submitted | undefined;
}

/** Return what submitting a document would do. */
export async function explain(
  execute: Execute,
  uri: string,
): Promise<string | undefined> {
  return text(await execute(EXPLAIN, [uri, QUIET]));
}

/** Return all about a job. */
export async function show(
  execute: Execute,
  jobId: string,
): Promise<string | undefined> {
  return text(await execute(SHOW, [jobId, QUIET]));
}

function text(answer: unknown): string | undefined {
  return (answer as { text: string } | null)?.text;
}
