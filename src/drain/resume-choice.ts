/** Decides which run a resume or a rollback means, and whether there is anything left of it to do. */
import type { Identity } from '../cluster/cluster.ts';
import { exitCodes, KmaintError, UsageError, type ExitCode } from '../errors.ts';
import { isUnfinished, mayHaveChanged, unfinishedNodes, type NodeRecord, type RunRecord } from '../journal/record.ts';
import type { CommandLine } from './world.ts';

export type ResumeDecision =
  | { readonly kind: 'go'; readonly nodes: readonly NodeRecord[] }
  /** There is nothing to go on with; the code is that of `kmaint resume`. */
  | { readonly kind: 'over'; readonly exitCode: ExitCode; readonly message: string; readonly again: boolean };

/**
 * What is left of a run. Pure.
 *
 * @param only names of nodes of the run; empty: all
 */
export function decideResume(record: RunRecord, only: readonly string[] = []): ResumeDecision {
  const { header, end, rolledBack, nodes } = record;
  const { runId, verb } = header;
  const over = (exitCode: ExitCode, message: string, again: boolean): ResumeDecision => ({
    kind: 'over',
    exitCode,
    message,
    again,
  });
  if (!isDrain(record))
    return over(exitCodes.usage, `run ${runId} is a ${verb}, and only a drain can be resumed`, true);
  if (rolledBack) return over(exitCodes.refused, `run ${runId} was rolled back: there is nothing to go on with`, true);
  const left = unfinishedNodes(record).filter(({ name }) => only.length === 0 || only.includes(name));
  const where = only.length === 0 ? '' : ` on ${only.join(', ')}`;
  if (left.length === 0) return over(exitCodes.done, `run ${runId} is done${where}: nothing is left to do`, false);
  if (end && !nodes.some(mayHaveChanged)) {
    const message = `run ${runId} ended (${end.outcome}, exit code ${end.exitCode}) before it changed anything`;
    return over(exitCodes.refused, message, true);
  }
  return { kind: 'go', nodes: left };
}

/**
 * The run that is meant when nobody names one: the only unfinished drain of this cluster. A node that a later run has
 * taken in hand is no longer the business of the earlier one.
 *
 * @param runs the newest first
 * @param verb what was asked for, for the hint
 * @returns undefined when there is none
 * @throws UsageError when there are several: which one is never guessed
 * @throws KmaintError `journal.locked` (exit 5) when the only one is being worked on
 */
export function onlyOpenRun(
  runs: readonly RunRecord[],
  server: string,
  verb: string,
  commandLine: Pick<CommandLine, 'command'>,
): RunRecord | undefined {
  const here = runs.filter(({ header }) => header.identity.server === server && isDrain({ header }));
  const later = new Set<string>();
  const open: RunRecord[] = [];
  for (const run of here) {
    const left = isUnfinished(run) ? unfinishedNodes(run) : [];
    if (run.state !== 'running' && left.some(({ name }) => !later.has(name))) open.push(run);
    for (const { name } of run.nodes.filter(mayHaveChanged)) later.add(name);
  }
  const [only] = open;
  if (open.length > 1) {
    const lines = open.map(
      ({ header, nodes }) => `  ${header.runId}  ${nodes.map(({ name }) => name).join(', ')}  ${header.command}`,
    );
    throw new UsageError([`several runs are unfinished here; say which:\n${lines.join('\n')}`], {
      code: 'resume.ambiguous',
      hint: commandLine.command([verb, only?.header.runId ?? 'ID']),
    });
  }
  const running = here.find(({ state }) => state === 'running');
  if (!only && running) throw stillRunning(running);
  return only;
}

export function stillRunning({ header }: RunRecord): KmaintError {
  return new KmaintError(`run ${header.runId} of ${header.holder} is still at work`, {
    code: 'journal.locked',
    exitCode: exitCodes.held,
    hint: `wait for it, or end it first (its process was ${header.pid} when it began)`,
  });
}

/**
 * Why a run is not to be gone on with here: its cluster is another one. The names of contexts may change, and several
 * clusters may have the same address by tunnels; the uids of the nodes are compared beside this.
 */
export function clusterProblem(then: RunRecord['header']['identity'], now: Identity): KmaintError | undefined {
  if (then.server === now.server) return undefined;
  const context = (name: string | undefined): string => (name === undefined ? '' : ` (context ${name})`);
  return new KmaintError(
    `the run was made on ${then.server}${context(then.context)}, and this is ${now.server}${context(now.context)}`,
    {
      code: 'resume.cluster',
      exitCode: exitCodes.refused,
      hint: `nothing was changed; name that cluster${then.context === undefined ? '' : `: --context=${then.context}`}`,
    },
  );
}

/** True for the runs that drain, by whatever name. */
export function isDrain({ header }: Pick<RunRecord, 'header'>): boolean {
  return header.verb === 'drain' || header.verb === 'apply';
}
