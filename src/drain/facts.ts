/** What a plan may know beyond the nodes' own pods; whatever could not be read is unknown, never taken for fine. */
import type { Room } from '../capacity/placement.ts';
import type { Controller } from '../cluster/metadata.ts';
import type { Pod } from '../cluster/pod.ts';
import { podName } from '../cluster/pod.ts';
import type { PersistentVolume } from '../cluster/volume.ts';
import { workloadKind, type Workload, type WorkloadKind } from '../cluster/workload.ts';
import type { WorkloadRef } from '../cluster/cluster.ts';
import type { DrainOptions } from './options.ts';

export interface ClusterFacts {
  /** By {@link workloadKey}; one that is not here is unknown. */
  readonly workloads: ReadonlyMap<string, Workload>;
  /** By `namespace/claim`: its volume, or `unbound`; undefined when they could not be read. */
  readonly volumes: ReadonlyMap<string, PersistentVolume | 'unbound'> | undefined;
  /** By namespace: all pods of it, on whatever node. A namespace that is not here was not read. */
  readonly podsByNamespace: ReadonlyMap<string, readonly Pod[]>;
  /** All nodes, pods and volumes of the cluster; undefined when nobody asked or they could not be read. */
  readonly room: Room | undefined;
}

/** How much is read for a plan: `owners` what the pods' own objects say, `all` the room on the other nodes as well. */
export type FactsWanted = 'none' | 'owners' | 'all';

/**
 * What a run needs to know: the room on other nodes when it is asked for, and by `auto` where somebody reads the plan
 * before anything happens or where pods without room stop the run.
 */
export function factsWanted(
  { capacity, assumeYes, dryRun, policy }: Pick<DrainOptions, 'capacity' | 'assumeYes' | 'dryRun' | 'policy'>,
  terminal: boolean,
): FactsWanted {
  const somebodyReads = dryRun !== 'none' || (terminal && !assumeYes);
  const auto = somebodyReads || policy.strict;
  return capacity === 'always' || (capacity === 'auto' && auto) ? 'all' : 'owners';
}

/** `Kind/namespace/name`. */
export function workloadKey({ kind, namespace, name }: WorkloadRef): string {
  return `${kind}/${namespace}/${name}`;
}

const replicated: ReadonlySet<WorkloadKind> = new Set([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'ReplicationController',
]);

/**
 * What keeps up the number of this pod's replicas. The Deployment of a ReplicaSet is told from the pod template hash
 * that its controller puts into both names, which saves reading ReplicaSets: ten old ones for each Deployment.
 */
export function ownerRef(pod: Pod): WorkloadRef | undefined {
  const named = namedOwner(pod);
  const suffix = `-${pod.labels['pod-template-hash'] ?? ''}`;
  if (named?.kind !== 'ReplicaSet' || suffix === '-' || !named.name.endsWith(suffix)) return named;
  return { ...named, kind: 'Deployment', name: named.name.slice(0, -suffix.length) };
}

/** The workload that brings a pod back, as far as it is known. */
export function ownerOf(pod: Pod, { workloads }: ClusterFacts): Workload | undefined {
  const owner = [ownerRef(pod), namedOwner(pod)]
    .map((ref) => ref && workloads.get(workloadKey(ref)))
    .find((found) => found !== undefined);
  const above = owner && deploymentOf(owner);
  return (above && workloads.get(workloadKey(above))) ?? owner;
}

/** What the pod itself names as its controller, if it is of a kind with replicas. */
export function namedOwner({ controller, namespace }: Pod): WorkloadRef | undefined {
  const kind = controller && workloadKind(controller);
  if (!controller || kind === undefined || !replicated.has(kind)) return undefined;
  return { kind, namespace, name: controller.name };
}

/** The Deployment that a ReplicaSet names as its controller. */
export function deploymentOf({ namespace, controller }: Workload): WorkloadRef | undefined {
  return isDeployment(controller) ? { kind: 'Deployment', namespace, name: controller.name } : undefined;
}

function isDeployment(controller: Controller | undefined): controller is Controller {
  return controller !== undefined && workloadKind(controller) === 'Deployment';
}

/** Names of the claims that a pod mounts and that outlive it, by volume. */
export function claimsOf(pod: Pod): readonly string[] {
  return pod.volumes.flatMap(({ claimName }) =>
    claimName === undefined ? [] : [podName({ namespace: pod.namespace, name: claimName })],
  );
}

/** How several objects are best read. */
export type Lookup<T> =
  | { readonly by: 'name'; readonly refs: readonly T[] }
  | { readonly by: 'namespace'; readonly namespaces: readonly string[] }
  | { readonly by: 'cluster' };

/** Up to so many objects, or namespaces, are read one by one. */
const few = 5;

/** Few objects by name, those of few namespaces by a list each, all others by one list of the cluster. */
export function chooseLookup<T extends { readonly namespace: string }>(refs: readonly T[]): Lookup<T> {
  if (refs.length <= few) return { by: 'name', refs };
  return chooseLists(refs);
}

/** The same where there is only a list. */
export function chooseLists(
  refs: readonly { readonly namespace: string }[],
): Exclude<Lookup<never>, { readonly by: 'name' }> {
  const namespaces = [...new Set(refs.map(({ namespace }) => namespace))].sort();
  return namespaces.length <= few ? { by: 'namespace', namespaces } : { by: 'cluster' };
}
