/** Opens the port to a cluster: each question of workflows as the request that answers it. */
import type { V1Node, V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import type { GeneratedApi } from './api.ts';
import { narrowBudget } from './budget.ts';
import type { Cluster, PodQuery } from './cluster.ts';
import type { Connection } from './connection.ts';
import { deletePod, evictPod } from './eviction.ts';
import { listAll } from './list.ts';
import { narrowNode } from './node.ts';
import { narrowPod } from './pod.ts';
import { collectionPath } from './resource-path.ts';
import { createTransport } from './transport.ts';
import { watchAll } from './watch.ts';
import type { Wire } from './wire.ts';

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

  return {
    identity: connection.identity,

    async getNode(name, { signal }) {
      const api = await generated();
      return orUndefined(async () => narrowNode(await api.readNode(name, { signal })));
    },
    async listNodes({ labelSelector, chunkSize, signal }) {
      const query = { labelSelector };
      const { items } = await listAll<Wire<V1Node>>(transport, { path: '/api/v1/nodes', query, chunkSize, signal });
      return items.map((item) => narrowNode(item));
    },
    async setUnschedulable(node, unschedulable, mutation) {
      const api = await generated();
      return narrowNode(await api.patchUnschedulable(node, unschedulable, mutation));
    },

    async listPods(query) {
      const { items } = await listAll<Wire<V1Pod>>(transport, podList(query));
      return items.map((item) => narrowPod(item));
    },
    async getPod(ref, { signal }) {
      const api = await generated();
      return orUndefined(async () => narrowPod(await api.readPod(ref, { signal })));
    },
    watchPods: (query) =>
      watchAll<Wire<V1Pod>, ReturnType<typeof narrowPod>>({
        transport,
        clock,
        ...podList(query),
        narrow: narrowPod,
        onOutage: (error) => warn(`the watch of pods is interrupted and goes on as soon as possible: ${error.message}`),
      }),

    async listBudgets({ namespace, signal }) {
      const path = collectionPath('/apis/policy/v1', namespace, 'poddisruptionbudgets');
      const { items } = await listAll<Wire<V1PodDisruptionBudget>>(transport, { path, signal });
      return items.map((item) => narrowBudget(item));
    },
    async daemonSetExists(ref, { signal }) {
      const api = await generated();
      try {
        await api.readDaemonSet(ref, { signal });
        return 'exists';
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error;
        if (error.code === 'cluster.not-found') return 'missing';
        if (error.code === 'cluster.forbidden' || error.transient) return { unknown: error.message };
        throw error;
      }
    },

    evictPod: (ref, removal) => evictPod(transport, ref, removal),
    deletePod: (ref, removal) => deletePod(transport, ref, removal),

    async serverVersion({ signal }) {
      const api = await generated();
      return (await api.readVersion({ signal })).gitVersion;
    },

    close: () => transport.close(),
  };
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
