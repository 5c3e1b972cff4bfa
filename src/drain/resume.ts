/** `kmaint resume`: goes on with a drain that was broken off, in its journal. */
import { exitCodes, UsageError, type ExitCode } from '../errors.ts';
import type { JournalDeps } from '../journal/deps.ts';
import type { Journal } from '../journal/journal.ts';
import { listRuns, readRun } from '../journal/read.ts';
import type { RunRecord } from '../journal/record.ts';
import { openExisting } from '../journal/store.ts';
import { outcomeOf } from './outcome.ts';
import { clusterProblem, decideResume, onlyOpenRun, stillRunning } from './resume-choice.ts';
import { markedRun, resumeFromNodes } from './resume-node.ts';
import { checkReturned, findNodes, recordsOf, tellReturned, type Found } from './resume-nodes.ts';
import { readOptions } from './resume-options.ts';
import { optionsFor, withJournal, type DrainNodes, type ResumeRequest } from './resume-parts.ts';
import { resumeState } from './resume-state.ts';
import type { World } from './world.ts';

/**
 * Goes on with a run. Everything is compared before the journal is touched: the cluster, the uids of the nodes.
 *
 * @returns the exit code, after `run.finished` was emitted
 * @throws KmaintError when nothing was changed: no such run, another cluster (3), another node of that name or one that
 *   somebody put back into service (6), a run that is still at work (5), a journal that cannot be read or written (2)
 */
export async function resumeRun(
  world: World,
  journals: JournalDeps,
  request: ResumeRequest,
  drain: DrainNodes,
): Promise<ExitCode> {
  const marked = request.run === undefined ? await markedRun(world, journals, request.nodes) : undefined;
  if (marked && !marked.journalled) return resumeFromNodes(world, journals, marked, request, drain);
  const record = await chosenRun(world, journals, marked?.runId ?? request.run, 'resume');
  if (!record)
    return end(world, exitCodes.done, 'no drain of this cluster is unfinished here: nothing is left to do', undefined);
  const answer = await check(world, journals.holder, record, request);
  if (typeof answer === 'number') return answer;
  const options = readOptions(record.header.options, record.header.command);
  // Here already, so that a flag that the run has no place for changes nothing.
  optionsFor(options, [], request);
  tellLeftOut(world, record, request);

  const opened = await openExisting(journals, record.header.runId, 'resume');
  return withJournal(opened.journal, async (journal) => {
    // Another process may have gone on with it until the lock was ours.
    const again = await check(world, journals.holder, opened.record, request);
    if (typeof again === 'number') {
      const { end: former } = opened.record;
      if (former) await journal.finish(former.outcome, former.exitCode);
      return again;
    }
    const found = await withoutMissing(world, journal, again);
    if (found.length === 0) {
      await journal.finish('done', exitCodes.done);
      const message = 'the nodes that were left are gone from the cluster: nothing is left to do';
      return end(world, exitCodes.done, message, record);
    }
    tellReturned(world, found);
    const there = recordsOf(found);
    const resume = resumeState(record.header.runId, there);
    return drain(world, optionsFor(options, there, request), { verb: 'resume', journal, resume });
  });
}

/** The run that is meant, as its journal has it. */
export async function chosenRun(
  { cluster, report, commandLine }: World,
  journals: JournalDeps,
  typed: string | undefined,
  verb: string,
): Promise<RunRecord | undefined> {
  if (typed !== undefined) {
    const record = await readRun(journals, typed);
    if (record?.state === 'running') throw stillRunning(record);
    if (record) return record;
    throw new UsageError([`run ${typed} ended before it changed anything`], {
      code: 'resume.empty',
      hint: 'kmaint runs',
    });
  }
  const { runs, unreadable } = await listRuns(journals);
  for (const { message } of unreadable) report.emit({ type: 'warning', message: `not looked at: ${message}` });
  return onlyOpenRun(runs, cluster.identity.server, verb, commandLine);
}

/** The nodes to go on with, by name with their node of now; or the exit code when that is all. */
async function check(
  world: World,
  holder: string,
  record: RunRecord,
  { nodes, assumeYes }: Pick<ResumeRequest, 'nodes' | 'assumeYes'>,
): Promise<ExitCode | readonly Found[]> {
  const { cluster, report, commandLine } = world;
  const { header } = record;
  const strangers = nodes.filter((name) => !header.nodes.some((node) => node.name === name));
  if (strangers.length > 0) {
    throw new UsageError([`run ${header.runId}, as its journal here has it, has no node ${strangers.join(', ')}`], {
      code: 'resume.not-of-run',
      hint: `kmaint runs show ${header.runId}; a drain of its own: ${commandLine.command(['drain', ...strangers])}`,
    });
  }
  const decision = decideResume(record, nodes);
  if (decision.kind === 'over') {
    return end(world, decision.exitCode, decision.message, record, decision.again ? [header.command] : []);
  }
  const problem = clusterProblem(header.identity, cluster.identity);
  if (problem) throw problem;
  if (header.identity.context !== cluster.identity.context) {
    const message = `the run knew this cluster as context ${header.identity.context ?? '(none)'}; its nodes tell whether it is the same`;
    report.emit({ type: 'warning', message });
  }
  const found = await findNodes(world, header.runId, holder, decision.nodes);
  checkReturned(world, { runId: header.runId, named: true, assumeYes }, found);
  return found;
}

/** A node that was deleted meanwhile needs no drain. */
async function withoutMissing({ report }: World, journal: Journal, found: readonly Found[]): Promise<readonly Found[]> {
  for (const { record, node } of found) {
    if (node) continue;
    report.emit({ type: 'warning', message: `${record.name} is gone from the cluster: nothing is left to do there` });
    await journal.write({ type: 'node', node: record.name, outcome: 'gone', exitCode: exitCodes.done });
  }
  return found.filter(({ node }) => node);
}

function tellLeftOut({ report }: World, { header }: RunRecord, { notifyUrl }: ResumeRequest): void {
  if (!header.leftOut.includes('ownership.notifyUrl') || notifyUrl !== undefined) return;
  const message = 'the run had a --notify-url, which journals do not keep: give it again to have it told';
  report.emit({ type: 'warning', message });
}

/** An end without a drain; `record` is the run that it is about. */
function end(
  { report, cluster }: World,
  exitCode: ExitCode,
  message: string,
  record: RunRecord | undefined,
  resume: readonly string[] = [],
): ExitCode {
  const { identity } = cluster;
  const runId = record?.header.runId;
  report.emit({ type: 'run.started', verb: 'resume', identity, dryRun: 'none', runId });
  if (exitCode === exitCodes.done) report.emit({ type: 'warning', message });
  report.emit({
    type: 'run.finished',
    verb: 'resume',
    outcome: outcomeOf(exitCode),
    exitCode,
    message: exitCode === exitCodes.done ? undefined : message,
    undo: [],
    resume,
  });
  return exitCode;
}
