/** What the decision on one pod may look at beyond its own node: the other nodes of the plan, and the facts. */
import type { Placement } from '../capacity/placement.ts';
import { placePods } from '../capacity/place.ts';
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import { imageFinder } from './cluster-risks.ts';
import { ownerOf, workloadKey, type ClusterFacts } from './facts.ts';
import { filterPod } from './filters.ts';
import type { DrainPolicy, NodeSnapshot } from './plan.ts';

export interface PlanScope {
  readonly facts: ClusterFacts | undefined;
  /** Pods of all nodes of the plan that have to go, terminating ones and those in the way included. */
  readonly leaving: readonly Pod[];
  /** Names of the plan's nodes. */
  readonly draining: ReadonlySet<string>;
  /** By uid; empty when the room was not looked at. */
  readonly placements: ReadonlyMap<string, Placement>;
  /** By workload: how many of its ready replicas leave. */
  readonly readyLeaving: ReadonlyMap<string, number>;
  hasImage(image: string): 'yes' | 'no' | 'unknown';
}

export function planScope(
  snapshots: readonly NodeSnapshot[],
  policyOf: (node: Node) => DrainPolicy,
  nowMs: number,
  facts: ClusterFacts | undefined,
): PlanScope {
  const draining = new Set(snapshots.map(({ node }) => node.name));
  const leaving = snapshots.flatMap(({ node, pods, daemonSets }) => {
    const policy = policyOf(node);
    return pods.filter((pod) => {
      const { leave, complete } = filterPod(pod, daemonSets, policy, nowMs);
      return leave === undefined && !complete;
    });
  });
  const room = facts?.room;
  return {
    facts,
    leaving,
    draining,
    placements: room ? placePods(room, draining, leaving.filter(comesBack)) : new Map<string, Placement>(),
    readyLeaving: facts ? countReady(leaving, facts) : new Map<string, number>(),
    hasImage: imageFinder(room?.nodes.filter(({ name, unschedulable }) => !draining.has(name) && !unschedulable)),
  };
}

/** Pods that get a replacement which needs room: nothing brings others back, or it has come back already. */
function comesBack(pod: Pod): boolean {
  return (
    pod.controller !== undefined &&
    pod.controller.kind !== 'DaemonSet' &&
    !pod.finished &&
    pod.deletionTimestamp === undefined
  );
}

function countReady(pods: readonly Pod[], facts: ClusterFacts): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const owner = pod.ready && pod.deletionTimestamp === undefined ? ownerOf(pod, facts) : undefined;
    if (owner) counts.set(workloadKey(owner), (counts.get(workloadKey(owner)) ?? 0) + 1);
  }
  return counts;
}
