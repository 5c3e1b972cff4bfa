/** A work queue: keys, each at most once, worked on a little later, tried again with back-off when that fails. */
import type { ControllerWorld } from '../ports.ts';

export interface WorkQueue {
  add(key: string): void;
  /** Adds the key after `ms`; of several times for one key the earliest counts. */
  addAfter(key: string, ms: number): void;
}

// How many keys are worked on before other things get their turn; a seed may queue tens of thousands.
const batchSize = 200;
const firstDelayMs = 5;
const longestDelayMs = 30_000;

/**
 * `sync` brings the object of a key to what it should be; whatever it throws (a conflict, a refusal) puts the key back
 * with a growing delay, as client-go's `workqueue.ItemExponentialFailureRateLimiter` does. Stops by the world's signal.
 */
export function createQueue({ clock, signal }: ControllerWorld, sync: (key: string) => void): WorkQueue {
  const waiting = new Set<string>();
  const failures = new Map<string, number>();
  const delayed = new Map<string, { readonly atMs: number; cancel(): void }>();
  let turn: { cancel(): void } | undefined;

  signal.addEventListener('abort', () => {
    turn?.cancel();
    for (const timer of delayed.values()) timer.cancel();
    delayed.clear();
    waiting.clear();
  });

  function add(key: string): void {
    if (signal.aborted) return;
    waiting.add(key);
    turn ??= clock.after(0, work);
  }

  function addAfter(key: string, ms: number): void {
    if (signal.aborted) return;
    const atMs = clock.monotonic() + ms;
    const planned = delayed.get(key);
    if (planned && planned.atMs <= atMs) return;
    planned?.cancel();
    const timer = clock.after(ms, () => {
      delayed.delete(key);
      add(key);
    });
    delayed.set(key, { atMs, cancel: () => timer.cancel() });
  }

  function work(): void {
    turn = undefined;
    let left = batchSize;
    for (const key of waiting) {
      if (left === 0) break;
      left -= 1;
      waiting.delete(key);
      try {
        sync(key);
        failures.delete(key);
      } catch {
        const count = failures.get(key) ?? 0;
        failures.set(key, count + 1);
        addAfter(key, Math.min(longestDelayMs, firstDelayMs * 2 ** count));
      }
      if (signal.aborted) return;
    }
    if (waiting.size > 0) turn ??= clock.after(0, work);
  }

  return { add, addAfter };
}

/** `namespace/name`, or the name alone of what lives in no namespace. */
export function keyOf({
  metadata,
}: {
  readonly metadata: { readonly namespace?: string; readonly name: string };
}): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The parts of what `keyOf` made. */
export function splitKey(key: string): { readonly namespace: string | undefined; readonly name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
