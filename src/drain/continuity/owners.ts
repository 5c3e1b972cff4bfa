/** From pods to the workloads whose counts of ready pods tell whether a service is whole. */
import type { Cluster, WorkloadRef } from '../../cluster/cluster.ts';
import type { Controller } from '../../cluster/metadata.ts';
import type { Pod } from '../../cluster/pod.ts';
import { workloadKind } from '../../cluster/workload.ts';
import { ClusterError } from '../../errors.ts';

/** A workload by identity: a re-created one of the same name has another uid. */
export interface Owner extends WorkloadRef {
  readonly uid: string;
}

export interface Owners {
  /**
   * The workload that brings a replacement: the Deployment of the pod's ReplicaSet, else the ReplicaSet, StatefulSet or
   * ReplicationController itself. Undefined for Jobs, DaemonSets, unmanaged pods and kinds that kmaint does not know.
   *
   * @throws ClusterError when the ReplicaSet cannot be read
   */
  of(pod: Pod, signal: AbortSignal): Promise<Owner | undefined>;
  /** Those of the pods of one namespace that belong to the owner, whichever ReplicaSet is between them. */
  members(owner: Owner, pods: readonly Pod[], signal: AbortSignal): Promise<readonly Pod[]>;
}

/** More unknown ReplicaSets than this are read with one list instead of one by one. */
const fewReplicaSets = 3;

/** `Deployment shop/web`. */
export function ownerName({ kind, namespace, name }: WorkloadRef): string {
  return `${kind} ${namespace}/${name}`;
}

/** Looks owners up in the cluster, each ReplicaSet once a run: whom it belongs to does not change. */
export function createOwners(cluster: Pick<Cluster, 'getWorkload' | 'listWorkloads'>): Owners {
  /** By uid of the ReplicaSet: its controller, if any. */
  const controllers = new Map<string, Promise<Controller | undefined>>();

  function controllerOf(namespace: string, set: Controller, signal: AbortSignal): Promise<Controller | undefined> {
    const known = controllers.get(set.uid);
    if (known) return known;
    const ref: WorkloadRef = { kind: 'ReplicaSet', namespace, name: set.name };
    const lookup = cluster
      .getWorkload(ref, { signal })
      // One that is gone, or has another uid by now, cannot bring a pod back, but its Deployment can no longer be told.
      .then((found) => (found?.uid === set.uid ? found.controller : undefined));
    controllers.set(set.uid, lookup);
    lookup.catch((error: unknown) => {
      // Being forbidden lasts; everything else may go well the next time.
      if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') controllers.delete(set.uid);
    });
    return lookup;
  }

  async function of(pod: Pod, signal: AbortSignal): Promise<Owner | undefined> {
    const { controller, namespace } = pod;
    const kind = controller && workloadKind(controller);
    if (!controller || !kind || kind === 'Job' || kind === 'DaemonSet') return undefined;
    const itself: Owner = { kind, namespace, name: controller.name, uid: controller.uid };
    if (kind !== 'ReplicaSet') return itself;
    const above = await controllerOf(namespace, controller, signal);
    if (!above || workloadKind(above) !== 'Deployment') return itself;
    return { kind: 'Deployment', namespace, name: above.name, uid: above.uid };
  }

  /** Learns the ReplicaSets of many pods with one request; where lists are forbidden they are read one by one. */
  async function prepare(namespace: string, pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    const sets = pods.flatMap(({ controller }) =>
      controller && workloadKind(controller) === 'ReplicaSet' ? [controller.uid] : [],
    );
    const unknown = new Set(sets.filter((uid) => !controllers.has(uid)));
    if (unknown.size <= fewReplicaSets) return;
    try {
      for (const { uid, controller } of await cluster.listWorkloads('ReplicaSet', { namespace, signal })) {
        controllers.set(uid, Promise.resolve(controller));
      }
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') throw error;
    }
  }

  return {
    of,
    async members(owner, pods, signal) {
      if (owner.kind !== 'Deployment') return pods.filter(({ controller }) => controller?.uid === owner.uid);
      await prepare(owner.namespace, pods, signal);
      const owned = await Promise.all(pods.map(async (pod) => (await of(pod, signal))?.uid === owner.uid));
      return pods.filter((_, index) => owned[index]);
    },
  };
}
