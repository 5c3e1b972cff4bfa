/** Counts of pods by the value of a node label, kept up while pods go and come. */
import type { Node } from '../cluster/node.ts';
import type { Subject } from './inter-pod-term.ts';

/** What is counted. */
export interface Question {
  /** Equal questions have equal keys, others do not. */
  readonly key: string;
  readonly topologyKey: string;
  readonly means: (subject: Subject) => boolean;
  /** Nodes whose pods count, and whose values are there even with no pod; all with the label when left out. */
  readonly countsNode?: ((node: Node) => boolean) | undefined;
  /** Pods that are being deleted do not count. */
  readonly livingOnly: boolean;
}

export interface Tally {
  readonly question: Question;
  /** By value of the label; zero for a value that counted nodes have and counted pods do not. */
  readonly counts: ReadonlyMap<string, number>;
  readonly total: number;
  add(node: Node, subject: Subject, count: number): void;
}

/** An empty tally over these nodes. */
export function createTally(question: Question, nodes: readonly Node[]): Tally {
  const { topologyKey, countsNode } = question;
  const counted = new Set(countsNode ? nodes.filter(countsNode) : nodes);
  const counts = new Map<string, number>();
  for (const { labels } of counted) {
    const value = labels[topologyKey];
    if (value !== undefined) counts.set(value, 0);
  }
  let total = 0;
  return {
    question,
    counts,
    get total() {
      return total;
    },
    add(node, subject, count) {
      const value = node.labels[topologyKey];
      if (value === undefined || !counted.has(node) || !question.means(subject)) return;
      counts.set(value, (counts.get(value) ?? 0) + count);
      total += count;
    },
  };
}
