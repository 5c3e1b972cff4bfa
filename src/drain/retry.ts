/** Repeats what failed for a passing reason, within bounds. */
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';

/** Waits of a series of tries, in ms: doubling from the first to the longest, with up to a quarter of jitter. */
export function backoffMs(attempt: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** attempt) * (1 + Math.random() / 4);
}

/**
 * Runs an idempotent request until it succeeds, fails for good, or `budgetMs` have passed since the first try.
 * The server's Retry-After is the least it waits.
 */
export async function retryTransient<T>(
  clock: Clock,
  signal: AbortSignal,
  budgetMs: number,
  attempt: () => Promise<T>,
): Promise<T> {
  const startMs = clock.monotonic();
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ClusterError) || !error.transient) throw error;
      const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs(tries, 500, 5000));
      if (clock.monotonic() + waitMs - startMs > budgetMs) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}
