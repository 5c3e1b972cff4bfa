/** kured's lock, which sits as JSON on its DaemonSet. */
import * as z from 'zod/mini';
import type { CallOptions, Cluster } from '../../cluster/cluster.ts';
import { ClusterError } from '../../errors.ts';
import type { Report } from '../../report/report.ts';

/** Where kured keeps its lock, unless it was told otherwise (`--ds-namespace`, `--ds-name`). */
export const kuredDaemonSet = { kind: 'DaemonSet', namespace: 'kube-system', name: 'kured' } as const;
const lockAnnotation = 'weave.works/kured-node-lock';

/** A node that kured is rebooting. */
export interface KuredLock {
  readonly nodeName: string;
  /** RFC 3339. */
  readonly created: string;
  /** Undefined: it does not expire. */
  readonly untilMs: number | undefined;
}

// pkg/daemonsetlock of kured: one lock, or with --concurrency several; TTL is a Go duration in nanoseconds.
const lock = z.object({ nodeID: z.string(), created: z.string(), TTL: z.optional(z.number()) });
const locks = z.object({ locks: z.nullable(z.array(lock)) });
const content = z.union([locks, lock]);

/** The nodes that kured has locked; `unreadable` when there is a lock of which nobody can say whose it is. */
export function kuredLock(annotations: Readonly<Record<string, string>>): readonly KuredLock[] | 'unreadable' {
  const text = annotations[lockAnnotation];
  if (text === undefined || text === '') return [];
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'unreadable';
  }
  const parsed = z.safeParse(content, json);
  if (!parsed.success) return 'unreadable';
  const all = 'locks' in parsed.data ? (parsed.data.locks ?? []) : [parsed.data];
  return all.filter(({ nodeID }) => nodeID !== '').map(narrow);
}

function narrow({ nodeID, created, TTL }: z.infer<typeof lock>): KuredLock {
  const createdMs = Date.parse(created);
  const expires = TTL !== undefined && TTL > 0 && !Number.isNaN(createdMs);
  return { nodeName: nodeID, created, untilMs: expires ? createdMs + TTL / 1e6 : undefined };
}

/**
 * Reads the lock, once a run. Clusters without kured have none; what may not be read or understood is told and counts as
 * none, for kured's mark on the node itself still stands.
 */
export async function readKuredLocks(
  { cluster, report }: { readonly cluster: Pick<Cluster, 'getWorkload'>; readonly report: Report },
  options: CallOptions,
): Promise<readonly KuredLock[]> {
  try {
    const daemonSet = await cluster.getWorkload(kuredDaemonSet, options);
    const found = daemonSet ? kuredLock(daemonSet.annotations) : [];
    if (found !== 'unreadable') return found;
    report.emit({ type: 'warning', message: `kured's lock (annotation ${lockAnnotation}) cannot be read` });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') throw error;
    const message = `kured's lock may not be read, so its reboots of other nodes are not seen: ${error.message}`;
    report.emit({ type: 'detail', message });
  }
  return [];
}
