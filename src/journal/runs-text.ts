/** What `kmaint runs` shows: a table of runs, and one run line by line. */
import { counted } from '../report/counting.ts';
import { identityText } from '../report/identity-text.ts';
import { tableLines } from '../report/table.ts';
import type { JournalStep } from './journal.ts';
import type { JournalLine } from './lines.ts';
import { isUnfinished, type RunRecord } from './record.ts';
import type { UnreadableRun } from './read.ts';

/** One word, or two: how a run ended, or that it did not. */
export function outcomeText(record: RunRecord): string {
  if (record.state !== 'finished') return record.state;
  // The last to go on with it did so for some of its nodes only.
  if (record.end?.exitCode === 0 && isUnfinished(record)) return 'incomplete';
  return record.rolledBack ? 'rolled back' : (record.end?.outcome ?? 'finished');
}

/** The newest first. */
export function runsTable(runs: readonly RunRecord[]): readonly string[] {
  const rows = runs.map((record) => {
    const { runId, startedAt, verb, identity, nodes } = record.header;
    return [
      runId,
      startedAt.replace(/\.\d+Z$/, 'Z'),
      verb,
      identity.context ?? identity.server,
      nodesText(nodes.map(({ name }) => name)),
      outcomeText(record),
    ];
  });
  return tableLines(['ID', 'STARTED', 'VERB', 'CLUSTER', 'NODES', 'OUTCOME'], rows);
}

function nodesText(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(',');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

/** One run in full. */
export function runLines(record: RunRecord): readonly string[] {
  const { header, lines, nodes } = record;
  return [
    `Run ${header.runId}: ${header.verb}, ${outcomeText(record)}`,
    identityText({ ...header.identity, context: header.identity.context }),
    `by ${header.holder} (process ${header.pid}, kmaint v${header.kmaint}): ${header.command}`,
    '',
    `${header.startedAt}  began, ${counted(header.nodes.length, 'node')}: ${header.nodes.map(nodeText).join(', ')}`,
    ...lines.map((line) => `${line.at}  ${lineText(line)}`),
    '',
    ...nodes.map(({ name, end, openSteps }) => {
      const maybe = openSteps.map(({ kind }) => kind).join(', ');
      return `${name}: ${end?.outcome ?? 'not finished'}${maybe === '' ? '' : `; may have happened: ${maybe}`}`;
    }),
    ...(record.state !== 'running' && isUnfinished(record)
      ? ['', `go on: kmaint resume ${header.runId}`, `go back: kmaint rollback ${header.runId}`]
      : []),
  ];
}

function nodeText({ name, wasCordoned }: { readonly name: string; readonly wasCordoned: boolean }): string {
  return wasCordoned ? `${name} (cordoned before)` : name;
}

function lineText(line: JournalLine): string {
  switch (line.type) {
    case 'intent':
      return `${line.node}  begins: ${stepText(line.step)}`;
    case 'done':
      return `${line.node}  done: ${line.step}${line.of === undefined ? '' : ` of ${line.of}`}`;
    case 'pod':
      return `${line.node}  pod ${line.pod} ${line.state}`;
    case 'node':
      return `${line.node}  ${line.outcome} (exit code ${line.exitCode})`;
    case 'resumed':
      return `${line.verb} by ${line.holder} (process ${line.pid})`;
    case 'finished':
      return `ended: ${line.outcome} (exit code ${line.exitCode})`;
  }
}

function stepText(step: JournalStep): string {
  switch (step.kind) {
    case 'hold':
      return step.wasCordoned ? 'hold (cordoned before)' : 'hold';
    case 'mark':
      return `mark ${[...Object.keys(step.labels), ...Object.keys(step.annotations)].join(', ')}`;
    case 'surge':
      return `surge of Deployment ${step.namespace}/${step.name}`;
    case 'fence':
      return `fence by ${step.by}`;
    case 'exec':
      return `exec (boot ${step.bootID})`;
    case 'escalate':
      return `escalate ${step.pod} to ${step.rung}`;
    case 'cordon':
    case 'uncordon':
    case 'release':
    case 'out-of-service':
    case 'drain':
      return step.kind;
  }
}

/** For `-o json`: what is in the files, put together. */
export function runJson(record: RunRecord, lines: boolean): object {
  const { header, state, end, rolledBack, nodes } = record;
  return {
    ...header,
    state,
    outcome: outcomeText(record),
    end,
    rolledBack,
    nodes,
    ...(lines ? { lines: record.lines } : {}),
  };
}

export function unreadableLines(unreadable: readonly UnreadableRun[]): readonly string[] {
  return unreadable.map(({ message }) => `warning: ${message}`);
}
