/** `kmaint resume`: goes on with a drain that was broken off, in its journal. */
import type { Node } from '../cluster/node.ts';
import { exitCodes, KmaintError, UsageError, type ExitCode } from '../errors.ts';
import type { JournalDeps } from '../journal/deps.ts';
import type { Journal } from '../journal/journal.ts';
import { listRuns, readRun } from '../journal/read.ts';
import type { NodeRecord, RunRecord } from '../journal/record.ts';
import { openExisting } from '../journal/store.ts';
import { outcomeOf } from './outcome.ts';
import { isLive } from './ownership/judge.ts';
import { cordonOf, holdOf } from './ownership/records.ts';
import { clusterProblem, decideResume, onlyOpenRun, stillRunning } from './resume-choice.ts';
import { resumeFromNode } from './resume-node.ts';
import { readOptions } from './resume-options.ts';
import { optionsFor, withJournal, type DrainNodes, type ResumeRequest } from './resume-parts.ts';
import { resumeState } from './resume-state.ts';
import type { World } from './world.ts';

/**
 * Goes on with a run. Everything is compared before the journal is touched: the cluster, the uids of the nodes.
 *
 * @returns the exit code, after `run.finished` was emitted
 * @throws KmaintError when nothing was changed: no such run, another cluster (3), another node of that name (6), a run
 *   that is still at work (5), a journal that cannot be read or written (2)
 */
export async function resumeRun(
  world: World,
  journals: JournalDeps,
  request: ResumeRequest,
  drain: DrainNodes,
): Promise<ExitCode> {
  if (request.node !== undefined) return resumeFromNode(world, journals, request.node, request, drain);
  const record = await chosenRun(world, journals, request.run, 'resume');
  if (!record)
    return end(world, exitCodes.done, 'no drain of this cluster is unfinished here: nothing is left to do', []);
  const answer = await check(world, journals.holder, record);
  if (typeof answer === 'number') return answer;
  const options = readOptions(record.header.options, record.header.command);
  tellLeftOut(world, record, request);

  const opened = await openExisting(journals, record.header.runId, 'resume');
  return withJournal(opened.journal, async (journal) => {
    // Another process may have gone on with it until the lock was ours.
    const again = await check(world, journals.holder, opened.record);
    if (typeof again === 'number') {
      const { end: former } = opened.record;
      if (former) await journal.finish(former.outcome, former.exitCode);
      return again;
    }
    const there = await withoutMissing(world, journal, again);
    if (there.length === 0) {
      await journal.finish('done', exitCodes.done);
      return end(
        world,
        exitCodes.done,
        'the nodes that were left are gone from the cluster: nothing is left to do',
        [],
      );
    }
    const runId = record.header.runId;
    const resume = resumeState(runId, there);
    return drain(world, optionsFor(options, there, request), { verb: 'resume', journal, resume });
  });
}

/** The run that is meant, as its journal has it. */
export async function chosenRun(
  { cluster, report }: World,
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
  return onlyOpenRun(runs, cluster.identity.server, verb);
}

/** The nodes to go on with, by name with their node of now; or the exit code when that is all. */
async function check(world: World, holder: string, record: RunRecord): Promise<ExitCode | readonly Found[]> {
  const { cluster, report } = world;
  const { header } = record;
  const decision = decideResume(record);
  if (decision.kind === 'over') {
    return end(world, decision.exitCode, decision.message, decision.again ? [header.command] : []);
  }
  const problem = clusterProblem(header.identity, cluster.identity);
  if (problem) throw problem;
  if (header.identity.context !== cluster.identity.context) {
    const message = `the run knew this cluster as context ${header.identity.context ?? '(none)'}; its nodes tell whether it is the same`;
    report.emit({ type: 'warning', message });
  }
  return sameNodes(world, record.header.runId, holder, decision.nodes);
}

interface Found {
  readonly record: NodeRecord;
  readonly node: Node | undefined;
}

/** A node that was registered anew has the name of the one that was agreed to, and nothing else of it. */
async function sameNodes(
  { cluster, clock, signal }: World,
  runId: string,
  holder: string,
  nodes: readonly NodeRecord[],
): Promise<readonly Found[]> {
  const found = await Promise.all(
    nodes.map(async (record) => ({ record, node: await cluster.getNode(record.name, { signal }) })),
  );
  for (const { node } of found) {
    const hold = node && holdOf(node);
    if (typeof hold !== 'object' || hold.run !== runId || hold.holder === holder || !isLive(hold, clock.now()))
      continue;
    throw new KmaintError(
      `${hold.holder} goes on with this run on ${node?.name} already (until ${hold.until} at least)`,
      {
        code: 'resume.held',
        exitCode: exitCodes.held,
        hint: 'wait until that time is over, and try again',
      },
    );
  }
  const inUse = found.filter(({ node, record }) => node?.uid === record.uid && uncordonedSince(node, runId));
  if (inUse.length > 0) {
    const names = inUse.map(({ record }) => record.name).join(', ');
    throw new KmaintError(`uncordoned since the run, so somebody may have put it to use: ${names}`, {
      code: 'resume.uncordoned',
      exitCode: exitCodes.drift,
      hint: `nothing was changed; drain it anew if that is what you mean: kmaint drain ${names.replaceAll(',', '')}`,
    });
  }
  const others = found.filter(({ node, record }) => node && node.uid !== record.uid).map(({ record }) => record.name);
  if (others.length === 0) return found;
  const rest = found
    .filter(({ record, node }) => node && !others.includes(record.name))
    .map(({ record }) => record.name);
  throw new KmaintError(`registered anew since the run, and so others by now: ${others.join(', ')}`, {
    code: 'resume.drift',
    exitCode: exitCodes.drift,
    hint: `nothing was changed; drain what you still mean anew: kmaint drain ${(rest.length > 0 ? rest : others).join(' ')}`,
  });
}

/** Our own uncordon takes our records along: one that still stands on a schedulable node was left by somebody else's. */
function uncordonedSince(node: Node, runId: string): boolean {
  if (node.unschedulable) return false;
  return [holdOf(node), cordonOf(node)].some((record) => typeof record === 'object' && record.run === runId);
}

/** A node that was deleted meanwhile needs no drain. */
async function withoutMissing(
  { report }: World,
  journal: Journal,
  found: readonly Found[],
): Promise<readonly NodeRecord[]> {
  for (const { record, node } of found) {
    if (node) continue;
    report.emit({ type: 'warning', message: `${record.name} is gone from the cluster: nothing is left to do there` });
    await journal.write({ type: 'node', node: record.name, outcome: 'gone', exitCode: exitCodes.done });
  }
  return found.filter(({ node }) => node).map(({ record }) => record);
}

function tellLeftOut({ report }: World, { header }: RunRecord, { notifyUrl }: ResumeRequest): void {
  if (!header.leftOut.includes('ownership.notifyUrl') || notifyUrl !== undefined) return;
  const message = 'the run had a --notify-url, which journals do not keep: give it again to have it told';
  report.emit({ type: 'warning', message });
}

/** An end without a drain. */
function end({ report, cluster }: World, exitCode: ExitCode, message: string, resume: readonly string[]): ExitCode {
  report.emit({ type: 'run.started', verb: 'resume', identity: cluster.identity, dryRun: 'none' });
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
