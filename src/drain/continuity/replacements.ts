/** `--wait-replacements`: goes on only when the owners of the evicted pods are as whole as they were. */
import { ClusterError } from '../../errors.ts';
import { counted } from '../../report/counting.ts';
import { readOwners, type Baseline, type OwnerState } from './baselines.ts';
import type { ContinuityContext, WaitLimit, WaitOutcome } from './context.ts';
import { ownerName } from './owners.ts';
import { explainShortage, isReady, memberReader, type MemberReader } from './shortage.ts';
import { waitUntil } from './waiting.ts';

/** Owners that are named with their reasons; the others are counted. */
const mostOwners = 3;

/** An owner that is not as whole as it was. */
export interface Shortage {
  readonly baseline: Baseline;
  /** Available pods now; undefined when that is unknown. */
  readonly ready: number | undefined;
  /** How many have to be: no more than are wanted now. */
  readonly needed: number;
  /** Why `ready` is unknown. */
  readonly unknown: string | undefined;
}

/** Whether an owner is short of the pods it had; undefined when it is whole, scaled down to what it has, or gone. */
export function shortageOf(baseline: Baseline, state: OwnerState): Shortage | undefined {
  if (state === 'gone') return undefined;
  if ('unknown' in state) return { baseline, ready: undefined, needed: baseline.ready, unknown: state.unknown };
  const needed = Math.min(baseline.ready, state.replicas);
  // A status that lags behind the spec counts pods of a former one.
  if (state.settled && state.availableReplicas >= needed) return undefined;
  return { baseline, ready: state.availableReplicas, needed, unknown: undefined };
}

/**
 * Waits until every owner has as many available pods as before the eviction, or as it wants now where that is less. The
 * counts of its status may be older than the eviction: they are believed only once a fresh list of its pods agrees.
 *
 * @throws the signal's reason when it aborts
 */
export function awaitReplacements(
  context: ContinuityContext,
  baselines: readonly Baseline[],
  limit: WaitLimit,
): Promise<WaitOutcome> {
  return waitUntil(context, 'replacements', limit, (signal) => lookFor(context, baselines, signal));
}

async function lookFor(
  context: ContinuityContext,
  baselines: readonly Baseline[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const owners = baselines.map(({ owner }) => owner);
  const states = await readOwners(context.cluster, owners, signal);
  const members = memberReader(context, signal);
  const looks = baselines.map((baseline) => ({ baseline, state: states.get(baseline.owner.uid) ?? 'gone' }) as const);
  let short = looks.flatMap(({ baseline, state }) => shortageOf(baseline, state) ?? []);
  if (short.length === 0) {
    const recounted = await Promise.all(looks.map(({ baseline, state }) => recount(baseline, state, members)));
    short = recounted.filter((shortage) => shortage !== undefined);
  }
  return short.length === 0 ? undefined : describe(context, short, members, signal);
}

/** The owner by its pods themselves; who may not list them has to believe the status. */
async function recount(baseline: Baseline, state: OwnerState, members: MemberReader): Promise<Shortage | undefined> {
  if (state === 'gone' || 'unknown' in state) return shortageOf(baseline, state);
  const needed = Math.min(baseline.ready, state.replicas);
  if (needed === 0) return undefined;
  try {
    const ready = (await members(baseline.owner)).filter(isReady).length;
    return ready >= needed ? undefined : { baseline, ready, needed, unknown: undefined };
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') throw error;
    return undefined;
  }
}

async function describe(
  context: ContinuityContext,
  short: readonly Shortage[],
  members: MemberReader,
  signal: AbortSignal,
): Promise<string> {
  const sorted = short.toSorted((a, b) => (ownerName(a.baseline.owner) < ownerName(b.baseline.owner) ? -1 : 1));
  const named = await Promise.all(
    sorted.slice(0, mostOwners).map(async ({ baseline: { owner }, ready, needed, unknown }) => {
      if (unknown !== undefined) return `${ownerName(owner)} cannot be read: ${unknown}`;
      const why = await explainShortage(context, owner, members, signal);
      return `${ownerName(owner)} has ${ready ?? 0} of ${needed} ready: ${why}`;
    }),
  );
  const more = short.length - named.length;
  return [...named, ...(more > 0 ? [`${counted(more, 'more owner')} short of ready pods`] : [])].join('; ');
}
