/** What is said about one job, as a text. */

import { moment } from "../moments.ts";
import type { WhyJobResult } from "../protocol/index.ts";

/** Return why a job is in its state: sentences, then what they rest on. */
export function whyText(why: WhyJobResult): string {
  const found: [string, string[]][] = [
    ["not certain", why.doubt === null ? [] : [why.doubt]],
    ["not seen since", moments(why.stale_since_ms)],
    [
      "evidence",
      why.evidence.map((e) => `${moment(e.seen_ms)}  ${e.source}: ${e.text}`),
    ],
    [
      "asked",
      (why.asked ?? []).map(
        ({ asked_ms, whom, answer, conclusion }) =>
          `${moment(asked_ms)}  ${whom}: ${answer} → ${conclusion}`,
      ),
    ],
    ["may start", moments(why.estimated_start_ms)],
    ["next look", moments(why.next_look_ms)],
  ];
  const facts = found.filter(([, lines]) => lines.length > 0);
  const width = Math.max(0, ...facts.map(([name]) => name.length)) + 2;
  const below = `\n${" ".repeat(width)}`;
  const rows = facts.map(
    ([name, lines]) => name.padEnd(width) + lines.join("\n").replaceAll("\n", below),
  );
  const sentences = why.sentences.join("\n");
  return rows.length > 0 ? `${sentences}\n\n${rows.join("\n")}` : sentences;
}

/** Return a job's page: what the language server says of it, and why it is so. */
export function jobText(details: string, why: WhyJobResult): string {
  return `${details.trimEnd()}\n\nWhy: ${whyText(why)}\n`;
}

function moments(timeMs: number | null | undefined): string[] {
  return timeMs == null ? [] : [moment(timeMs)];
}
