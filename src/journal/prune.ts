/** Throws old journals away: of runs that are over, and only those that are both old and many. */
import { KmaintError } from '../errors.ts';
import type { JournalDeps } from './deps.ts';
import { isUnfinished } from './record.ts';
import { readRun, runIds } from './read.ts';
import { removeRun } from './store.ts';

export const keptRuns = 200;
export const keptDays = 90;

/**
 * Removes finished runs that are neither among the newest {@link keptRuns} nor younger than {@link keptDays}. What cannot
 * be read stays, and so does what was broken off: somebody may still need it.
 *
 * @returns the ids that were removed
 */
export async function pruneRuns(deps: JournalDeps): Promise<readonly string[]> {
  const ids = await runIds(deps);
  const pruned: string[] = [];
  for (const runId of olderThan(ids, deps.clock.now())) {
    try {
      const record = await readRun(deps, runId);
      if (record && (record.state !== 'finished' || isUnfinished(record))) continue;
      await removeRun(deps, runId);
      pruned.push(runId);
    } catch (error) {
      // Pruning is house-keeping: it must never keep a run from its work.
      if (!(error instanceof KmaintError)) throw error;
    }
  }
  return pruned;
}

/** Those beyond both limits; ids sort by time, and carry it. */
function olderThan(ids: readonly string[], nowMs: number): readonly string[] {
  const limitMs = nowMs - keptDays * 24 * 3_600_000;
  return ids.slice(0, Math.max(0, ids.length - keptRuns)).filter((id) => startOf(id) < limitMs);
}

function startOf(id: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)/.exec(id) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
