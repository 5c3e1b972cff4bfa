/** The names of objects and nothing else of them, for a shell that offers them. */
import type { V1ObjectMeta } from '@kubernetes/client-node';
import type { Connection } from './connection.ts';
import type { OpenOptions } from './connect.ts';
import { listAll } from './list.ts';
import { ownerPaths } from './log-owner.ts';
import { metadataOnly } from './metadata-only.ts';
import { collectionPath } from './resource-path.ts';
import { createTransport } from './transport.ts';
import type { Wire } from './wire.ts';

const prefixes: ReadonlyMap<string, string> = new Map([
  ...Object.values(ownerPaths).map(([prefix, plural]) => [plural, prefix] as const),
  ['pods', '/api/v1'],
  ['namespaces', '/api/v1'],
  ['poddisruptionbudgets', '/apis/policy/v1'],
]);

const withoutNamespace: ReadonlySet<string> = new Set(['nodes', 'namespaces']);

export interface NameLister {
  /** The context's. */
  readonly namespace: string;
  /**
   * Each name once, in order; in all namespaces without one.
   *
   * @param plural of the kind: `deployments`
   * @throws ClusterError where the server does not say
   */
  list(plural: string, namespace: string | undefined, signal: AbortSignal): Promise<readonly string[]>;
  close(): void;
}

/** Sends nothing before it is asked. */
export function openNames(connection: Connection, options: OpenOptions): NameLister {
  const transport = createTransport(connection, options);
  return {
    namespace: connection.namespace,
    async list(plural, namespace, signal) {
      const prefix = prefixes.get(plural) ?? '/api/v1';
      const { items } = await listAll<{ readonly metadata?: Wire<V1ObjectMeta> }, string>(metadataOnly(transport), {
        path: collectionPath(prefix, withoutNamespace.has(plural) ? undefined : namespace, plural),
        signal,
        narrow: ({ metadata }) => metadata?.name ?? '',
      });
      return [...new Set(items)].toSorted();
    },
    close: () => transport.close(),
  };
}
