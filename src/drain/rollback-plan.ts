/** What has to be changed on a node to make it what it was before a run, as a value. */
import type { NodeChange } from '../cluster/cluster.ts';
import type { Node, Taint } from '../cluster/node.ts';
import type { NodeRecord } from '../journal/record.ts';
import {
  cordonAnnotation,
  excludeFromLoadBalancersLabel,
  formerMarksAnnotation,
  holdAnnotation,
  outOfServiceTaint,
  scaleDownDisabledAnnotation,
} from './ownership/annotations.ts';
import { isLive } from './ownership/judge.ts';
import { cordonOf, cordonText, formerMarksOf, holdOf } from './ownership/records.ts';

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
  /** `namespace/name` of Deployments that were restarted. */
  readonly surged: readonly string[];
}

/** A label or an annotation that the run set. */
export interface Mark {
  readonly key: string;
  /** Null: there was none. */
  readonly former: string | null;
  /** What the run set, where it is known; each of these counts as still ours. */
  readonly ours: readonly (string | null)[];
}

export type RestorePlan =
  /** Somebody works on the node: nothing is touched. */
  | { readonly kind: 'held'; readonly message: string }
  /** It is another node of the same name. */
  | { readonly kind: 'replaced'; readonly message: string }
  | {
      readonly kind: 'restore';
      /** Undefined: it is as it was. */
      readonly change: NodeChange | undefined;
      readonly uncordons: boolean;
      /** One clause for each thing that is put back. */
      readonly restored: readonly string[];
      /** One sentence for each thing that is not. */
      readonly kept: readonly string[];
    };

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
    surged: begun.flatMap((step) => (step.kind === 'surge' ? [`${step.namespace}/${step.name}`] : [])),
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
  };
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

/**
 * Decides how the node becomes what it was before the run. What somebody else changed since stays as it is. Pure.
 *
 * @param holder `user@host` of who rolls back: a hold of the same run by somebody else is another process
 * @param nowMs milliseconds since the epoch
 */
export function planRestore(node: Node, past: NodePast, holder: string, nowMs: number): RestorePlan {
  if (node.uid !== past.uid) {
    return {
      kind: 'replaced',
      message: `${node.name} was registered anew since the run: it is another node, and was left as it is`,
    };
  }
  const hold = holdOf(node);
  if (hold === 'unreadable') {
    return {
      kind: 'held',
      message: `the annotation ${holdAnnotation} of ${node.name} cannot be read, so somebody may hold it`,
    };
  }
  const ours = hold?.run === past.runId;
  if (hold && isLive(hold, nowMs) && !(ours && hold.holder === holder)) {
    const message = `${hold.holder} is working on ${node.name} (run ${hold.run}, until ${hold.until} at least)`;
    return { kind: 'held', message };
  }
  if (hold && !ours) {
    const message = `${hold.holder} had ${node.name} since (run ${hold.run}), so it stays as that run left it`;
    return { kind: 'restore', change: undefined, uncordons: false, restored: [], kept: [message] };
  }
  const kept: string[] = [];
  const restored: string[] = [];
  const uncordons = decideCordon(node, past, kept, restored);
  const labels = restoreMarks('label', node.labels, past.labels, kept, restored);
  const annotations = {
    ...restoreMarks('annotation', node.annotations, past.annotations, kept, restored),
    ...removeOurs(node, past, restored),
  };
  const taints = decideTaints(node, past, kept, restored);
  for (const name of past.surged) kept.push(`Deployment ${name} was restarted by the run; a restart is not undone`);
  const change: NodeChange = {
    ...(uncordons ? { unschedulable: false } : {}),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(taints ? { taints } : {}),
  };
  return { kind: 'restore', change: Object.keys(change).length > 0 ? change : undefined, uncordons, restored, kept };
}

function decideCordon(node: Node, past: NodePast, kept: string[], restored: string[]): boolean {
  if (!node.unschedulable) return false;
  if (past.wasCordoned) {
    kept.push(`${node.name} was cordoned before the run, and stays so`);
    return false;
  }
  const stranger = strangerOf(node, past);
  if (stranger === undefined) {
    restored.push('uncordoned');
    return true;
  }
  kept.push(`${node.name} stays cordoned: ${stranger}; if it should not be, kmaint uncordon ${node.name}`);
  return false;
}

/** Why the cordon is not ours to undo; undefined when it is. */
function strangerOf(node: Node, past: NodePast): string | undefined {
  if (past.cordon === 'none') return 'the run did not cordon it';
  const cordon = cordonOf(node);
  if (cordon === 'unreadable') return `its annotation ${cordonAnnotation} says something that kmaint did not write`;
  if (cordon)
    return cordon.run === past.runId ? undefined : `it was cordoned ${cordonText(cordon)} (run ${cordon.run})`;
  // Another run's hold was dealt with before; one that is there is ours.
  if (holdOf(node) || past.cordon === 'plain') return undefined;
  return 'nothing on it says that this run did it';
}

function restoreMarks(
  noun: string,
  current: Readonly<Record<string, string>>,
  marks: readonly Mark[],
  kept: string[],
  restored: string[],
): Readonly<Record<string, string | null>> {
  const change: Record<string, string | null> = {};
  for (const { key, former, ours } of marks) {
    const now = current[key] ?? null;
    if (now === former) continue;
    if (!ours.includes(now)) {
      kept.push(`the ${noun} ${key} has another value than the run gave it, and keeps it`);
      continue;
    }
    change[key] = former;
    restored.push(former === null ? `${noun} ${key} removed` : `${noun} ${key} set to ${JSON.stringify(former)} again`);
  }
  return change;
}

/** Our own annotations, where they are of this run. */
function removeOurs(node: Node, { runId }: NodePast, restored: string[]): Readonly<Record<string, null>> {
  const ours: string[] = [];
  // Whoever had the node in between was dealt with before.
  if (holdOf(node)) {
    ours.push(holdAnnotation);
    if (formerMarksAnnotation in node.annotations) ours.push(formerMarksAnnotation);
  }
  const cordon = cordonOf(node);
  if (typeof cordon === 'object' && cordon.run === runId) ours.push(cordonAnnotation);
  if (ours.length > 0) restored.push(`${ours.join(', ')} removed`);
  return Object.fromEntries(ours.map((key) => [key, null]));
}

/** As kmaint sets it: see the kubelet's graceful shutdown, `node.kubernetes.io/out-of-service=nodeshutdown`. */
const outOfServiceValue = 'nodeshutdown';

function decideTaints(
  { taints }: Node,
  { outOfService }: NodePast,
  kept: string[],
  restored: string[],
): readonly Taint[] | undefined {
  if (!outOfService) return undefined;
  const ours = taints.filter(({ key, value }) => key === outOfServiceTaint && value === outOfServiceValue);
  if (ours.length === 0) {
    if (taints.some(({ key }) => key === outOfServiceTaint)) {
      kept.push(`the taint ${outOfServiceTaint} has another value than the run gave it, and stays`);
    }
    return undefined;
  }
  restored.push(`taint ${outOfServiceTaint} removed`);
  return taints.filter((taint) => !ours.includes(taint));
}
