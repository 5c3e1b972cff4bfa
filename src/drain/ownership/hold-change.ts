/** The single requests that take a node and give it back, as values. */
import type { NodeChange } from '../../cluster/cluster.ts';
import type { Node } from '../../cluster/node.ts';
import type { OwnershipOptions } from '../options.ts';
import { cordonAnnotation, holdAnnotation, type HoldRecord } from './annotations.ts';
import { holdMs } from './judge.ts';
import { marksToRestore, marksToSet, type MarkRequest } from './marks.ts';
import { cordonOf, cordonRecord, holdOf, timestamp } from './records.ts';

/** Who takes the node, and how. */
export interface Taker {
  readonly runId: string;
  /** `user@host`. */
  readonly holder: string;
  readonly nowMs: number;
  readonly cordon: boolean;
  readonly wasCordoned: boolean;
  readonly options: OwnershipOptions;
}

/** Hold, cordon with its record, and marks in one request. */
export function takeChange(
  node: Node,
  taker: Taker,
): { readonly change: NodeChange; readonly marks: MarkRequest | 'unreadable' } {
  const marks = marksToSet(node, taker.options);
  const { labels, annotations } = marks === 'unreadable' ? { labels: {}, annotations: {} } : marks.change;
  return {
    marks,
    change: {
      ...(taker.cordon ? { unschedulable: true } : {}),
      annotations: { [holdAnnotation]: holdText(taker), ...cordonText(node, taker), ...annotations },
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    },
  };
}

/** The hold from `nowMs` on. */
export function holdText(taker: Pick<Taker, 'runId' | 'holder' | 'nowMs' | 'wasCordoned'>): string {
  const record: HoldRecord = {
    run: taker.runId,
    holder: taker.holder,
    until: timestamp(taker.nowMs + holdMs),
    wasCordoned: taker.wasCordoned,
  };
  return JSON.stringify(record);
}

/** A cordon of ours says whose it is and why; somebody else's keeps the record that it has, or has none. */
function cordonText(node: Node, { cordon, wasCordoned, runId, holder, nowMs, options }: Taker): Record<string, string> {
  if (!cordon || wasCordoned) return {};
  const former = cordonOf(node);
  const ours = former !== undefined && former !== 'unreadable' && former.run === runId ? former : undefined;
  const { reason = ours?.reason, ticket = ours?.ticket } = options;
  const record = cordonRecord({ run: runId, by: holder, at: ours?.at ?? timestamp(nowMs), reason, ticket });
  return { [cordonAnnotation]: JSON.stringify(record) };
}

/**
 * What gives the node back: the hold goes, marks are restored, and the cordon is undone when that is wanted and it is
 * ours. Undefined when nothing of ours is left, or when the node is another run's by now.
 */
export function releaseChange(
  node: Node,
  {
    runId,
    wasCordoned,
    uncordon,
  }: { readonly runId: string; readonly wasCordoned: boolean; readonly uncordon: boolean },
): NodeChange | undefined {
  const hold = holdOf(node);
  if (hold !== undefined && (hold === 'unreadable' || hold.run !== runId)) return undefined;
  const cordon = cordonOf(node);
  const recordIsOurs = cordon !== undefined && cordon !== 'unreadable' && cordon.run === runId;
  // A record that somebody else put there says that they need the cordon now.
  const cordonIsOurs = cordon === undefined ? hold !== undefined : recordIsOurs;
  const undo = uncordon && !wasCordoned && node.unschedulable && cordonIsOurs;
  const marks = marksToRestore(node);
  const annotations = {
    ...(hold === undefined ? {} : { [holdAnnotation]: null }),
    // The record lasts as long as the cordon does.
    ...(recordIsOurs && (undo || !node.unschedulable) ? { [cordonAnnotation]: null } : {}),
    ...marks.annotations,
  };
  if (!undo && Object.keys(annotations).length === 0) return undefined;
  return {
    ...(undo ? { unschedulable: false } : {}),
    annotations,
    ...(Object.keys(marks.labels).length === 0 ? {} : { labels: marks.labels }),
  };
}
