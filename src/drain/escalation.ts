/** What a run may do to pods that their evictions do not remove, when, and how fast. */
import type { Clock } from '../clock.ts';
import type { Pod } from '../cluster/pod.ts';
import type { EscalationOptions } from './options.ts';

/** Between two steps past budgets, over the whole run: time to see what one of them does, and to press Ctrl-C. */
const paceMs = 1000;

export interface Escalation {
  /** Monotonic milliseconds from which on the pod may be deleted past its budget, so that it can be gone in time. */
  deleteAtMs(pod: Pod): number;
  /** From when on its object may be removed; undefined: never, for nobody knows that its node is dead. */
  readonly forceAtMs: number | undefined;
  /** How long the containers get to end, in seconds: what the user or the pod says, but at least 1. */
  graceSeconds(pod: Pod): number;
}

/** The escalation of one node's drain, whose first eviction is at `startMs`; undefined when none is allowed. */
export function escalationOf(
  options: EscalationOptions | undefined,
  policyGraceSeconds: number | undefined,
  startMs: number,
  provenDead: boolean,
): Escalation | undefined {
  if (!options) return undefined;
  const deadlineAtMs = startMs + options.deadlineMs;
  const graceSeconds = (pod: Pod): number => Math.max(1, policyGraceSeconds ?? pod.terminationGracePeriodSeconds);
  return {
    graceSeconds,
    deleteAtMs: (pod) => Math.max(startMs, deadlineAtMs - graceSeconds(pod) * 1000),
    forceAtMs: options.rung === 'force' && provenDead ? deadlineAtMs : undefined,
  };
}

/** Lets one step past budgets begin a second. */
export function escalationPace(clock: Clock): (signal: AbortSignal) => Promise<void> {
  let nextAtMs = 0;
  return async (signal) => {
    const nowMs = clock.monotonic();
    const atMs = Math.max(nowMs, nextAtMs);
    nextAtMs = atMs + paceMs;
    if (atMs > nowMs) await clock.sleep(atMs - nowMs, signal);
  };
}
