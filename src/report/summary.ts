/** The end of a run in words: how it went, what is left and why, how to go back and how to go on. */
import { exitCodes } from '../errors.ts';
import { counted } from './counting.ts';
import { dryRunSuffix } from './identity-text.ts';
import { elapsedText } from './durations.ts';
import type { DryRun, Event, Outcome } from './events.ts';
import { indented } from './harmless.ts';
import { errorLines } from './error-text.ts';
import { leftLines, nodesTable, type NodeFinished } from './summary-nodes.ts';
import type { Style } from './style.ts';

export type { NodeFinished } from './summary-nodes.ts';
export type RunFinished = Extract<Event, { readonly type: 'run.finished' }>;

export interface RunFacts {
  readonly nodes: readonly NodeFinished[];
  /** Nodes of the plan; 0 without one. */
  readonly planned: number;
  readonly dryRun: DryRun;
  /** As long as the whole run took by the clock: nodes are drained side by side. */
  readonly durationMs: number;
}

const untouchedCodes: ReadonlySet<number> = new Set([exitCodes.usage, exitCodes.refused, exitCodes.cluster]);

export const outcomeWords: Record<Outcome, string> = {
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

/** All that was asked for is done; a reboot may be advisable all the same. */
export function isDone({ exitCode }: RunFinished): boolean {
  return exitCode === exitCodes.done || exitCode === exitCodes.rebootAdvisable;
}

/** Lines for stderr, each ending in a line feed. Long only where something is left to do. */
export function renderSummary(run: RunFinished, facts: RunFacts, style: Style): string {
  if (isDone(run)) return doneText(run, facts, style);
  const { nodes } = facts;
  const only = nodes.length === 1 && facts.planned <= 1 ? nodes[0] : undefined;
  const message = run.message ?? only?.message;
  const hint = run.hint ?? only?.hint;
  const what = `${run.verb} ${outcomeWords[run.outcome]}`;
  const lines = [errorLines(message === undefined ? what : `${what}: ${message}`, undefined, style).trimEnd()];
  if (only) lines.push(...nodeLines(only, message, style));
  else if (nodes.length > 0) lines.push(...nodesLines(facts, isCordoning(run.verb), style));
  if (isUntouched(run) && !/left as it was/.test(message ?? '')) lines.push('nothing was changed');
  if (hint !== undefined && hint !== '') lines.push(`${style.strong('hint:')}   ${indented(hint, '        ')}`);
  return `${[...lines, ...commandLines(run, style)].join('\n')}\n`;
}

function doneText(run: RunFinished, { nodes, dryRun, durationMs }: RunFacts, style: Style): string {
  const lines: string[] = [];
  if (dryRun !== 'none') {
    lines.push(`nothing was changed${dryRunSuffix(dryRun)}`);
  } else if (nodes.length > 0 && !isCordoning(run.verb)) {
    const counts = `${counted(nodes.length, 'node')}, ${counted(podsGone(nodes), 'pod')} gone, ${elapsedText(durationMs)}`;
    lines.push(`${style.good(`${run.verb} done`)}: ${counts}`);
  }
  const [only] = nodes;
  if (only && nodes.length === 1 && only.left.length > 0) lines.push(...nodeLines(only, undefined, style));
  else lines.push(...leftLines(nodes, nodes.length > 1));
  if (run.message !== undefined) lines.push(indented(run.message));
  return [...lines, ...commandLines(run, style)].map((line) => `${line}\n`).join('');
}

/** The only node of a run. */
function nodeLines(node: NodeFinished, said: string | undefined, style: Style): string[] {
  const { message, left, exitCode } = node;
  if (exitCode === exitCodes.done && left.length === 0) return [];
  const parts = [
    outcomeWords[node.outcome],
    ...(node.gone + left.length > 0 ? [`${counted(node.gone, 'pod')} gone`, `${left.length} left`] : []),
    ...(node.cordonedByUs ? ['left cordoned by this run'] : []),
  ];
  return [
    style.strong(`node/${node.node}: ${parts.join(', ')}`),
    ...(message === undefined || message === said ? [] : [`  ${indented(message, '    ')}`]),
    ...leftLines([node], false),
  ];
}

/** Several nodes: those that are done are only counted. */
function nodesLines({ nodes, planned, durationMs }: RunFacts, cordoning: boolean, style: Style): string[] {
  const done = nodes.filter(({ exitCode }) => exitCode === exitCodes.done).length;
  const gone = counted(podsGone(nodes), 'pod');
  // An end by surprise leaves nodes of which nothing was told.
  const all = counted(Math.max(planned, nodes.length), 'node');
  const counts = `${done} of ${all} done, ${gone} gone, ${elapsedText(durationMs)}`;
  // A cordon finishes only nodes that it could not cordon: nothing to count.
  const head = cordoning ? [] : [style.strong(counts)];
  return [...head, ...nodesTable(nodes, outcomeWords), ...leftLines(nodes, true)];
}

function podsGone(nodes: readonly NodeFinished[]): number {
  return nodes.reduce((sum, node) => sum + node.gone, 0);
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
  return verb === 'cordon' || verb === 'uncordon' || verb === 'rollback';
}
