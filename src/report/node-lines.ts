/** Each node of a run that is under way as one line, and the run itself. */
import { counted, tally } from './counting.ts';
import { elapsedText, waitText } from './durations.ts';
import { lastGraceEndMs, worstFirst } from './pod-rows.ts';
import type { NodeProgress, PodProgress, PodState, RunProgress } from './progress.ts';

/**
 * `node/n1 draining for 2s: 0 of 3 pods gone, 1 blocked, 2 terminating`.
 *
 * @param nowMs monotonic milliseconds
 * @param roomy false: the shortest form, `n1 0/3, 1 blocked, 2 terminating`
 */
export function nodeLine(node: NodeProgress, all: readonly PodProgress[], nowMs: number, roomy: boolean): string {
  const { gone, total, wave, waiting, startedMs } = node;
  const pods = all.filter((pod) => pod.node === node.node);
  const most = Math.max(total, gone);
  const inWave = wave && (roomy ? `wave ${wave.wave} of ${wave.waves}` : `wave ${wave.wave}/${wave.waves}`);
  const waits = waiting && `waits for ${elapsedText(nowMs - waiting.sinceMs)}: ${waiting.message}`;
  const counts = stateCounts(pods);
  if (!roomy) return `${node.node} ${joined([`${gone}/${most}`, inWave, waits ?? counts])}`;
  const done = most === 0 ? undefined : `${gone} of ${counted(most, 'pod')} gone`;
  // Why it waits is worth more than the counts, which rows and the run's line tell as well.
  if (waits !== undefined) return `node/${node.node}: ${joined([done, inWave, waits])}`;
  const what = joined([done ?? '0 pods to go', inWave, counts]);
  return `node/${node.node} draining for ${elapsedText(nowMs - startedMs)}: ${what}${endText(lastGraceEndMs(pods, nowMs), nowMs)}`;
}

/** The whole run: `3 nodes for 2m10s: 212 of 600 pods gone, 12 blocked, 30 terminating`. */
export function runLine(progress: RunProgress, nowMs: number): string {
  const { nodes, pods } = progress;
  const gone = nodes.reduce((sum, node) => sum + node.gone, 0);
  const total = nodes.reduce((sum, node) => sum + Math.max(node.total, node.gone), 0);
  const done = `${gone} of ${counted(total, 'pod')} gone`;
  const elapsed = elapsedText(nowMs - (progress.startedMs ?? nowMs));
  const waits = nodes.some(({ phase, waiting }) => phase === 'pending' || waiting !== undefined);
  const end = waits ? '' : endText(lastGraceEndMs(pods, nowMs), nowMs);
  return `${counted(nodes.length, 'node')} for ${elapsed}: ${joined([done, stateCounts(pods)])}${end}`;
}

/** Failed and blocked pods first, then what waits, then the one that was begun first. */
export function worstNodesFirst(nodes: readonly NodeProgress[], pods: readonly PodProgress[]): readonly NodeProgress[] {
  const worst = new Map<string, number>();
  for (const { node, state } of pods) {
    worst.set(node, Math.min(worst.get(node) ?? worstFirst.length, worstFirst.indexOf(state)));
  }
  const rank = ({ node, waiting }: NodeProgress): number =>
    Math.min(worst.get(node) ?? worstFirst.length, waiting ? 1 : worstFirst.length);
  return [...nodes].sort((a, b) => rank(a) - rank(b) || a.startedMs - b.startedMs || (a.node < b.node ? -1 : 1));
}

function stateCounts(pods: readonly PodProgress[]): string {
  const counts = new Map<PodState, number>();
  for (const { state } of pods) counts.set(state, (counts.get(state) ?? 0) + 1);
  return tally(worstFirst.map((state) => [counts.get(state) ?? 0, state === 'completing' ? 'running' : state]));
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}

function endText(endMs: number | undefined, nowMs: number): string {
  return endMs === undefined ? '' : `; last grace period ends in ${waitText(endMs - nowMs)}`;
}
