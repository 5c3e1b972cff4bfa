/** A run as its journal tells it: for each node what is done, what may have happened, and what it was before. */
import type { JournalStep } from './journal.ts';
import type { HeaderNode, JournalLine, RunHeader } from './lines.ts';

/**
 * `running`: a process works on it. `finished`: it came to its end, good or bad. `broken-off`: its process ended without
 * a last word.
 */
export type RunState = 'running' | 'finished' | 'broken-off';

export interface RunRecord {
  readonly header: RunHeader;
  readonly lines: readonly JournalLine[];
  readonly state: RunState;
  /** How it ended, for a finished run. */
  readonly end: { readonly outcome: string; readonly exitCode: number; readonly at: string } | undefined;
  /** A rollback came to a good end, and nothing was done after it. */
  readonly rolledBack: boolean;
  readonly nodes: readonly NodeRecord[];
}

export interface NodeRecord {
  readonly name: string;
  readonly uid: string;
  /** Before the run touched it. */
  readonly wasCordoned: boolean;
  /** Steps known to be done, in the order they were begun. */
  readonly doneSteps: readonly JournalStep[];
  /** Steps that were begun, and may have happened or not. */
  readonly openSteps: readonly JournalStep[];
  /** What its part of the run came to; undefined while that is not known. */
  readonly end: { readonly outcome: string; readonly exitCode: number } | undefined;
}

/**
 * Puts the lines together. Pure.
 *
 * @param alive whether a process works on the run
 */
export function recordOf(header: RunHeader, lines: readonly JournalLine[], alive: boolean): RunRecord {
  const last = lines.at(-1);
  const finished = last?.type === 'finished' ? last : undefined;
  const session = lines.findLast((line) => line.type === 'resumed');
  return {
    header,
    lines,
    state: alive ? 'running' : finished ? 'finished' : 'broken-off',
    end: finished && { outcome: finished.outcome, exitCode: finished.exitCode, at: finished.at },
    rolledBack: session?.verb === 'rollback' && finished?.exitCode === 0,
    nodes: header.nodes.map((node) => nodeRecord(node, lines)),
  };
}

function nodeRecord(node: HeaderNode, lines: readonly JournalLine[]): NodeRecord {
  const steps: { readonly step: JournalStep; done: boolean }[] = [];
  let end: NodeRecord['end'];
  for (const line of lines) {
    if (!('node' in line) || line.node !== node.name) continue;
    if (line.type === 'intent') steps.push({ step: line.step, done: false });
    else if (line.type === 'done') {
      const open = openStep(steps, line);
      if (open) open.done = true;
    } else if (line.type === 'node') end = { outcome: line.outcome, exitCode: line.exitCode };
  }
  const ofState = (wanted: boolean): JournalStep[] =>
    steps.filter(({ done }) => done === wanted).map(({ step }) => step);
  const hold = steps.map(({ step }) => step).findLast((step) => step.kind === 'hold');
  return {
    name: node.name,
    uid: node.uid,
    wasCordoned: hold?.wasCordoned ?? node.wasCordoned,
    doneSteps: ofState(true),
    openSteps: ofState(false),
    end,
  };
}

/**
 * The step that a `done` line speaks of. Surges and escalations go side by side: without a name they are taken to end in
 * the order they were begun. Of all others there is one at a time, and an earlier one that is open was broken off.
 */
function openStep<T extends { readonly step: JournalStep; readonly done: boolean }>(
  steps: readonly T[],
  { step: kind, of }: Extract<JournalLine, { type: 'done' }>,
): T | undefined {
  const open = steps.filter(({ step, done }) => !done && step.kind === kind);
  if (kind !== 'surge' && kind !== 'escalate') return open.at(-1);
  return open.find(({ step }) => of === undefined || (step.kind === 'surge' && surgeName(step) === of));
}

/** `namespace/name` of the Deployment. */
export function surgeName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** True when the run may have changed the node. */
export function mayHaveChanged({ doneSteps, openSteps }: NodeRecord): boolean {
  return doneSteps.length + openSteps.length > 0;
}

/** Nodes that the run began to change and did not bring to a good end. */
export function unfinishedNodes(record: RunRecord): readonly NodeRecord[] {
  return record.rolledBack ? [] : record.nodes.filter((node) => node.end?.exitCode !== 0);
}

/** True when the run changed something and has nodes that are not done: what `kmaint resume` is for. */
export function isUnfinished(record: RunRecord): boolean {
  return record.nodes.some(mayHaveChanged) && unfinishedNodes(record).length > 0;
}
