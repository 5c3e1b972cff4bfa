/** The live view as lines that fit a window, worst first. */
import { counted, tally } from './counting.ts';
import { elapsedText, waitText } from './durations.ts';
import { nodeLine, runLine, worstNodesFirst } from './node-lines.ts';
import { graceText, podRows, worstFirst, type PodRow } from './pod-rows.ts';
import type { NodeProgress, RunProgress } from './progress.ts';
import type { Style } from './style.ts';
import { clip, clipMiddle, displayWidth } from './width.ts';

export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
}

/** More would push what already happened off the screen; large windows give three fifths. */
const mostLines = 20;
/** Narrower windows get no columns and shorter words. */
const roomyColumns = 80;
/** What the columns of a row take besides name and reason. */
const otherCells = 27;
/** Lower windows have no line to spare for the whole run. */
const roomyLines = 6;

interface Frame {
  readonly width: number;
  readonly roomy: boolean;
  readonly nowMs: number;
  readonly style: Style;
}

/**
 * At most `rows - 1` lines of at most `columns - 1` cells: the cursor rests on the line below, and a full last column
 * makes some terminals wrap. Empty when no node is being worked on.
 *
 * @param nowMs monotonic milliseconds
 */
export function boardLines(progress: RunProgress, nowMs: number, size: WindowSize, style: Style): string[] {
  const height = Math.min(size.rows - 1, Math.max(mostLines, Math.floor(size.rows * 0.6)));
  const width = size.columns - 1;
  if (height < 1 || width < 1 || !progress.busy) return [];
  const frame: Frame = { width, roomy: size.columns >= roomyColumns, nowMs, style };
  const { nodes, pods } = progress;
  const rows = podRows(pods, nowMs).filter(({ state }) => state !== 'waiting');
  const head = nodes.length > 1 && height >= roomyLines ? [style.strong(clip(runLine(progress, nowMs), width))] : [];
  const room = height - head.length;
  // Half for the nodes, and what the pods leave over.
  const nodeRoom = Math.max(1, Math.floor(room / 2), room - rows.length);
  const nodeLines = nodesThatFit(progress, nodeRoom, frame);
  return [...head, ...nodeLines, ...podsThatFit(rows, room - nodeLines.length, frame)];
}

/** The nodes that are being worked on, and one line for those that are not, or do not fit. */
function nodesThatFit(progress: RunProgress, room: number, { width, roomy, nowMs, style }: Frame): readonly string[] {
  const { nodes, pods } = progress;
  const active = worstNodesFirst(
    nodes.filter(({ phase }) => phase === 'active'),
    pods,
  );
  const others = nodes.length > active.length || active.length > room;
  const shown = active.slice(0, Math.max(1, others ? room - 1 : room));
  const lines = shown.map((node) => style.strong(clip(nodeLine(node, pods, nowMs, roomy), width)));
  if (!others || lines.length >= room) return lines;
  const hidden = nodes.filter((node) => !shown.includes(node));
  const count = (is: (node: NodeProgress) => boolean): number => hidden.filter((node) => is(node)).length;
  const counts = tally([
    [count(({ phase, done }) => phase === 'finished' && !done), 'not done'],
    [count(({ done }) => done), 'done'],
    [count(({ phase, waiting }) => phase === 'active' && !waiting), 'draining'],
    [count(({ phase, waiting }) => phase === 'pending' || (phase === 'active' && !!waiting)), 'waiting'],
  ]);
  return [...lines, clip(`  ... and ${counted(hidden.length, 'more node')}: ${counts}`, width)];
}

function podsThatFit(rows: readonly PodRow[], room: number, frame: Frame): readonly string[] {
  if (room < 1 || rows.length === 0) return [];
  const shown = rows.length <= room ? rows : rows.slice(0, room - 1);
  const nameWidth = nameWidthOf(shown, frame);
  const lines = shown.map((row) => podLine(row, nameWidth, frame));
  if (shown.length === rows.length) return lines;
  const hidden = rows.slice(shown.length);
  const pods = (state?: PodRow['state']): number =>
    hidden.reduce((sum, row) => (state === undefined || row.state === state ? sum + row.pods : sum), 0);
  const counts = tally(worstFirst.map((state) => [pods(state), stateWords[state]]));
  return [...lines, clip(`  ... and ${counted(pods(), 'more pod')}: ${counts}`, frame.width)];
}

/** Names give way to reasons, which are read first, as long as both of their ends can be told. */
function nameWidthOf(shown: readonly PodRow[], { width, roomy, nowMs }: Frame): number {
  const longest = Math.max(0, ...shown.map(({ what }) => displayWidth(what)));
  const reason = Math.max(0, ...shown.map((row) => displayWidth(whyText(row, nowMs))));
  const most = roomy ? Math.max(20, width - otherCells - reason) : Math.max(8, Math.floor(width / 3));
  return Math.min(longest, most);
}

const stateWords: Record<PodRow['state'], string> = {
  failed: 'failed',
  blocked: 'blocked',
  terminating: 'terminating',
  completing: 'running to their end',
  waiting: 'waiting',
};

function podLine(row: PodRow, nameWidth: number, { width, roomy, nowMs, style }: Frame): string {
  const name = clipMiddle(row.what, nameWidth);
  const age = elapsedText(nowMs - row.sinceMs);
  const state = (row.state === 'completing' ? 'running' : row.state).toUpperCase();
  const padded = roomy ? state.padEnd(11) : state;
  const cells = roomy
    ? `  ${padded}   ${name}${' '.repeat(nameWidth - displayWidth(name))}  ${age.padStart(6)}   ${whyText(row, nowMs)}`
    : `  ${padded} ${name} ${age} ${whyText(row, nowMs)}`;
  const line = clip(cells.trimEnd(), width);
  const paint = row.state === 'failed' ? style.bad : row.state === 'blocked' ? style.warn : style.faint;
  const painted = 2 + padded.length;
  return paint(line.slice(0, painted)) + line.slice(painted);
}

function whyText({ state, reason, retryAtMs, graceEndsMs }: PodRow, nowMs: number): string {
  const retryMs = (retryAtMs ?? 0) - nowMs;
  const parts = [
    state === 'completing' ? 'waited for until it has finished' : reason,
    graceText(graceEndsMs, nowMs),
    retryMs > 0 ? `retry in ${waitText(retryMs)}` : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}
