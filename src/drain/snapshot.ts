/** Reads what a plan is made from. */
import type { Budget } from '../cluster/budget.ts';
import type { Existence } from '../cluster/cluster.ts';
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import { ClusterError } from '../errors.ts';
import { daemonSetName, ownedByDaemonSet } from './filters.ts';
import type { DrainPolicy, NodeSnapshot } from './plan.ts';
import type { World } from './world.ts';

export interface SnapshotReader {
  /** Reads the node's pods, and what their verdicts depend on. */
  read(node: Node, signal: AbortSignal): Promise<NodeSnapshot>;
}

/**
 * Reads snapshots for one run. Budgets that may not be read are unknown, said once: the server still honours them.
 * DaemonSets are looked up once each.
 */
export function snapshotReader(
  { cluster, report }: Pick<World, 'cluster' | 'report'>,
  policy: DrainPolicy,
  chunkSize: number,
): SnapshotReader {
  const known = new Map<string, Existence>();
  const unknown = new Map<string, Existence>();
  let mayReadBudgets = true;

  async function readBudgets(signal: AbortSignal): Promise<readonly Budget[] | undefined> {
    if (!mayReadBudgets) return undefined;
    try {
      return await cluster.listBudgets({ signal });
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') throw error;
      mayReadBudgets = false;
      report.emit({
        type: 'warning',
        message: `budgets may not be read, so the plan cannot show which pods will have to wait; the server still honours them (${error.message})`,
      });
      return undefined;
    }
  }

  async function readDaemonSets(pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    const wanted = pods.filter((pod) => ownedByDaemonSet(pod) && !pod.finished && !known.has(daemonSetName(pod)));
    const byName = new Map(wanted.map((pod) => [daemonSetName(pod), pod]));
    await Promise.all(
      [...byName].map(async ([key, pod]) => {
        const ref = { namespace: pod.namespace, name: pod.controller?.name ?? '' };
        const existence = await cluster.daemonSetExists(ref, { signal });
        // What could not be read now may be readable when the plan is taken again.
        if (typeof existence === 'string') known.set(key, existence);
        else unknown.set(key, existence);
      }),
    );
  }

  return {
    async read(node, signal) {
      const [pods, budgets] = await Promise.all([
        cluster.listPods({ nodeName: node.name, labelSelector: policy.podSelector, chunkSize, signal }),
        readBudgets(signal),
      ]);
      await readDaemonSets(pods, signal);
      return { node, pods, daemonSets: new Map([...unknown, ...known]), budgets };
    },
  };
}
