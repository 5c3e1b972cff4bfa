/** Repeats what failed for a passing reason, within bounds. */
import { createBackoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';

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
  const backoff = createBackoff(500, 5000, Math.random);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ClusterError) || !error.transient) throw error;
      const waitMs = Math.max(error.retryAfterMs ?? 0, backoff.nextMs());
      if (clock.monotonic() + waitMs - startMs > budgetMs) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}
