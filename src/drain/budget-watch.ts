/** Keeps the queues of a run informed about disruption budgets. */
import { createBackoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { ClusterError, isAbort } from '../errors.ts';
import type { Turns } from './turns.ts';

/**
 * Follows all budgets of the cluster until the signal aborts; `warn` hears when that is not possible. Never rejects:
 * without news the queues ask the server from time to time.
 *
 * @returns resolves when the budgets are known, or will not be
 */
export function followBudgets(
  { cluster, clock, turns, warn, chunkSize }: FollowContext,
  signal: AbortSignal,
): { readonly synced: Promise<void> } {
  let settle = (): void => {};
  const synced = new Promise<void>((resolve) => (settle = resolve));
  void follow().finally(settle);
  return { synced };

  async function follow(): Promise<void> {
    const backoff = createBackoff(1000, 30_000, Math.random);
    while (!signal.aborted) {
      try {
        for await (const change of cluster.watchBudgets({ chunkSize, signal })) {
          turns.apply(change);
          settle();
        }
      } catch (error) {
        settle();
        if (isAbort(error, signal)) return;
        // Who may not even list them is told so where the plan is made.
        if (error instanceof ClusterError && error.code === 'cluster.forbidden' && !turns.budgets) return;
        if (!(error instanceof ClusterError) || !error.transient) {
          warn(`budgets can not be followed, so the server is asked every few seconds instead (${String(error)})`);
          return;
        }
        await clock.sleep(backoff.nextMs(), signal).catch(() => {});
      }
    }
  }
}

export interface FollowContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly warn: (message: string) => void;
  /** Objects a page of the list that each watch begins with. */
  readonly chunkSize?: number | undefined;
}
