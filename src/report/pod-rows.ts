/** The pods that are left as rows, worst first: those that one budget or one reason holds up share a row. */
import { counted } from './counting.ts';
import { elapsedText, waitText } from './durations.ts';
import type { PodProgress, PodState } from './progress.ts';

export interface PodRow {
  readonly state: PodState;
  /** `shop/web-1`, or `6 pods`. */
  readonly what: string;
  readonly pods: number;
  /** Monotonic milliseconds: the longest of its pods. */
  readonly sinceMs: number;
  /** The latest one. */
  readonly reason: string;
  /** Monotonic milliseconds: the soonest that is ahead. Later tries without news are not told. */
  readonly retryAtMs: number | undefined;
  /** How often its pods were asked to go, at least. */
  readonly attempts: number;
  readonly graceEndsMs: number | undefined;
}

export const worstFirst = ['failed', 'blocked', 'terminating', 'completing', 'waiting'] as const;

/**
 * Worst state first. Within a state: pods past their grace period, then those whose end nobody knows, then the one that
 * will take longest; otherwise the one that is in it longest.
 *
 * @param nowMs monotonic milliseconds
 */
export function podRows(pods: readonly PodProgress[], nowMs: number): readonly PodRow[] {
  const groups = new Map<string, PodProgress[]>();
  for (const pod of pods) {
    const key = groupOf(pod);
    const group = groups.get(key);
    if (group) group.push(pod);
    else groups.set(key, [pod]);
  }
  return [...groups.values()].map((group) => rowOf(group, nowMs)).sort((a, b) => compare(a, b, nowMs));
}

function groupOf({ node, pod, state, budget, reason }: PodProgress): string {
  if (state === 'waiting') return state;
  return state === 'blocked' ? `${state} ${budget ?? ` ${reason}`}` : `${state} ${node} ${pod}`;
}

function rowOf(group: readonly PodProgress[], nowMs: number): PodRow {
  // A group has at least the pod that it was made for.
  const first = group[0] as PodProgress;
  const retries = group.flatMap(({ retryAtMs = 0 }) => (retryAtMs > nowMs ? [retryAtMs] : []));
  // Reasons carry numbers that change: the one told last has the latest.
  const latest = group.reduce((a, b) => (b.newsMs >= a.newsMs ? b : a));
  return {
    state: first.state,
    what: group.length === 1 ? first.pod : counted(group.length, 'pod'),
    pods: group.length,
    sinceMs: Math.min(...group.map(({ sinceMs }) => sinceMs)),
    reason: latest.reason,
    retryAtMs: retries.length === 0 ? undefined : Math.min(...retries),
    attempts: group.reduce((sum, { attempts }) => sum + Math.max(1, attempts), 0),
    graceEndsMs: first.graceEndsMs,
  };
}

function compare(a: PodRow, b: PodRow, nowMs: number): number {
  return (
    worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state) ||
    urgency(a, nowMs) - urgency(b, nowMs) ||
    // Two ends that are both ahead: the later one. Elsewhere: the older row.
    (urgency(a, nowMs) === 2 ? (b.graceEndsMs ?? 0) - (a.graceEndsMs ?? 0) : 0) ||
    a.sinceMs - b.sinceMs ||
    (a.what < b.what ? -1 : a.what > b.what ? 1 : 0)
  );
}

function urgency({ graceEndsMs }: PodRow, nowMs: number): number {
  if (graceEndsMs === undefined) return 1;
  return graceEndsMs <= nowMs ? 0 : 2;
}

/** `grace period ends in 28s`, or how long ago it ended; empty where it is not known. */
export function graceText(graceEndsMs: number | undefined, nowMs: number): string {
  if (graceEndsMs === undefined) return '';
  const leftMs = graceEndsMs - nowMs;
  return leftMs > 0 ? `grace period ends in ${waitText(leftMs)}` : `grace period ended ${elapsedText(-leftMs)} ago`;
}

/**
 * When the last of these pods has used up its grace period: the one end that can be told beforehand. Undefined as soon
 * as one of them waits for anything else, or is past its time already.
 */
export function lastGraceEndMs(pods: readonly PodProgress[], nowMs: number): number | undefined {
  let lastMs: number | undefined;
  for (const { state, graceEndsMs } of pods) {
    if (state !== 'terminating' || graceEndsMs === undefined || graceEndsMs <= nowMs) return undefined;
    lastMs = Math.max(lastMs ?? 0, graceEndsMs);
  }
  return lastMs;
}
