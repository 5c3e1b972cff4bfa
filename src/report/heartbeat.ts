/** The line that shows a silent drain to be alive, and what it is waiting for. */
import { counted } from './counting.ts';
import { elapsedText } from './durations.ts';
import type { PodProgress, RunProgress } from './progress.ts';

const mostNamed = 3;

/**
 * One line: `2m30s: 3 pods left on node/n1; shop/web-1 blocked for 2m10s: budget …`. Undefined when nothing is being drained.
 *
 * @param nowMs monotonic milliseconds
 */
export function heartbeatLine(progress: RunProgress, nowMs: number): string | undefined {
  const { nodes, pods } = progress;
  const [first] = nodes;
  if (!first) return undefined;
  const startedMs = Math.min(...nodes.map((node) => node.startedMs));
  const left = nodes.reduce((sum, node) => sum + Math.max(0, node.total - node.gone), 0);
  const where = nodes.length === 1 ? `node/${first.node}` : counted(nodes.length, 'node');
  const named = pods.slice(0, mostNamed).map((pod) => podText(pod, nowMs));
  if (pods.length > mostNamed) named.push(`and ${pods.length - mostNamed} more`);
  return [`${elapsedText(nowMs - startedMs)}: ${counted(left, 'pod')} left on ${where}`, ...named].join('; ');
}

function podText({ pod, state, sinceMs, reason }: PodProgress, nowMs: number): string {
  return `${pod} ${state} for ${elapsedText(nowMs - sinceMs)}${reason === '' ? '' : `: ${reason}`}`;
}
