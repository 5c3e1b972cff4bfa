/** What a run did to a node, or may have done, by its journal or by what stands on the node. */
import type { Node } from '../cluster/node.ts';
import { surgeName, type NodeRecord } from '../journal/record.ts';
import { excludeFromLoadBalancersLabel, scaleDownDisabledAnnotation } from './ownership/annotations.ts';
import { formerMarksOf } from './ownership/records.ts';

/** What a run did to a node, or may have done. */
export interface NodePast {
  readonly runId: string;
  readonly uid: string;
  readonly wasCordoned: boolean;
  /**
   * `recorded`: its annotation on the node says whether the cordon is ours. `plain`: it is known to have set it without
   * one. `none`: it set none.
   */
  readonly cordon: 'recorded' | 'plain' | 'none';
  readonly labels: readonly Mark[];
  readonly annotations: readonly Mark[];
  readonly outOfService: boolean;
  /** `namespace/name` of Deployments that were restarted, and whose restart came to an end. */
  readonly surged: readonly string[];
  /** Restarts that may be under way: they are taken back. */
  readonly openSurges: readonly OpenSurge[];
  /** The program of a rolling run had begun for the node. */
  readonly executed: boolean;
  /** Programs that were to switch the node off, and had begun. */
  readonly fencedBy: readonly string[];
}

/** A Deployment that was restarted, and what the restart wrote into its template. */
export interface OpenSurge {
  readonly namespace: string;
  readonly name: string;
  readonly stamp: string;
}

/** A label or an annotation that the run set. */
export interface Mark {
  readonly key: string;
  /** Null: there was none. */
  readonly former: string | null;
  /** What the run set, where it is known; each of these counts as still ours. */
  readonly ours: readonly (string | null)[];
}

/** What the journal says of a node. */
export function pastOf(node: NodeRecord, runId: string): NodePast {
  const begun = [...node.doneSteps, ...node.openSteps];
  const marks = begun.filter((step) => step.kind === 'mark');
  const held = begun.some((step) => step.kind === 'hold' || step.kind === 'cordon');
  const plain = node.doneSteps.findLast(({ kind }) => kind === 'cordon' || kind === 'uncordon')?.kind === 'cordon';
  return {
    runId,
    uid: node.uid,
    wasCordoned: node.wasCordoned,
    cordon: node.wasCordoned || !held ? 'none' : plain ? 'plain' : 'recorded',
    labels: firstOfEach(marks.flatMap(({ labels, set }) => marksOf(labels, set?.labels))),
    annotations: firstOfEach(marks.flatMap(({ annotations, set }) => marksOf(annotations, set?.annotations))),
    outOfService: begun.some(({ kind }) => kind === 'out-of-service'),
    surged: unique(node.doneSteps.flatMap((step) => (step.kind === 'surge' ? [surgeName(step)] : []))),
    openSurges: node.openSteps.flatMap((step) => {
      if (step.kind !== 'surge') return [];
      const { namespace, name, stamp } = step;
      return [{ namespace, name, stamp }];
    }),
    executed: begun.some(({ kind }) => kind === 'exec'),
    fencedBy: unique(begun.flatMap((step) => (step.kind === 'fence' ? [step.by] : []))),
  };
}

/** What the node itself says of the run that left it so; for those who do not have its journal. */
export function pastOnNode(node: Node, runId: string, wasCordoned: boolean): NodePast {
  const found = formerMarksOf(node);
  const former = typeof found === 'object' ? found : {};
  const of = (key: string): readonly Mark[] =>
    key in former ? marksOf({ [key]: former[key] ?? null }, undefined) : [];
  return {
    runId,
    uid: node.uid,
    wasCordoned,
    cordon: wasCordoned ? 'none' : 'recorded',
    labels: of(excludeFromLoadBalancersLabel),
    annotations: of(scaleDownDisabledAnnotation),
    outOfService: false,
    surged: [],
    openSurges: [],
    executed: false,
    fencedBy: [],
  };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

/** The values that kmaint gives these marks; only used where the journal does not say what was set. */
const usualValues: Readonly<Record<string, readonly string[]>> = {
  [excludeFromLoadBalancersLabel]: ['true'],
  [scaleDownDisabledAnnotation]: ['true'],
};

function marksOf(
  former: Readonly<Record<string, string | null>>,
  set: Readonly<Record<string, string | null>> | undefined,
): readonly Mark[] {
  return Object.entries(former).map(([key, value]) => {
    const ours = set?.[key];
    return { key, former: value, ours: ours === undefined ? (usualValues[key] ?? []) : [ours] };
  });
}

/** A resumed run may have set a mark again, and then found its own value as the former one. */
function firstOfEach(marks: readonly Mark[]): readonly Mark[] {
  return marks.filter(({ key }, index) => marks.findIndex((other) => other.key === key) === index);
}
