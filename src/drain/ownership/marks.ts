/** The marks for load balancers and the cluster autoscaler: what to set on a node, and what to put back. */
import type { NodeChange } from '../../cluster/cluster.ts';
import type { Node } from '../../cluster/node.ts';
import type { OwnershipOptions } from '../options.ts';
import { excludeFromLoadBalancersLabel, formerMarksAnnotation, scaleDownDisabledAnnotation } from './annotations.ts';
import { formerMarksOf, type FormerMarks } from './records.ts';

/** The value that both marks have when they are ours. */
const ours = 'true';

const marks: ReadonlySet<string> = new Set([excludeFromLoadBalancersLabel, scaleDownDisabledAnnotation]);

/** Part of a {@link NodeChange}. */
export interface MarkChange {
  readonly labels: Readonly<Record<string, string | null>>;
  readonly annotations: Readonly<Record<string, string | null>>;
}

/** Marks to set and, in `former`, what they replace; both empty when nothing has to be set. */
export interface MarkRequest {
  readonly change: MarkChange;
  readonly former: { readonly labels: FormerMarks; readonly annotations: FormerMarks };
}

type Wanted = Pick<OwnershipOptions, 'excludeFromLoadBalancers' | 'holdAutoscaler'>;

/**
 * What has to be set. A mark that is there already belongs to somebody else and stays out of our records; former values
 * that an earlier run recorded are kept, for they are the ones to go back to. A record that cannot be read is left alone,
 * and so are the marks: nobody could put them back.
 */
export function marksToSet(node: Node, wanted: Wanted): MarkRequest | 'unreadable' {
  const recorded = formerMarksOf(node) ?? {};
  if (recorded === 'unreadable') return recorded;
  const label = excludeFromLoadBalancersLabel;
  const annotation = scaleDownDisabledAnnotation;
  // For the label its presence is all that counts (service.k8s.io controllers), for the annotation its value.
  const setLabel = wanted.excludeFromLoadBalancers && node.labels[label] === undefined;
  const setAnnotation = wanted.holdAutoscaler && node.annotations[annotation] !== ours;
  const formerLabels = setLabel ? { [label]: recorded[label] ?? null } : {};
  const formerAnnotations = setAnnotation
    ? { [annotation]: recorded[annotation] ?? node.annotations[annotation] ?? null }
    : {};
  const former = { labels: formerLabels, annotations: formerAnnotations };
  if (!setLabel && !setAnnotation) return { change: { labels: {}, annotations: {} }, former };
  const record = JSON.stringify({ ...recorded, ...formerLabels, ...formerAnnotations });
  return {
    change: {
      labels: setLabel ? { [label]: ours } : {},
      annotations: { ...(setAnnotation ? { [annotation]: ours } : {}), [formerMarksAnnotation]: record },
    },
    former,
  };
}

/** Puts the former values back where our own still stand, and forgets them; a record that cannot be read stays. */
export function marksToRestore(node: Node): MarkChange {
  const recorded = formerMarksOf(node);
  if (recorded === undefined || recorded === 'unreadable') return { labels: {}, annotations: {} };
  const restored = (key: string, values: Readonly<Record<string, string>>): MarkChange['labels'] =>
    key in recorded && values[key] === ours ? { [key]: recorded[key] ?? null } : {};
  return {
    labels: restored(excludeFromLoadBalancersLabel, node.labels),
    annotations: {
      ...restored(scaleDownDisabledAnnotation, node.annotations),
      [formerMarksAnnotation]: null,
    },
  };
}

/** The marks in a change, in words: empty when there are none. */
export function markNames({ labels = {}, annotations = {} }: NodeChange): string {
  const names = [...Object.keys(labels), ...Object.keys(annotations)];
  return names.filter((key) => marks.has(key)).join(', ');
}
