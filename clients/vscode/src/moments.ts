/** Times as people read them. */

const UNITS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
] as const;

/** Return a time on the clock of this place, with its offset: `2026-11-28 03:20:00 +0100`. */
export function moment(timeMs: number): string {
  const at = new Date(timeMs);
  const east = -at.getTimezoneOffset();
  const local = new Date(timeMs + east * 60_000).toISOString();
  const offset = `${two(Math.floor(Math.abs(east) / 60))}${two(Math.abs(east) % 60)}`;
  const sign = east < 0 ? "-" : "+";
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${sign}${offset}`;
}

/** Return a time in its largest unit: `3 h`. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [length, unit] = UNITS.find(([least]) => seconds >= least) ?? [1, "s"];
  return `${Math.floor(seconds / length)} ${unit}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
