/** Works on several nodes at once: a window of them that moves on as nodes are finished. */
import type { NodeCount } from '../options.ts';

export interface WindowOptions<T> {
  /** Items worked on at the same time; at least 1. */
  readonly limit: number;
  /** Of these never two at once; they may overlap with others. */
  readonly exclusive: (item: T) => boolean;
  readonly signal: AbortSignal;
  /** Asked before each item: true lets no further one begin. */
  readonly stop: () => boolean;
}

/** The number that is meant: a share is rounded down, and less than one node would mean that nothing ever happens. */
export function resolveCount(count: NodeCount, total: number): number {
  return Math.max(1, 'count' in count ? count.count : Math.floor((total * count.percent) / 100));
}

/**
 * Calls `work` for the items in their order, `limit` at a time. An exclusive item whose turn it is while another one is
 * in work is overtaken by those that need not wait. Items that `stop` or the signal kept from beginning are untouched.
 *
 * Resolves when the last one has ended. What `work` rejects with ends neither the others nor the window; the first such
 * reason is thrown at the end, before the signal's own.
 */
export async function runWindow<T>(
  items: readonly T[],
  { limit, exclusive, signal, stop }: WindowOptions<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  if (!(limit >= 1)) throw new RangeError(`a window of ${limit} items`);
  const waiting = [...items];
  const running = new Set<Promise<void>>();
  const failures: { readonly reason: unknown }[] = [];
  let exclusiveInWork = false;

  function begin(item: T): void {
    const alone = exclusive(item);
    if (alone) exclusiveInWork = true;
    const task = attempt(item).finally(() => {
      if (alone) exclusiveInWork = false;
      running.delete(task);
    });
    running.add(task);
  }
  async function attempt(item: T): Promise<void> {
    try {
      await work(item);
    } catch (reason) {
      failures.push({ reason });
    }
  }

  for (;;) {
    while (running.size < limit && !signal.aborted && waiting.length > 0 && !stop()) {
      const next = waiting.findIndex((item) => !(exclusiveInWork && exclusive(item)));
      if (next === -1) break;
      for (const item of waiting.splice(next, 1)) begin(item);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  const [failure] = failures;
  if (failure) throw failure.reason;
  if (waiting.length > 0) signal.throwIfAborted();
}
