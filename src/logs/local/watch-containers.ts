/** Tells of containers as their logs appear on the node. */
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { keyOf, type LocalContainer } from './container.ts';
import { podsFolder } from './discover.ts';
import { resolveInside } from './inside-root.ts';
import { isMissing } from './problems.ts';
import { selectContainers, type LocalFilter, type Meaning } from './select.ts';
import { createWake } from './wake.ts';

export interface WatchDeps {
  readonly root: string;
  readonly clock: Clock;
  readonly list: (signal: AbortSignal) => Promise<readonly LocalContainer[]>;
  /** Told once, when nothing fits at the first look. */
  readonly nothingYet?: (() => void) | undefined;
}

/** A folder inside a new pod's folder tells nothing by itself: it is looked for so often. */
const lookMs = 500;

/**
 * Every container once that fits: first those that are there, then new ones. One that was removed and comes again is
 * told again. Ends by the signal, whose reason it throws.
 */
export async function* watchContainers(
  filter: LocalFilter,
  { root, clock, list, nothingYet }: WatchDeps,
  signal: AbortSignal,
): AsyncGenerator<LocalContainer, void> {
  const wake = createWake(clock, signal, { watchedMs: lookMs, unwatchedMs: lookMs });
  let told = new Set<string>();
  let settled: Meaning | undefined;
  let first = true;
  try {
    for (;;) {
      wake.add(await realPodsFolder(root));
      const { meaning, containers } = selectContainers(await list(signal), filter, settled);
      if (first && containers.length === 0) nothingYet?.();
      first = false;
      settled = meaning;
      const before = told;
      told = new Set(containers.map(keyOf));
      for (const container of containers) {
        if (!before.has(keyOf(container))) yield container;
      }
      await wake.wait();
    }
  } finally {
    wake.close();
  }
}

/** Where it is missing it cannot be watched, and is looked for at every turn. */
async function realPodsFolder(root: string): Promise<string> {
  try {
    return await resolveInside(root, podsFolder);
  } catch (error) {
    if (isMissing(error)) return join(root, podsFolder);
    throw error;
  }
}
