/** Reads what a plan is made from. */
import type { Budget } from '../cluster/budget.ts';
import type { Existence } from '../cluster/cluster.ts';
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import { ClusterError } from '../errors.ts';
import type { ClusterFacts, FactsWanted } from './facts.ts';
import { daemonSetName, ownedByDaemonSet } from './filters.ts';
import type { DrainPolicy, NodeSnapshot } from './plan.ts';
import { FactsReader } from './read-facts.ts';
import type { World } from './world.ts';

export interface Reading {
  /** One for each node, in their order. */
  readonly snapshots: readonly NodeSnapshot[];
  /** Undefined when no more than the snapshots was wanted. */
  readonly facts: ClusterFacts | undefined;
}

export interface Wanted {
  readonly facts: FactsWanted;
  /** Budgets that need not be read. */
  readonly budgets?: readonly Budget[] | undefined;
}

export interface SnapshotReader {
  /**
   * Begins to list the pods of these nodes, before it is known that there are such nodes; the next `readAll` takes what
   * it needs of them. Nothing is sent where `readAll` with these facts has no use for it. Never rejects.
   */
  expect(nodeNames: readonly string[], facts: FactsWanted, signal: AbortSignal): void;
  /** Reads a node's pods, and what their verdicts depend on; `known` are budgets that need not be read. */
  read(node: Node, signal: AbortSignal, known?: readonly Budget[]): Promise<NodeSnapshot>;
  /** The same for several nodes at once, and as much beyond them as is wanted. */
  readAll(nodes: readonly Node[], signal: AbortSignal, wanted: Wanted): Promise<Reading>;
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
  const lookups = new Map<string, Promise<Existence>>();
  /** By name of the node: lists that were begun before they were asked for. */
  const expected = new Map<string, Promise<readonly Pod[]>>();
  const factsReader = new FactsReader({ cluster, report }, chunkSize);
  let mayReadBudgets = true;

  async function readBudgets(signal: AbortSignal): Promise<readonly Budget[] | undefined> {
    if (!mayReadBudgets) return undefined;
    try {
      return await cluster.listBudgets({ chunkSize, signal });
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

  async function lookUp(pod: Pod, signal: AbortSignal): Promise<readonly [string, Existence]> {
    const name = daemonSetName(pod);
    const ref = { namespace: pod.namespace, name: pod.controller?.name ?? '' };
    const lookup = lookups.get(name) ?? cluster.daemonSetExists(ref, { signal });
    lookups.set(name, lookup);
    const existence = await lookup;
    // What could not be read now may be readable when the plan is taken again.
    if (typeof existence !== 'string') lookups.delete(name);
    return [name, existence];
  }

  async function listPods(nodeName: string, signal: AbortSignal): Promise<readonly Pod[]> {
    return cluster.listPods({ nodeName, labelSelector: policy.podSelector, chunkSize, signal });
  }

  /** The server applies the selector, so that the pods of all nodes are of no use with one. */
  const fromRoom = (facts: FactsWanted): boolean => facts === 'all' && policy.podSelector === undefined;

  async function snapshot(
    node: Node,
    listed: Promise<readonly Pod[]>,
    budgets: Promise<readonly Budget[] | undefined>,
    signal: AbortSignal,
  ): Promise<NodeSnapshot> {
    const pods = await listed;
    const ofDaemonSets = pods.filter((pod) => ownedByDaemonSet(pod) && !pod.finished);
    const daemonSets = new Map(await Promise.all(ofDaemonSets.map((pod) => lookUp(pod, signal))));
    return { node, pods, daemonSets, budgets: await budgets };
  }

  async function readAll(nodes: readonly Node[], signal: AbortSignal, wanted: Wanted): Promise<Reading> {
    const budgets = wanted.budgets ? Promise.resolve(wanted.budgets) : readBudgets(signal);
    const reading = factsReader.readRoom(wanted.facts, signal);
    // With the pods of all nodes at hand, those of some need no requests of their own: older servers look at every pod of
    // the cluster for each.
    const byNode = fromRoom(wanted.facts) ? reading.then((room) => room && podsByNode(room.pods)) : undefined;
    const begun = new Map(expected);
    expected.clear();
    const podsOf = async ({ name }: Node): Promise<readonly Pod[]> => {
      const all = await byNode;
      return all ? (all.get(name) ?? []) : (begun.get(name) ?? listPods(name, signal));
    };
    const [, room, ...snapshots] = await Promise.all([
      budgets,
      reading,
      ...nodes.map((node) => snapshot(node, podsOf(node), budgets, signal)),
    ]);
    const facts = wanted.facts === 'none' ? undefined : await factsReader.read(snapshots, room, signal);
    return { snapshots, facts };
  }

  return {
    expect(nodeNames, facts, signal) {
      if (fromRoom(facts)) return;
      for (const name of nodeNames) {
        const listed = listPods(name, signal);
        // Heard by whoever asks for it, and of no interest where nobody does.
        listed.catch(() => {});
        expected.set(name, listed);
      }
    },
    readAll,
    async read(node, signal, known) {
      const budgets = known ? Promise.resolve(known) : readBudgets(signal);
      const [, read] = await Promise.all([budgets, snapshot(node, listPods(node.name, signal), budgets, signal)]);
      return read;
    },
  };
}

function podsByNode(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const found = new Map<string, Pod[]>();
  for (const pod of pods) {
    const others = found.get(pod.nodeName);
    if (others) others.push(pod);
    else found.set(pod.nodeName, [pod]);
  }
  return found;
}
