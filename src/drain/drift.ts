/** What has changed between a plan that was consented to and the same plan taken afresh. */
import { podName } from '../cluster/pod.ts';
import { exitCodes, KmaintError } from '../errors.ts';
import { counted } from '../report/counting.ts';
import type { OwnedNodePlan, OwnedPlan } from './drift-cordon.ts';
import type { PodDecision } from './plan.ts';

export type DriftKind =
  | 'node-gone'
  /** A node of the same name, but another object: the machine was removed and joined anew. */
  | 'node-replaced'
  /** The plan did not speak of this node. */
  | 'node-new'
  | 'cordon'
  | 'cordon-owner'
  /** What the node is for the cluster is in the way now. */
  | 'node-blocked'
  | 'pods';

export interface Drift {
  readonly kind: DriftKind;
  readonly node: string;
  /** Names as `namespace/name`; only for `pods`. */
  readonly pods: readonly string[];
  /** One sentence that names the node. */
  readonly message: string;
}

/**
 * Compares plans by what a user consented to. What comes and goes is no drift: a pod that is gone or ends already, one
 * that was replaced by another of the same owner and verdict, one more of a verdict that the node's plan holds already, a
 * budget that allows nothing just now. A verdict that asks less of the user than the one consented to is none either.
 *
 * @param saved the plan that was consented to
 * @param fresh the same nodes under the same policy, read now
 */
export function driftOf(saved: OwnedPlan, fresh: OwnedPlan): readonly Drift[] {
  const nowByName = new Map(fresh.nodes.map((node) => [node.node, node]));
  const known = new Set(saved.nodes.map(({ node }) => node));
  return [
    ...saved.nodes.flatMap((node) => nodeDrift(node, nowByName.get(node.node))),
    ...fresh.nodes
      .filter(({ node }) => !known.has(node))
      .map(({ node }) => drift('node-new', node, 'is not in the plan')),
  ];
}

/** The end of a run whose plan no longer holds; nothing was written. */
export function driftError(drifts: readonly Drift[]): KmaintError {
  const sentences = drifts.map(({ message }) => message).join('\n');
  return new KmaintError(`the plan no longer matches the cluster, so nothing was changed:\n${sentences}`, {
    code: 'drift',
    exitCode: exitCodes.drift,
    hint: 'plan again and look at what has changed',
  });
}

function nodeDrift(saved: OwnedNodePlan, fresh: OwnedNodePlan | undefined): readonly Drift[] {
  const { node } = saved;
  if (!fresh) return [drift('node-gone', node, 'is gone')];
  if (fresh.uid !== saved.uid) {
    return [drift('node-replaced', node, `is another one than planned for (uid ${fresh.uid}, planned ${saved.uid})`)];
  }
  return [...cordonDrift(saved, fresh), ...blockerDrift(saved, fresh), ...podDrift(saved, fresh)];
}

function cordonDrift(saved: OwnedNodePlan, fresh: OwnedNodePlan): readonly Drift[] {
  const { node } = saved;
  const by = fresh.cordonOwner === undefined ? '' : ` by ${fresh.cordonOwner}`;
  if (saved.cordoned !== fresh.cordoned) {
    const message = fresh.cordoned
      ? `was cordoned since${by}`
      : 'was uncordoned since: somebody may have put it to use';
    return [drift('cordon', node, message)];
  }
  if (saved.cordonOwner === fresh.cordonOwner) return [];
  const before = saved.cordonOwner === undefined ? 'nobody' : saved.cordonOwner;
  return [drift('cordon-owner', node, `is in other hands: then ${before}, now ${fresh.cordonOwner ?? 'nobody'}`)];
}

/** Risks of the node itself come and go with others: nobody consents to them. */
function blockerDrift(saved: OwnedNodePlan, fresh: OwnedNodePlan): readonly Drift[] {
  const consented = new Set((saved.blockers ?? []).map(({ kind }) => kind));
  return (fresh.blockers ?? [])
    .filter(({ kind }) => !consented.has(kind))
    .map(({ message }) => drift('node-blocked', fresh.node, `cannot be spared any more: ${message}`));
}

/** The verdict of a pod, as far as a user consents to it. */
interface VerdictClass {
  readonly action: PodDecision['action'];
  readonly kinds: ReadonlySet<string>;
}

/** Risks that come and go by themselves or by the hour, and that nobody consents to pod by pod. */
const passing: ReadonlySet<string> = new Set([
  'budget-not-now',
  'budget-settling',
  'fit-unknown',
  'long-grace',
  'system-replicas',
]);

function podDrift(saved: OwnedNodePlan, fresh: OwnedNodePlan): readonly Drift[] {
  const consented = saved.pods.filter((pod) => !endsAnyway(pod));
  const byOwner = grouped(consented, ownerOf);
  const changed = fresh.pods
    .filter((pod) => !endsAnyway(pod))
    .filter((pod) => {
      const ofOwner = byOwner.get(ownerOf(pod));
      // Nobody has to consent to a newcomer that is left alone.
      if (!ofOwner && pod.action === 'leave') return false;
      return !(ofOwner ?? consented).some((planned) => covers(classOf(planned), classOf(pod)));
    });
  const groups = grouped(changed, (pod) => `${ownerOf(pod)} ${className(classOf(pod))}`);
  return [...groups.values()].map((pods) => podsMessage(fresh.node, pods, byOwner));
}

function grouped(pods: readonly PodDecision[], key: (pod: PodDecision) => string): ReadonlyMap<string, PodDecision[]> {
  const groups = new Map<string, PodDecision[]>();
  for (const pod of pods) {
    const group = groups.get(key(pod));
    if (group) group.push(pod);
    else groups.set(key(pod), [pod]);
  }
  return groups;
}

/** Nothing is done to it: somebody else ended it, or it did so itself. */
function endsAnyway({ action, leave }: PodDecision): boolean {
  return action === 'wait' || leave === 'terminating-too-long' || leave === 'completed';
}

/** Pods of one controller are alike; a bare pod is itself alone. */
function ownerOf({ controller, namespace, name, uid }: PodDecision): string {
  return controller ? controller.uid : `${namespace}/${name} ${uid}`;
}

function classOf({ action, blockers, risks }: PodDecision): VerdictClass {
  const kinds = [
    ...blockers.map(({ kind }) => `blocker ${kind}`),
    ...risks.filter(({ kind }) => !passing.has(kind)).map(({ kind }) => kind),
  ];
  return { action, kinds: new Set(kinds) };
}

function covers(consented: VerdictClass, now: VerdictClass): boolean {
  return consented.action === now.action && [...now.kinds].every((kind) => consented.kinds.has(kind));
}

function className({ action, kinds }: VerdictClass): string {
  return [action, ...[...kinds].sort()].join(' ');
}

function podsMessage(
  node: string,
  pods: readonly PodDecision[],
  byOwner: ReadonlyMap<string, readonly PodDecision[]>,
): Drift {
  const names = pods.map(podName);
  // Groups are never empty.
  const first = pods[0] as PodDecision;
  const planned = byOwner.get(ownerOf(first))?.[0];
  const owner = first.controller ? ` of ${first.controller.kind} ${first.controller.name}` : '';
  const before = planned ? `planned: ${verdictText(planned)}` : 'not foreseen in the plan';
  const message = `has ${counted(pods.length, 'pod')}${owner} to ${verdictText(first)} (${before}): ${names.join(', ')}`;
  return { ...drift('pods', node, message), pods: names };
}

const actionWords: Record<PodDecision['action'], string> = {
  leave: 'leave alone',
  remove: 'remove',
  wait: 'wait for',
  complete: 'wait for until finished',
  blocked: 'stop at',
};

function verdictText(pod: PodDecision): string {
  const kinds = [...classOf(pod).kinds].map((kind) => kind.replace('blocker ', '').replaceAll('-', ' ')).sort();
  return kinds.length === 0 ? actionWords[pod.action] : `${actionWords[pod.action]} (${kinds.join(', ')})`;
}

function drift(kind: DriftKind, node: string, what: string): Drift {
  return { kind, node, pods: [], message: `node/${node} ${what}` };
}
