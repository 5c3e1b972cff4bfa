/** What is left of a run, node by node: only nodes that did not end done, and pods that are still there. */
import { counted } from './counting.ts';
import type { Event, Outcome, PodLeft } from './events.ts';
import { exitCodes } from '../errors.ts';
import { indented } from './harmless.ts';
import { tableLines } from './table.ts';

export type NodeFinished = Extract<Event, { readonly type: 'node.finished' }>;

/** More rows than this help nobody: pods of a node that are left for the same reason share one. */
const mostPodRows = 30;

/** One row a node that is not done, then the hints, each with the nodes that it is for. */
export function nodesTable(nodes: readonly NodeFinished[], words: Readonly<Record<Outcome, string>>): string[] {
  const open = nodes.filter(({ exitCode }) => exitCode !== exitCodes.done);
  if (open.length === 0) return [];
  const rows = open.map(({ node, outcome, exitCode, gone, left, cordonedByUs, message }) => {
    const cordon = cordonedByUs ? 'by this run' : '-';
    const why = message === undefined ? words[outcome] : indented(message, '    ');
    return [`  ${node}`, outcome, String(exitCode), String(gone), String(left.length), cordon, why];
  });
  const hints = new Map<string, string[]>();
  for (const { node, hint } of open) {
    if (hint !== undefined && hint !== '') hints.set(hint, [...(hints.get(hint) ?? []), node]);
  }
  return [
    ...tableLines(['  NODE', 'OUTCOME', 'EXIT', 'GONE', 'LEFT', 'CORDONED', 'WHY'], rows),
    ...[...hints].map(([hint, of]) => `  hint for ${of.join(', ')}: ${indented(hint, '    ')}`),
  ];
}

/**
 * The pods that are still there and why; empty when none is.
 *
 * @param named with the node of each, where there are several
 */
export function leftLines(nodes: readonly NodeFinished[], named: boolean): string[] {
  const total = nodes.reduce((sum, { left }) => sum + left.length, 0);
  if (total === 0) return [];
  const folded = total > mostPodRows;
  const rows = nodes.flatMap(({ node, left }) =>
    (folded ? byReason(left) : left.map(podCells)).map(([pod, why]) => [
      `  ${pod}`,
      ...(named ? [node] : []),
      indented(why, '    '),
    ]),
  );
  return [
    ...tableLines(['  POD LEFT', ...(named ? ['NODE'] : []), 'WHY'], rows),
    ...(folded ? ['  -o json names every pod'] : []),
  ];
}

function podCells({ namespace, name, reason }: PodLeft): [pod: string, why: string] {
  return [`${namespace}/${name}`, reason];
}

function byReason(left: readonly PodLeft[]): (readonly [pod: string, why: string])[] {
  const groups = new Map<string, PodLeft[]>();
  for (const pod of left) {
    const group = groups.get(pod.reason);
    if (group) group.push(pod);
    else groups.set(pod.reason, [pod]);
  }
  return [...groups].flatMap(([reason, pods]) =>
    pods.length < 3 ? pods.map(podCells) : [[counted(pods.length, 'pod'), reason] as const],
  );
}
