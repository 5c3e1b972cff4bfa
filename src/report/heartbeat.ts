/** The line that shows a silent drain to be alive, and what it is waiting for. */
import { counted } from './counting.ts';
import { elapsedText } from './durations.ts';
import { graceText, podRows, type PodRow } from './pod-rows.ts';
import type { NodeProgress, RunProgress } from './progress.ts';

/** CI systems kill jobs that are silent for long. */
export const heartbeatMs = 30_000;

const mostNamed = 3;

/**
 * One line: `2m30s: 3 pods left on node/n1; shop/web-1 blocked for 2m10s: budget …`. Undefined when nothing is being
 * done that takes time.
 *
 * @param nowMs monotonic milliseconds
 */
export function heartbeatLine(progress: RunProgress, nowMs: number): string | undefined {
  const { nodes, pods, startedMs, busy } = progress;
  if (!busy) return undefined;
  const unfinished = nodes.filter(({ phase }) => phase !== 'finished');
  const left = unfinished.reduce((sum, node) => sum + Math.max(0, node.total - node.gone), 0);
  const waits = unfinished.filter(({ phase, waiting }) => phase === 'active' && waiting);
  const rows = podRows(pods, nowMs);
  const parts = [
    `${elapsedText(nowMs - (startedMs ?? nowMs))}: ${counted(left, 'pod')} left on ${where(nodes, unfinished)}`,
    ...waits.slice(0, mostNamed).map((node) => waitText(node, nowMs)),
    ...(waits.length > mostNamed ? [`and ${counted(waits.length - mostNamed, 'more node')} waiting`] : []),
    ...rows.slice(0, mostNamed).map((row) => rowText(row, nowMs)),
  ];
  const unnamed = rows.slice(mostNamed).reduce((sum, row) => sum + row.pods, 0);
  if (unnamed > 0) parts.push(`and ${counted(unnamed, 'more pod')}`);
  return parts.join('; ');
}

function where(nodes: readonly NodeProgress[], unfinished: readonly NodeProgress[]): string {
  const [first] = nodes;
  if (first && nodes.length === 1) return `node/${first.node}`;
  return `${unfinished.length} of ${counted(nodes.length, 'node')}`;
}

function waitText({ node, waiting }: NodeProgress, nowMs: number): string {
  return `node/${node} waits for ${elapsedText(nowMs - (waiting?.sinceMs ?? nowMs))}: ${waiting?.message ?? ''}`;
}

function rowText(row: PodRow, nowMs: number): string {
  const { state, what, pods, reason, attempts, graceEndsMs } = row;
  const age = elapsedText(nowMs - row.sinceMs);
  if (state === 'blocked' && pods > 1) {
    return `${reason}: ${what} wait for ${age}${attempts > pods ? `, asked at least ${attempts} times` : ''}`;
  }
  const asked = state === 'blocked' && attempts > 1 ? `, asked at least ${attempts} times` : '';
  const grace = graceText(graceEndsMs, nowMs);
  const word = state === 'completing' ? 'running to its end' : state;
  return `${what} ${word} for ${age}${asked}${grace === '' ? '' : `, ${grace}`}${reason === '' ? '' : `: ${reason}`}`;
}
