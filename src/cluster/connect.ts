/** Opens the port to a cluster: each question of workflows as the request that answers it. */
import type {
  CoreV1Event,
  V1Node,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1VolumeAttachment,
} from '@kubernetes/client-node';
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import type { GeneratedApi } from './api.ts';
import { narrowBudget, type Budget } from './budget.ts';
import type { Cluster, Existence, LeaseOutcome, PodQuery } from './cluster.ts';
import { narrowEvent, type ClusterEvent } from './cluster-event.ts';
import type { Connection } from './connection.ts';
import { deletePod, evictPod } from './eviction.ts';
import { narrowLease } from './lease.ts';
import { listAll, type ListOptions } from './list.ts';
import { narrowNode, type Node } from './node.ts';
import { narrowPod, type Pod } from './pod.ts';
import { podMessage } from './protobuf/pod-messages.ts';
import { collectionPath } from './resource-path.ts';
import { createTransport } from './transport.ts';
import {
  narrowAttachment,
  narrowClaim,
  narrowPersistentVolume,
  type PersistentVolume,
  type VolumeAttachment,
  type VolumeClaim,
} from './volume.ts';
import { watchAll } from './watch.ts';
import type { Wire } from './wire.ts';
import { narrowWorkload, workloadPaths, type WireWorkload, type Workload } from './workload.ts';

export interface OpenOptions {
  readonly clock: Clock;
  /** Told once each: warnings of the server, and a watch that is interrupted. */
  readonly warn: (message: string) => void;
  /** Told one line about each request (`-v`). */
  readonly trace?: ((line: string) => void) | undefined;
  /** Longest time of one request (`--request-timeout`). */
  readonly requestTimeoutMs?: number | undefined;
  /** Such as `kmaint/0.1.0 (linux/x64)`: it stands in the server's audit log. */
  readonly userAgent: string;
  /** 25 without it (rulings 12). */
  readonly maxRequestsInFlight?: number | undefined;
}

/** The cluster behind a connection; sends nothing before it is asked. */
export function openCluster(connection: Connection, options: OpenOptions): Cluster {
  const { clock, warn } = options;
  const transport = createTransport(connection, options);
  let loaded: GeneratedApi | undefined;

  /** Loads the library on first use only: it is most of the program. */
  async function generated(): Promise<GeneratedApi> {
    loaded ??= (await import('./api.ts')).createGeneratedApi(transport);
    return loaded;
  }

  async function listed<T, U>(list: Omit<ListOptions<T, U>, 'narrow'>, narrow: (raw: T) => U): Promise<readonly U[]> {
    return (await listAll<T, U>(transport, { ...list, narrow })).items;
  }

  return {
    identity: connection.identity,
    kubectl: connection.kubectl,
    namespace: connection.namespace,
    async clusterId({ signal }) {
      const api = await generated();
      try {
        return (await api.readNamespace('kube-system', { signal })).metadata?.uid;
      } catch (error) {
        const unknown =
          error instanceof ClusterError && ['cluster.forbidden', 'cluster.not-found'].includes(error.code);
        if (!unknown) throw error;
        return undefined;
      }
    },

    async getNode(name, { signal }) {
      const api = await generated();
      return orUndefined(async () => narrowNode(await api.readNode(name, { signal })));
    },
    async listNodes({ labelSelector, chunkSize, signal }) {
      const list = { path: '/api/v1/nodes', query: { labelSelector }, chunkSize, signal };
      return listed<Wire<V1Node>, Node>(list, narrowNode);
    },
    async setUnschedulable(node, unschedulable, mutation) {
      const api = await generated();
      return narrowNode(await api.patchUnschedulable(node, unschedulable, mutation));
    },

    async changeNode(node, change, mutation) {
      const api = await generated();
      return narrowNode(await api.patchNode(node, change, mutation));
    },
    async dropAnnotation(node, annotation, { signal }) {
      const api = await generated();
      return narrowNode(await api.removeAnnotation(node, annotation, { signal }));
    },

    listPods(query) {
      // Of one node there are few. Of many, what protobuf spares server and client is most of the work.
      const protobuf = query.nodeName === undefined ? { kind: 'PodList', item: podMessage } : undefined;
      return listed<Wire<V1Pod>, Pod>({ ...podList(query), protobuf }, narrowPod);
    },
    async getPod(ref, { signal }) {
      const api = await generated();
      return orUndefined(async () => narrowPod(await api.readPod(ref, { signal })));
    },
    watchPods: (query) =>
      watchAll<Wire<V1Pod>, Pod>({
        transport,
        clock,
        ...podList(query),
        narrow: narrowPod,
        onOutage: (error) => warn(`the watch of pods is interrupted and goes on as soon as possible: ${error.message}`),
      }),

    listBudgets: ({ namespace, chunkSize, signal }) =>
      listed<Wire<V1PodDisruptionBudget>, Budget>({ path: budgetsPath(namespace), chunkSize, signal }, narrowBudget),
    watchBudgets: ({ namespace, chunkSize, signal }) =>
      watchAll<Wire<V1PodDisruptionBudget>, Budget>({
        transport,
        clock,
        path: budgetsPath(namespace),
        chunkSize,
        signal,
        narrow: narrowBudget,
        onOutage: (error) =>
          warn(`the watch of budgets is interrupted and goes on as soon as possible: ${error.message}`),
      }),
    async daemonSetExists(ref, { signal }) {
      const api = await generated();
      return existence(() => api.readDaemonSet(ref, { signal }));
    },
    async namespaceExists(name, { signal }) {
      const api = await generated();
      return existence(() => api.readNamespace(name, { signal }));
    },

    evictPod: (ref, removal) => evictPod(transport, ref, removal),
    deletePod: (ref, removal) => deletePod(transport, ref, removal),

    async getWorkload(ref, { signal }) {
      const api = await generated();
      return orUndefined(async () => narrowWorkload(ref.kind, await api.readWorkload(ref, { signal })));
    },
    listWorkloads(kind, { namespace, chunkSize, signal }) {
      const [prefix, plural] = workloadPaths[kind];
      const path = collectionPath(prefix, namespace, plural);
      return listed<WireWorkload, Workload>({ path, chunkSize, signal }, (raw) => narrowWorkload(kind, raw));
    },
    async annotateTemplate(workload, annotations, mutation) {
      const api = await generated();
      const patched: unknown = await api.patchTemplate(workload, annotations, mutation);
      return narrowWorkload(workload.kind, patched as WireWorkload);
    },

    listClaims({ namespace, chunkSize, signal }) {
      const path = collectionPath('/api/v1', namespace, 'persistentvolumeclaims');
      return listed<Wire<V1PersistentVolumeClaim>, VolumeClaim>({ path, chunkSize, signal }, narrowClaim);
    },
    listPersistentVolumes: ({ chunkSize, signal }) =>
      listed<Wire<V1PersistentVolume>, PersistentVolume>(
        { path: '/api/v1/persistentvolumes', chunkSize, signal },
        narrowPersistentVolume,
      ),
    listVolumeAttachments: ({ signal }) =>
      listed<Wire<V1VolumeAttachment>, VolumeAttachment>(
        { path: '/apis/storage.k8s.io/v1/volumeattachments', signal },
        narrowAttachment,
      ),

    async getLease(ref, { signal }) {
      const api = await generated();
      return orUndefined(async () => narrowLease(await api.readLease(ref, { signal })));
    },
    async putLease(ref, content, former, { signal }) {
      const api = await generated();
      try {
        const raw = former
          ? await api.patchLease(former, content, { signal })
          : await api.createLease(ref, content, { signal });
        return { kind: 'stored', lease: narrowLease(raw) };
      } catch (error) {
        const kind = refusedLease(error, former !== undefined);
        if (kind === undefined) throw error;
        return { kind };
      }
    },
    async deleteLease(lease, { signal }) {
      const api = await generated();
      try {
        await api.deleteLease(lease, { signal });
        return true;
      } catch (error) {
        if (refusedLease(error, true) === undefined) throw error;
        return false;
      }
    },

    async listEvents({ namespace, involvedUid, signal }) {
      const path = collectionPath('/api/v1', namespace, 'events');
      const query = { fieldSelector: `involvedObject.uid=${involvedUid}` };
      const events = await listed<Wire<CoreV1Event>, ClusterEvent>({ path, query, signal }, narrowEvent);
      return events.toSorted((a, b) => ((a.lastSeen ?? '') < (b.lastSeen ?? '') ? -1 : 1));
    },
    async createEvent(event, { signal }) {
      const api = await generated();
      await api.createEvent(event, clock.now(), { signal });
    },

    async serverVersion({ signal }) {
      const api = await generated();
      return (await api.readVersion({ signal })).gitVersion;
    },

    close: () => transport.close(),
  };
}

/** What came of asking for an object; passing errors are no answer either way. */
async function existence(read: () => Promise<unknown>): Promise<Existence> {
  try {
    await read();
    return 'exists';
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    if (error.code === 'cluster.not-found') return 'missing';
    if (error.code === 'cluster.forbidden' || error.transient) return { unknown: error.message };
    throw error;
  }
}

function budgetsPath(namespace: string | undefined): string {
  return collectionPath('/apis/policy/v1', namespace, 'poddisruptionbudgets');
}

/** The answers that say that a Lease is not as it was read; undefined for every other failure. */
function refusedLease(error: unknown, known: boolean): Exclude<LeaseOutcome['kind'], 'stored'> | undefined {
  if (!(error instanceof ClusterError)) return undefined;
  if (error.code === 'cluster.conflict' || error.status === 409) return 'conflict';
  if (error.code === 'cluster.not-found') return known ? 'conflict' : 'no-namespace';
  return undefined;
}

function podList({ nodeName, labelSelector, namespace, chunkSize, signal }: PodQuery): {
  path: string;
  query: Record<string, string | undefined>;
  chunkSize: number | undefined;
  signal: AbortSignal;
} {
  const fieldSelector = nodeName === undefined ? undefined : `spec.nodeName=${nodeName}`;
  return {
    path: collectionPath('/api/v1', namespace, 'pods'),
    query: { fieldSelector, labelSelector },
    chunkSize,
    signal,
  };
}

async function orUndefined<T>(get: () => Promise<T>): Promise<T | undefined> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'cluster.not-found') return undefined;
    throw error;
  }
}
