/** How many pods a budget may expect: its own count, or the scale of the workloads behind its pods. */
import { scaled } from './amounts.ts';
import type { OwnerReference } from '../objects.ts';
import type { Store } from '../ports.ts';
import { findType } from '../resources.ts';
import {
  deployments,
  replicaSets,
  replicationControllers,
  statefulSets,
  type DisruptionBudget,
  type Pod,
} from './models.ts';
import type { KubeObject, ResourceType } from '../objects.ts';
import { controllerOf } from './pod-facts.ts';

export interface Expectation {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
  /** Pods without a controller, which add nothing to a scale. */
  readonly unmanaged: readonly string[];
}

/**
 * disruption.go, `getExpectedPodCount`. Throws, with the real message, when a workload has no scale.
 */
export function expectationOf(store: Store, budget: DisruptionBudget, pods: readonly Pod[]): Expectation {
  const { minAvailable, maxUnavailable } = budget.spec;
  if (maxUnavailable !== undefined) {
    const { scale, unmanaged } = scaleOf(store, pods);
    const desiredHealthy = Math.max(0, scale - scaled(maxUnavailable, scale, 'up'));
    return { expectedPods: scale, desiredHealthy, unmanaged };
  }
  if (minAvailable === undefined) return { expectedPods: 0, desiredHealthy: 0, unmanaged: [] };
  if (typeof minAvailable === 'number') {
    return { expectedPods: pods.length, desiredHealthy: minAvailable, unmanaged: [] };
  }
  const { scale, unmanaged } = scaleOf(store, pods);
  return { expectedPods: scale, desiredHealthy: scaled(minAvailable, scale, 'up'), unmanaged };
}

function scaleOf(
  store: Store,
  pods: readonly Pod[],
): { readonly scale: number; readonly unmanaged: readonly string[] } {
  const scales = new Map<string, number>();
  const seen = new Set<string>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) {
      unmanaged.push(pod.metadata.name);
      continue;
    }
    if (seen.has(owner.uid)) continue;
    seen.add(owner.uid);
    const found = findScale(store, owner, pod.metadata.namespace);
    if (!found) throw new Error(`found no controllers for pod "${pod.metadata.name}"`);
    scales.set(found.uid, found.replicas);
  }
  return { scale: [...scales.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged };
}

interface Scale {
  readonly uid: string;
  readonly replicas: number;
}

/** The Deployment behind a ReplicaSet, else the owner itself. */
function findScale(store: Store, owner: OwnerReference, namespace: string | undefined): Scale | undefined {
  const [group = '', version = ''] = owner.apiVersion.includes('/')
    ? owner.apiVersion.split('/')
    : ['', owner.apiVersion];
  const read = (type: ResourceType, reference: OwnerReference): KubeObject | undefined => {
    const object = store.get(type, namespace, reference.name);
    return object?.metadata.uid === reference.uid ? object : undefined;
  };
  if (owner.kind === 'ReplicaSet' && group === 'apps') {
    const set = read(replicaSets, owner);
    const above = set && controllerOf(set);
    if (above?.kind === 'Deployment') {
      const deployment = read(deployments, above);
      if (deployment) return scaleIn(deployment);
    }
    return set && scaleIn(set);
  }
  const type = findType(group, version, { kind: owner.kind });
  if (!type) throw new Error(`no matches for kind "${owner.kind}" in group "${group}"`);
  if (type !== statefulSets && type !== replicationControllers && type !== deployments) {
    throw new Error(`${[type.plural, type.group].filter(Boolean).join('.')} does not implement the scale subresource`);
  }
  const object = read(type, owner);
  return object && scaleIn(object);
}

function scaleIn(object: KubeObject): Scale {
  const replicas = (object['spec'] as { readonly replicas?: number } | undefined)?.replicas ?? 1;
  return { uid: object.metadata.uid, replicas };
}
