/** Waits that grow with every failure in a row. */

export interface Backoff {
  /** How long to wait before the next try, in ms; each call doubles what follows, up to the ceiling. */
  nextMs(): number;
  /** Things went well again: start from the beginning. */
  reset(): void;
}

/** From `firstMs` doubling to `longestMs`, each ±20 % at random so that many clients do not come back at once. */
export function createBackoff(firstMs: number, longestMs: number, random: () => number): Backoff {
  let failures = 0;
  return {
    nextMs() {
      const base = Math.min(longestMs, firstMs * 2 ** failures);
      failures += 1;
      return Math.min(longestMs, base * (0.8 + 0.4 * random()));
    },
    reset() {
      failures = 0;
    },
  };
}
