/** The end of a run in words: how it went, what is left and why, how to go back and how to go on. */
import { exitCodes } from '../errors.ts';
import { counted } from './counting.ts';
import { dryRunSuffix } from './identity-text.ts';
import { elapsedText } from './durations.ts';
import type { DryRun, Event, Outcome } from './events.ts';
import { indented } from './harmless.ts';
import { errorLines } from './error-text.ts';
import type { Style } from './style.ts';
import { tableLines } from './table.ts';

export type NodeFinished = Extract<Event, { readonly type: 'node.finished' }>;
export type RunFinished = Extract<Event, { readonly type: 'run.finished' }>;

const untouchedCodes: ReadonlySet<number> = new Set([exitCodes.usage, exitCodes.refused, exitCodes.cluster]);

const outcomeWords: Record<Outcome, string> = {
  done: 'done',
  incomplete: 'incomplete',
  refused: 'refused',
  failed: 'failed',
  timeout: 'timed out',
  interrupted: 'interrupted',
  declined: 'declined',
  held: 'refused: somebody else holds the node',
  gate: 'stopped: a health gate failed',
  drift: 'stopped: the cluster has changed since the plan was made',
};

/** Lines for stderr, each ending in a line feed. Long only where something is left to do. */
export function renderSummary(run: RunFinished, nodes: readonly NodeFinished[], dryRun: DryRun, style: Style): string {
  if (run.exitCode === 0) return doneText(run, nodes, dryRun, style);
  const message = run.message ?? (nodes.length === 1 ? nodes[0]?.message : undefined);
  const hint = run.hint ?? (nodes.length === 1 ? nodes[0]?.hint : undefined);
  const what = `${run.verb} ${outcomeWords[run.outcome]}`;
  const lines = [errorLines(message === undefined ? what : `${what}: ${message}`, undefined, style).trimEnd()];
  const open = nodes.filter((node) => node.exitCode !== 0 || node.left.length > 0);
  for (const node of open) lines.push(...nodeLines(node, { codes: nodes.length > 1, said: message, style }));
  if (isUntouched(run) && !/left as it was/.test(message ?? '')) lines.push('nothing was changed');
  if (hint !== undefined && hint !== '') lines.push(`${style.strong('hint:')}   ${indented(hint, '        ')}`);
  return `${[...lines, ...commandLines(run, style)].join('\n')}\n`;
}

function doneText(run: RunFinished, nodes: readonly NodeFinished[], dryRun: DryRun, style: Style): string {
  const lines: string[] = [];
  const gone = nodes.reduce((sum, node) => sum + node.gone, 0);
  const durationMs = nodes.reduce((sum, node) => sum + node.durationMs, 0);
  if (dryRun !== 'none') {
    lines.push(`nothing was changed${dryRunSuffix(dryRun)}`);
  } else if (nodes.length > 0 && !isCordoning(run.verb)) {
    const counts = `${counted(nodes.length, 'node')}, ${counted(gone, 'pod')} gone, ${elapsedText(durationMs)}`;
    lines.push(`${style.good(`${run.verb} done`)}: ${counts}`);
  }
  for (const node of nodes.filter(({ left }) => left.length > 0)) {
    lines.push(...nodeLines(node, { codes: false, said: undefined, style }));
  }
  if (run.message !== undefined) lines.push(indented(run.message));
  return [...lines, ...commandLines(run, style)].map((line) => `${line}\n`).join('');
}

function nodeLines(
  node: NodeFinished,
  options: { readonly codes: boolean; readonly said: string | undefined; readonly style: Style },
): string[] {
  const { message, left } = node;
  const parts = [
    outcomeWords[node.outcome],
    ...(options.codes ? [`exit code ${node.exitCode}`] : []),
    ...(node.gone + left.length > 0 ? [`${counted(node.gone, 'pod')} gone`, `${left.length} left`] : []),
    ...(node.cordonedByUs ? ['left cordoned by this run'] : []),
  ];
  const rows = left.map((pod) => [`  ${pod.namespace}/${pod.name}`, indented(pod.reason, '    ')]);
  return [
    options.style.strong(`node/${node.node}: ${parts.join(', ')}`),
    ...(message === undefined || message === options.said ? [] : [`  ${indented(message, '    ')}`]),
    ...(options.codes && node.hint !== undefined ? [`  hint: ${indented(node.hint, '    ')}`] : []),
    ...(rows.length > 0 ? tableLines(['  POD LEFT', 'WHY'], rows) : []),
  ];
}

/** Ended before any write, by what these exit codes promise. */
function isUntouched({ exitCode, undo }: RunFinished): boolean {
  return undo.length === 0 && untouchedCodes.has(exitCode);
}

function commandLines({ undo, resume }: RunFinished, style: Style): string[] {
  return [
    ...undo.map((command) => `${style.strong('undo:')}   ${command}`),
    ...resume.map((command) => `${style.strong('resume:')} ${command}`),
  ];
}

/** Verbs whose result lines already say all there is to say. */
export function isCordoning(verb: string): boolean {
  return verb === 'cordon' || verb === 'uncordon';
}
