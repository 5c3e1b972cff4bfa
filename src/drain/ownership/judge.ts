/** Decides whether a run may have a node, from its annotation and its Lease. */
import type { Lease } from '../../cluster/lease.ts';
import { epochMs } from '../../cluster/metadata.ts';
import type { Node } from '../../cluster/node.ts';
import type { HoldRecord } from './annotations.ts';
import { holdAnnotation } from './annotations.ts';
import { holdOf, timestamp } from './records.ts';

/** How long a hold lasts without being renewed. */
export const holdMs = 60_000;

/**
 * Clocks of two machines differ. Who holds a node stops at `until`, and others wait a quarter longer, so that both are
 * never at work at once as long as their clocks differ by less than that.
 */
const skewMs = holdMs / 4;

/** The run that asks. */
export interface Claim {
  readonly runId: string;
  readonly takeOver: boolean;
  readonly nowMs: number;
}

export type Verdict =
  | {
      readonly kind: 'free';
      /** The record that this run wrote before, if any: it has the node already, or had it. */
      readonly former: HoldRecord | undefined;
      /** Whose time was over, or was ended by `--take-over`: worth telling. */
      readonly instead: string | undefined;
    }
  | { readonly kind: 'held'; readonly message: string };

/** What the annotation says; one that cannot be read counts as somebody's, for nobody knows whose. */
export function judgeHold(node: Node, { runId, takeOver, nowMs }: Claim): Verdict {
  const record = holdOf(node);
  if (record === undefined) return { kind: 'free', former: undefined, instead: undefined };
  if (record === 'unreadable') {
    const message = `the annotation ${holdAnnotation} of the node ${node.name} cannot be read, so somebody may hold it`;
    return takeOver ? { kind: 'free', former: undefined, instead: message } : { kind: 'held', message };
  }
  if (record.run === runId) return { kind: 'free', former: record, instead: undefined };
  const who = `run ${record.run} of ${record.holder}`;
  if (isLive(record, nowMs)) {
    const message = `the node ${node.name} is held by ${who} until ${record.until}`;
    return takeOver ? { kind: 'free', former: undefined, instead: message } : { kind: 'held', message };
  }
  return { kind: 'free', former: undefined, instead: `the hold of ${who} ended at ${record.until}` };
}

/** True as long as nobody else may take the node. */
export function isLive({ until }: HoldRecord, nowMs: number): boolean {
  return Date.parse(until) + skewMs >= nowMs;
}

/** `kmaint/RUN/user@host`: as the Lease names us. */
export function leaseIdentity(runId: string, holder: string): string {
  return `kmaint/${runId}/${holder}`;
}

export function isOurs({ holderIdentity }: Lease, runId: string): boolean {
  return holderIdentity?.startsWith(leaseIdentity(runId, '')) ?? false;
}

export type LeaseVerdict =
  | { readonly kind: 'free' | 'ours' }
  /** Nobody's by the rules, but for a reason that the user should hear. */
  | { readonly kind: 'doubtful' | 'held'; readonly message: string };

/**
 * What the Lease says, by medik8s' rules: a holder counts while `renewTime` + duration is not over, and not when
 * `renewTime` lies in the future (by more than a quarter of the duration, which clocks may differ by).
 */
export function judgeLease(lease: Lease | undefined, runId: string, nowMs: number): LeaseVerdict {
  if (lease === undefined || lease.holderIdentity === undefined || lease.holderIdentity === '') return { kind: 'free' };
  if (isOurs(lease, runId)) return { kind: 'ours' };
  const renewedMs = epochMs(lease.renewTime);
  const durationMs = (lease.leaseDurationSeconds ?? 0) * 1000;
  if (renewedMs === undefined || Number.isNaN(renewedMs) || renewedMs + durationMs < nowMs) return { kind: 'free' };
  const name = `the Lease ${lease.namespace}/${lease.name} of ${lease.holderIdentity}`;
  if (renewedMs - nowMs > durationMs / 4) {
    const aheadSeconds = Math.round((renewedMs - nowMs) / 1000);
    return { kind: 'doubtful', message: `${name} was renewed ${aheadSeconds} s in the future and does not count` };
  }
  return { kind: 'held', message: `${name} lasts until ${timestamp(renewedMs + durationMs)}` };
}
