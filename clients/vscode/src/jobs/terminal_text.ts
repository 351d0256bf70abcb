/** What a program printed, made harmless for a terminal. */

// eslint-disable-next-line no-control-regex -- that is what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Return a text with line ends as a terminal wants them, and nothing that steers it. */
export function forTerminal(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(CONTROL, "\ufffd")
    .replaceAll("\n", "\r\n");
}
