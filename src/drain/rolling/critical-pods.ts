/** `--critical-pods`: what has to be ready in the whole cluster before a run goes on. */
import type { Workload } from '../../cluster/workload.ts';
import { podName, type Pod } from '../../cluster/pod.ts';
import { counted } from '../../report/counting.ts';
import type { RollingContext } from './context.ts';

export type CriticalPods =
  | { readonly kind: 'workload'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'selector'; readonly namespace: string; readonly selector: string };

/** More names than this make a message longer than clear. */
const mostNames = 5;
const namespaceName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

/** Reads `NAMESPACE/NAME` or `NAMESPACE:LABEL=VALUE`; undefined when it is neither. */
export function parseCriticalPods(text: string): CriticalPods | undefined {
  const match = /^([^/:]+)([/:])(.+)$/.exec(text);
  const [, namespace = '', mark, rest = ''] = match ?? [];
  if (!namespaceName.test(namespace)) return undefined;
  if (mark === ':') return { kind: 'selector', namespace, selector: rest };
  return rest.includes('/') ? undefined : { kind: 'workload', namespace, name: rest };
}

/**
 * What keeps these pods from being as they should; empty when all is well.
 *
 * @throws ClusterError when they cannot be read
 */
export async function criticalFailures(
  { cluster, signal }: Pick<RollingContext, 'cluster' | 'signal'>,
  text: string,
): Promise<readonly string[]> {
  const critical = parseCriticalPods(text);
  if (!critical) return [`critical pods ${text}: this is neither NAMESPACE/NAME nor NAMESPACE:LABEL=VALUE`];
  const { namespace } = critical;
  if (critical.kind === 'selector') {
    const pods = await cluster.listPods({ namespace, labelSelector: critical.selector, chunkSize: 500, signal });
    return podFailures(`critical pods ${text}`, pods);
  }
  const found = await Promise.all(
    workloadKinds.map((kind) => cluster.getWorkload({ kind, namespace, name: critical.name }, { signal })),
  );
  const workloads = found.filter((workload) => workload !== undefined);
  if (workloads.length === 0) return [`there is no Deployment, StatefulSet or DaemonSet ${text}`];
  const failures = await Promise.all(
    workloads.map(async (workload) =>
      workload.kind === 'DaemonSet'
        ? podFailures(`DaemonSet ${text}`, (await cluster.listPods({ namespace, signal })).filter(isOf(workload)))
        : replicaFailures(workload),
    ),
  );
  return failures.flat();
}

/** A status that lags behind its spec says nothing yet; no replicas at all cannot be ready. */
function replicaFailures(workload: Workload): readonly string[] {
  const { kind, replicas, readyReplicas, settled } = workload;
  const name = `${kind} ${podName(workload)}`;
  if (!settled) return [`${name}: its controller has not caught up with its last change`];
  if (replicas === 0) return [`${name} is scaled to 0`];
  return readyReplicas >= replicas ? [] : [`${name} has ${readyReplicas} of ${counted(replicas, 'replica')} ready`];
}

function isOf({ uid }: Workload): (pod: Pod) => boolean {
  return ({ controller }) => controller?.uid === uid;
}

function podFailures(what: string, all: readonly Pod[]): readonly string[] {
  // A pod that did its work is no longer expected to be ready.
  const pods = all.filter(({ phase }) => phase !== 'Succeeded');
  if (pods.length === 0) return [`${what}: there are none`];
  const unready = pods.filter((pod) => !pod.ready || pod.deletionTimestamp !== undefined).map(podName);
  if (unready.length === 0) return [];
  const more = unready.length > mostNames ? ` and ${unready.length - mostNames} more` : '';
  const names = unready.sort().slice(0, mostNames).join(', ');
  return [`${what}: ${unready.length} of ${pods.length} not ready: ${names}${more}`];
}
