/** The port to Kubernetes for whoever reads logs: pods, their streams, and nothing that writes. */
import type { Kubectl } from '../cli/kubectl.ts';
import type { V1Pod } from '@kubernetes/client-node';
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import type { CallOptions, Change, Identity } from './cluster.ts';
import type { Connection } from './connection.ts';
import { openContainerLog, type ContainerRef, type LogAnswer, type LogQuery } from './container-log.ts';
import { execInContainer, type ExecSink } from './exec-file.ts';
import type { ExecEnd } from './exec-status.ts';
import { listAll } from './list.ts';
import { createOwnerLookup, type OwnerLookup } from './log-owner.ts';
import { narrowLogPod, type LogPod } from './log-pod.ts';
import { openNodeLog, type NodeLogAnswer, type NodeLogQuery } from './node-log.ts';
import { collectionPath } from './resource-path.ts';
import { createTransport, type TransportOptions } from './transport.ts';
import { watchAll } from './watch.ts';
import type { Wire } from './wire.ts';

export interface LogPodQuery extends CallOptions {
  /** All namespaces without it. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Told once when a watch is interrupted for other than ordinary reasons; it goes on by itself. */
  readonly onOutage?: ((error: ClusterError) => void) | undefined;
}

export interface LogCluster {
  readonly identity: Identity;
  /** Writes commands of kubectl that reach this cluster as this user. */
  readonly kubectl: Kubectl;
  /** The context's namespace, or the user's. */
  readonly namespace: string;
  listPods(query: LogPodQuery): Promise<readonly LogPod[]>;
  /** Lists, then watches for ever, over every interruption; ends by the signal or throws what will not heal. */
  watchPods(query: LogPodQuery): AsyncIterable<Change<LogPod>>;
  /** True when the server says that there is no such namespace; false too where it may not be asked, or does not answer. */
  lacksNamespace(name: string, signal: AbortSignal): Promise<boolean>;
  /** Opens one log; see {@link openContainerLog}. */
  open(ref: ContainerRef, query: LogQuery): Promise<LogAnswer>;
  /** Opens the log of a node; see {@link openNodeLog}. */
  openNodeLog(node: string, query: NodeLogQuery, signal: AbortSignal): Promise<NodeLogAnswer>;
  /** Runs a program in a container; see {@link execInContainer}. */
  exec(ref: ContainerRef, command: readonly string[], sink: ExecSink, signal: AbortSignal): Promise<ExecEnd>;
  /** What names such as `deploy/web` stand for. */
  readonly owners: OwnerLookup;
  /** Closes idle connections. */
  close(): void;
}

export interface OpenLogOptions extends TransportOptions {
  readonly clock: Clock;
}

/** Sends nothing before it is asked. */
export function openLogCluster(connection: Connection, options: OpenLogOptions): LogCluster {
  const transport = createTransport(connection, options);
  const podsOf = ({ namespace, labelSelector, fieldSelector, signal }: LogPodQuery) => ({
    path: collectionPath('/api/v1', namespace, 'pods'),
    query: { labelSelector, fieldSelector },
    signal,
  });
  return {
    identity: connection.identity,
    kubectl: connection.kubectl,
    namespace: connection.namespace,
    async listPods(query) {
      return (await listAll<Wire<V1Pod>, LogPod>(transport, { ...podsOf(query), narrow: narrowLogPod })).items;
    },
    watchPods: (query) =>
      watchAll<Wire<V1Pod>, LogPod>({
        transport,
        clock: options.clock,
        ...podsOf(query),
        narrow: narrowLogPod,
        onOutage: query.onOutage,
      }),
    async lacksNamespace(name, signal) {
      const path = `/api/v1/namespaces/${encodeURIComponent(name)}`;
      try {
        return (await transport.request({ method: 'GET', path, signal, retry: 'never' })).status === 404;
      } catch (error) {
        if (error instanceof ClusterError) return false;
        throw error;
      }
    },
    open: (ref, query) => openContainerLog(transport, ref, query),
    openNodeLog: (node, query, signal) => openNodeLog(transport, node, query, signal),
    exec: (ref, command, sink, signal) =>
      execInContainer({ transport, clock: options.clock }, ref, command, sink, signal),
    owners: createOwnerLookup(transport),
    close: () => transport.close(),
  };
}
