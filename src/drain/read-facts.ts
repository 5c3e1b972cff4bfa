/** Reads the facts of a plan with few requests; what may not or cannot be read is unknown, and said once. */
import type { Room } from '../capacity/placement.ts';
import type { Cluster, WorkloadRef } from '../cluster/cluster.ts';
import type { Pod } from '../cluster/pod.ts';
import { podName } from '../cluster/pod.ts';
import type { PersistentVolume } from '../cluster/volume.ts';
import type { Workload, WorkloadKind } from '../cluster/workload.ts';
import { ClusterError } from '../errors.ts';
import { budgetsToExplain } from './budget-plan.ts';
import {
  chooseLists,
  chooseLookup,
  claimsOf,
  deploymentOf,
  namedOwner,
  ownerRef,
  workloadKey,
  type ClusterFacts,
  type FactsWanted,
} from './facts.ts';
import { mayLeave } from './filters.ts';
import type { NodeSnapshot } from './plan.ts';
import type { World } from './world.ts';

/** Namespaces whose pods are read to show what holds a budget up. */
const mostNamespaces = 10;

type Try = <T>(what: string, read: () => Promise<T>) => Promise<T | undefined>;
type Volumes = ClusterFacts['volumes'];
type WithoutVolumes = Omit<Room, 'volumes'>;

export class FactsReader {
  readonly #cluster: Cluster;
  readonly #report: World['report'];
  readonly #chunkSize: number;
  /** What was refused, with the first answer. */
  readonly #refused = new Map<string, string>();
  readonly #warned = new Set<string>();

  constructor({ cluster, report }: Pick<World, 'cluster' | 'report'>, chunkSize: number) {
    this.#cluster = cluster;
    this.#report = report;
    this.#chunkSize = chunkSize;
  }

  /** Nodes and pods of the whole cluster, when they are wanted; worth beginning before all else. */
  async readRoom(wanted: FactsWanted, signal: AbortSignal): Promise<WithoutVolumes | undefined> {
    if (wanted !== 'all') return undefined;
    const read = this.#trying(signal);
    const [nodes, pods] = await Promise.all([
      read('nodes', () => this.#cluster.listNodes({ chunkSize: this.#chunkSize, signal })),
      read('pods', () => this.#cluster.listPods({ chunkSize: this.#chunkSize, signal })),
    ]);
    return nodes && pods && { nodes, pods };
  }

  /** What else is known about the pods of these snapshots. Rejects only when the signal fires. */
  async read(
    snapshots: readonly NodeSnapshot[],
    room: WithoutVolumes | undefined,
    signal: AbortSignal,
  ): Promise<ClusterFacts> {
    const leaving = snapshots.flatMap(({ pods }) => pods.filter(mayLeave));
    const [workloads, volumes, podsByNamespace] = await Promise.all([
      this.#readWorkloads(leaving, signal),
      this.#readVolumes(leaving, signal),
      this.#readPods(budgetsToExplain(snapshots), room?.pods, signal),
    ]);
    this.#warn();
    return { workloads, volumes, podsByNamespace, room: room && { ...room, volumes } };
  }

  async #readWorkloads(pods: readonly Pod[], signal: AbortSignal): Promise<ReadonlyMap<string, Workload>> {
    const found = new Map<string, Workload>();
    const refs = pods.map(ownerRef).filter((ref) => ref !== undefined);
    await this.#findWorkloads(refs, found, signal);
    // Names that no Deployment has after all, and ReplicaSets that turn out to have one.
    const bare = pods.flatMap((pod) => bareReplicaSet(pod, found));
    await this.#findWorkloads(bare, found, signal);
    const above = [...found.values()].map(deploymentOf).filter((ref) => ref !== undefined);
    await this.#findWorkloads(above, found, signal);
    return found;
  }

  async #findWorkloads(refs: readonly WorkloadRef[], found: Map<string, Workload>, signal: AbortSignal): Promise<void> {
    const missing = new Map(refs.map((ref) => [workloadKey(ref), ref]));
    for (const key of found.keys()) missing.delete(key);
    const kinds = new Map<WorkloadKind, WorkloadRef[]>();
    for (const ref of missing.values()) {
      const ofKind = kinds.get(ref.kind);
      if (ofKind) ofKind.push(ref);
      else kinds.set(ref.kind, [ref]);
    }
    await Promise.all([...kinds].map(([kind, ofKind]) => this.#findOfKind(kind, ofKind, missing, found, signal)));
  }

  async #findOfKind(
    kind: WorkloadKind,
    refs: readonly WorkloadRef[],
    wanted: ReadonlyMap<string, WorkloadRef>,
    found: Map<string, Workload>,
    signal: AbortSignal,
  ): Promise<void> {
    const read = this.#trying(signal);
    const list = { chunkSize: this.#chunkSize, signal };
    const what = `${kind}s`;
    const lookup = chooseLookup(refs);
    const answers = await Promise.all(
      lookup.by === 'name'
        ? lookup.refs.map((ref) => read(what, () => this.#getWorkload(ref, signal)))
        : lookup.by === 'cluster'
          ? [read(what, () => this.#cluster.listWorkloads(kind, list))]
          : lookup.namespaces.map((namespace) =>
              read(what, () => this.#cluster.listWorkloads(kind, { namespace, ...list })),
            ),
    );
    for (const workload of answers.flatMap((answer) => answer ?? [])) {
      if (wanted.has(workloadKey(workload))) found.set(workloadKey(workload), workload);
    }
  }

  async #getWorkload(ref: WorkloadRef, signal: AbortSignal): Promise<readonly Workload[]> {
    const workload = await this.#cluster.getWorkload(ref, { signal });
    return workload ? [workload] : [];
  }

  async #readVolumes(pods: readonly Pod[], signal: AbortSignal): Promise<Volumes> {
    const claiming = pods.filter((pod) => claimsOf(pod).length > 0);
    if (claiming.length === 0) return new Map();
    const read = this.#trying(signal);
    const lists = chooseLists(claiming);
    const namespaces = lists.by === 'cluster' ? [undefined] : lists.namespaces;
    const list = { chunkSize: this.#chunkSize, signal };
    const [volumes, ...claims] = await Promise.all([
      read('PersistentVolumes', () => this.#cluster.listPersistentVolumes(list)),
      ...namespaces.map((namespace) =>
        read('PersistentVolumeClaims', () => this.#cluster.listClaims({ namespace, ...list })),
      ),
    ]);
    if (!volumes || claims.some((some) => some === undefined)) return undefined;
    const byName = new Map(volumes.map((volume) => [volume.name, volume]));
    const known = new Map<string, PersistentVolume | 'unbound'>();
    for (const claim of claims.flatMap((some) => some ?? [])) {
      const volume = claim.volumeName === undefined ? 'unbound' : byName.get(claim.volumeName);
      // A claim that names a volume which is not there is neither: unknown.
      if (volume) known.set(podName(claim), volume);
    }
    return known;
  }

  async #readPods(
    namespaces: readonly string[],
    all: readonly Pod[] | undefined,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Pod[]>> {
    const pods = new Map<string, Pod[]>();
    if (all) {
      for (const namespace of namespaces) pods.set(namespace, []);
      for (const pod of all) pods.get(pod.namespace)?.push(pod);
      return pods;
    }
    const read = this.#trying(signal);
    await Promise.all(
      namespaces.slice(0, mostNamespaces).map(async (namespace) => {
        const query = { namespace, chunkSize: this.#chunkSize, signal };
        const found = await read('pods', () => this.#cluster.listPods(query));
        if (found) pods.set(namespace, [...found]);
      }),
    );
    return pods;
  }

  /** Turns what the cluster refuses into undefined, for one warning at the end. */
  #trying(signal: AbortSignal): Try {
    return async (what, read) => {
      try {
        return await read();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ClusterError)) throw error;
        if (!this.#refused.has(what)) this.#refused.set(what, error.message);
        return undefined;
      }
    };
  }

  #warn(): void {
    const fresh = [...this.#refused.keys()].filter((what) => !this.#warned.has(what)).sort();
    const [first] = fresh;
    if (first === undefined) return;
    for (const what of fresh) this.#warned.add(what);
    const message = `${fresh.join(', ')} could not be read, so the plan cannot show every risk (${this.#refused.get(first)})`;
    this.#report.emit({ type: 'warning', message });
  }
}

/** The ReplicaSet itself, where the Deployment that its name speaks of was not found. */
function bareReplicaSet(pod: Pod, found: ReadonlyMap<string, Workload>): readonly WorkloadRef[] {
  const ref = ownerRef(pod);
  const named = namedOwner(pod);
  return named && ref?.kind === 'Deployment' && !found.has(workloadKey(ref)) ? [named] : [];
}
