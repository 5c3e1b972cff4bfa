/** How the drain of one node ended, and which of its pods are still there. */
import { podName } from '../cluster/pod.ts';
import { exitCodes, type ExitCode } from '../errors.ts';
import { counted } from '../report/counting.ts';
import type { PodLeft } from '../report/events.ts';
import type { Removal } from './removal.ts';

export interface NodeResult {
  readonly exitCode: ExitCode;
  readonly gone: number;
  readonly left: readonly PodLeft[];
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
}

export function hasFailed(removals: ReadonlyMap<string, Removal>): boolean {
  return [...removals.values()].some(({ state }) => state === 'failed');
}

/** The end of a drain that came to its end: done, or with pods that could not be removed. */
export function finishedResult(removals: ReadonlyMap<string, Removal>): NodeResult {
  const failed = [...removals.values()].filter(({ state }) => state === 'failed');
  if (failed.length === 0) return resultOf(exitCodes.done, removals);
  return resultOf(exitCodes.incomplete, removals, `${counted(failed.length, 'pod')} could not be removed`);
}

/** Any end, with what is left and why. */
export function resultOf(
  exitCode: ExitCode,
  removals: ReadonlyMap<string, Removal>,
  message?: string,
  hint?: string,
): NodeResult {
  const all = [...removals.values()];
  const left = all
    .filter(({ state }) => state !== 'gone' && state !== 'completed')
    .map(({ pod, state, message: why }) => ({
      ...pod,
      reason: why ?? (state === 'waiting-for-turn' ? 'not asked to go yet' : state),
    }))
    .sort((a, b) => (podName(a) < podName(b) ? -1 : 1));
  return { exitCode, gone: all.length - left.length, left, message, hint };
}
