/** What `kmaint cordon` and `kmaint uncordon` change on a node, as values. */
import type { NodeChange } from '../../cluster/cluster.ts';
import type { Node } from '../../cluster/node.ts';
import { cordonAnnotation, formerMarksAnnotation, holdAnnotation, type CordonRecord } from './annotations.ts';
import { isLive } from './judge.ts';
import { marksToRestore } from './marks.ts';
import { cordonOf, cordonRecord, cordonText, holdOf, timestamp } from './records.ts';

/** Who asks, and what for. */
export interface CordonClaim {
  /** `user@host`. */
  readonly holder: string;
  readonly reason: string | undefined;
  readonly ticket: string | undefined;
  readonly takeOver: boolean;
  readonly nowMs: number;
}

export type CordonVerdict =
  /** It is so already. */
  | { readonly kind: 'nothing'; readonly warning?: string }
  /** kubectl's patch of `unschedulable` does it. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'change'; readonly change: NodeChange; readonly warning?: string }
  | { readonly kind: 'refused'; readonly message: string };

/** A cordon with a reason or ticket is signed; one without is kubectl's, and takes no stale signature with it. */
export function cordonVerdict(node: Node, claim: CordonClaim): CordonVerdict {
  const former = cordonOf(node);
  if (claim.reason === undefined && claim.ticket === undefined) {
    if (node.unschedulable) return { kind: 'nothing' };
    if (former === undefined) return { kind: 'plain' };
    return { kind: 'change', change: { unschedulable: true, annotations: { [cordonAnnotation]: null } } };
  }
  if (!node.unschedulable) return signed(true, recordOf(claim));
  if (former === undefined) return signed(false, recordOf(claim));
  if (former === 'unreadable' || former.by !== claim.holder) {
    const whose = former === 'unreadable' ? 'by somebody whose record cannot be read' : cordonText(former);
    const message = `the node ${node.name} was cordoned already ${whose}; that record was left as it is`;
    return { kind: 'nothing', warning: message };
  }
  const { reason = former.reason, ticket = former.ticket } = claim;
  if (reason === former.reason && ticket === former.ticket) return { kind: 'nothing' };
  return signed(false, cordonRecord({ ...former, reason, ticket }));
}

/**
 * A node that a run holds, or that somebody else cordoned for a stated reason, is not uncordoned without being told to.
 * What is left of ours on it goes in the same request: its cordon record, marks, and a hold that is over.
 */
export function uncordonVerdict(node: Node, claim: CordonClaim): CordonVerdict {
  const held = liveHold(node, claim.nowMs);
  if (!node.unschedulable && held !== undefined) return { kind: 'nothing' };
  const cordon = node.unschedulable ? cordonOfOther(node, claim.holder) : {};
  const owner = held ?? cordon.refusal;
  if (owner !== undefined && !claim.takeOver) return { kind: 'refused', message: owner };

  const ours = [holdAnnotation, cordonAnnotation, formerMarksAnnotation];
  const leftovers = ours.filter((key) => node.annotations[key] !== undefined);
  if (leftovers.length === 0) return { kind: node.unschedulable ? 'plain' : 'nothing' };
  const marks = marksToRestore(node);
  const change = {
    ...(node.unschedulable ? { unschedulable: false } : {}),
    annotations: { ...Object.fromEntries(leftovers.map((key) => [key, null])), ...marks.annotations },
    ...(Object.keys(marks.labels).length === 0 ? {} : { labels: marks.labels }),
  };
  return { kind: 'change', change, ...(cordon.warning !== undefined && { warning: cordon.warning }) };
}

function liveHold(node: Node, nowMs: number): string | undefined {
  const hold = holdOf(node);
  if (hold === 'unreadable') {
    return `the annotation ${holdAnnotation} of the node ${node.name} cannot be read, so a run may be working on it`;
  }
  if (hold === undefined || !isLive(hold, nowMs)) return undefined;
  return `the node ${node.name} is held by run ${hold.run} of ${hold.holder} until ${hold.until}`;
}

/** Somebody else's cordon is undone only when told to where they said why they need it; else it is told whose it was. */
function cordonOfOther(node: Node, holder: string): { readonly refusal?: string; readonly warning?: string } {
  const record = cordonOf(node);
  if (record === undefined) return {};
  if (record === 'unreadable') {
    return {
      refusal: `the annotation ${cordonAnnotation} of the node ${node.name} cannot be read, so somebody may need the cordon`,
    };
  }
  if (record.by === holder) return {};
  const whose = `the node ${node.name} was cordoned ${cordonText(record)}`;
  const stated = record.reason !== undefined || record.ticket !== undefined;
  return stated ? { refusal: whose } : { warning: `${whose}, without a reason that would keep it so` };
}

function recordOf({ holder, nowMs, reason, ticket }: CordonClaim): CordonRecord {
  return cordonRecord({ run: '', by: holder, at: timestamp(nowMs), reason, ticket });
}

function signed(cordon: boolean, record: CordonRecord): CordonVerdict {
  const annotations = { [cordonAnnotation]: JSON.stringify(record) };
  return { kind: 'change', change: { ...(cordon ? { unschedulable: true } : {}), annotations } };
}
