/** The live view as lines that fit a window, worst first. */
import { counted, tally } from './counting.ts';
import { elapsedText, waitText } from './durations.ts';
import type { NodeProgress, PodProgress, RunProgress } from './progress.ts';
import type { Style } from './style.ts';
import { clip } from './width.ts';

export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
}

/** More would push what already happened off the screen. */
const mostLines = 20;

/**
 * At most `rows - 1` lines of at most `columns - 1` cells: the cursor rests on the line below, and a full last column
 * makes some terminals wrap. Empty when no node is being drained.
 *
 * @param nowMs monotonic milliseconds
 */
export function boardLines(progress: RunProgress, nowMs: number, size: WindowSize, style: Style): string[] {
  const height = Math.min(size.rows - 1, mostLines);
  const width = size.columns - 1;
  if (height < 1 || width < 1) return [];
  const { nodes, pods } = progress;
  const heads = nodes.map((node) => style.strong(clip(nodeLine(node, pods, nowMs), width)));
  const shown = pods.filter((pod) => pod.state !== 'waiting');
  const nameWidth = Math.max(0, ...shown.map(({ pod }) => pod.length));
  const rows = shown.map((pod) => podLine(pod, nameWidth, nowMs, width, style));
  const nodeRoom = rows.length === 0 ? height : Math.max(1, Math.floor(height / 2));
  const headLines = fitted(heads, nodeRoom, 'node', width);
  return [...headLines, ...fitted(rows, height - headLines.length, 'pod', width)];
}

function nodeLine({ node, total, gone, startedMs }: NodeProgress, pods: readonly PodProgress[], nowMs: number): string {
  const count = (state: PodProgress['state']): number =>
    pods.filter((pod) => pod.node === node && pod.state === state).length;
  const counts = tally([
    [count('failed'), 'failed'],
    [count('blocked'), 'blocked'],
    [count('terminating'), 'terminating'],
    [count('waiting'), 'waiting'],
  ]);
  const done = `${gone} of ${counted(Math.max(total, gone), 'pod')} gone`;
  return `node/${node} draining for ${elapsedText(nowMs - startedMs)}: ${done}${counts === '' ? '' : `, ${counts}`}`;
}

function podLine(pod: PodProgress, nameWidth: number, nowMs: number, width: number, style: Style): string {
  const age = elapsedText(nowMs - pod.sinceMs).padStart(6);
  const retryMs = (pod.retryAtMs ?? 0) - nowMs;
  const retry = retryMs > 0 ? `; retry in ${waitText(retryMs)}` : '';
  const state = pod.state.toUpperCase().padEnd(11);
  const line = clip(`  ${state}   ${pod.pod.padEnd(nameWidth)}  ${age}   ${pod.reason}${retry}`.trimEnd(), width);
  const paint = pod.state === 'failed' ? style.bad : pod.state === 'blocked' ? style.warn : style.faint;
  const painted = 2 + state.length;
  return paint(line.slice(0, painted)) + line.slice(painted);
}

function fitted(lines: readonly string[], room: number, noun: string, width: number): readonly string[] {
  if (lines.length <= room) return lines;
  if (room < 1) return [];
  const left = lines.length - (room - 1);
  return [...lines.slice(0, room - 1), clip(`  ... and ${counted(left, `more ${noun}`)}`, width)];
}
