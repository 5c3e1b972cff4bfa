/** How long to wait before a log is opened again. */

/** After so long a connection counts as a good one. */
const healthyMs = 30_000;

/** After so long it was not refused, at least. */
export const passableMs = 5_000;

const pausesMs = [0, 250, 1_000, 2_000, 4_000, 8_000, 16_000] as const;
const longestPauseMs = 20_000;

/** By the failures in a row, from 1; ±20 % at random, so that many streams do not come back at once. */
export function pauseMs(failures: number, random: () => number): number {
  const base = pausesMs[failures - 1] ?? longestPauseMs;
  return Math.min(longestPauseMs, base * (0.8 + 0.4 * random()));
}

/** How many failures in a row it is with one that came after so long, with new lines or without. */
export function failuresAfter(before: number, livedMs: number, fresh: boolean): number {
  if (livedMs >= healthyMs) return 1;
  return (fresh || livedMs >= passableMs ? Math.min(before, 1) : before) + 1;
}
