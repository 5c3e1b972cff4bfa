/** `kmaint drain`: plan, consent, take and cordon, remove, verify, give back. */
import { withDeadline } from '../clock.ts';
import type { Node } from '../cluster/node.ts';
import { exitCodes, isAbort, KmaintError, UsageError, type ExitCode } from '../errors.ts';
import { thenClose } from '../journal/closing.ts';
import { noJournal, type Journal, type OpenJournal } from '../journal/journal.ts';
import { counted } from '../report/counting.ts';
import { carryOut } from './carry-out.ts';
import { driftError, driftOf } from './drift.ts';
import { withCordonOwners } from './drift-cordon.ts';
import { factsWanted } from './facts.ts';
import { firstLook, type FirstLook } from './first-look.ts';
import { refusalOf, tellEnd, type NodeRun } from './node-run.ts';
import type { DrainOptions } from './options.ts';
import { exitCodeOf, outcomeOf } from './outcome.ts';
import { createNotifier, withFinalNotice } from './ownership/notify.ts';
import { planDrain, podsToGo, type DrainPlan, type NodeSnapshot } from './plan.ts';
import { heldByLeases, lookAround, type Findings } from './preconditions.ts';
import { withQuorum } from './quorum-plan.ts';
import { rehearseAll } from './dry-run.ts';
import { storedCommand, storedOptions } from './resume-options.ts';
import type { ResumeState } from './resume-state.ts';
import { runEnd } from './run-end.ts';
import type { SnapshotReader } from './snapshot.ts';
import type { Turns } from './turns.ts';
import type { World } from './world.ts';

/** How a drain came to be run, when not by its own name. */
export interface DrainMode {
  readonly verb?: 'drain' | 'apply' | 'resume';
  /** The saved plan that was agreed to: what differs from it ends the run before any write. */
  readonly expected?: DrainPlan;
  /** The run that is gone on with, and its journal, which whoever opened it also closes. */
  readonly resume?: ResumeState;
  readonly journal?: Journal;
}

/** What was read and decided, nothing changed yet. */
interface Prepared {
  readonly plan: DrainPlan;
  readonly asks: boolean;
  readonly runs: readonly NodeRun[];
  readonly reader: SnapshotReader;
  readonly snapshots: readonly NodeSnapshot[];
  readonly findings: Findings;
  readonly turns: Turns;
}

/**
 * Drains nodes. Everything is read and decided before anything is changed: a node whose plan has blockers, or that
 * somebody else works on, is left as it was. Then all other nodes are taken and cordoned, in order, and drained, some at
 * a time; a rolling run takes them one window after the other and brings them back.
 *
 * @returns the exit code, after `run.finished` was emitted
 * @throws KmaintError when nothing was changed: unknown nodes, an unreachable server, drift, an interrupt while planning
 */
export async function drainNodes(world: World, options: DrainOptions, mode: DrainMode = {}): Promise<ExitCode> {
  const { report, cluster, clock } = world;
  const { verb = 'drain' } = mode;
  const total = withDeadline(clock, options.totalTimeoutMs, world.signal, () => totalTimeout(options));
  const { signal } = total;
  const runId = options.dryRun === 'none' ? (mode.resume?.runId ?? world.journals.newRunId()) : undefined;
  const over = new AbortController();
  try {
    report.emit({ type: 'run.started', verb, identity: cluster.identity, dryRun: options.dryRun, runId });
    const looked = await firstLook(world, options, signal, over.signal);
    signal.throwIfAborted();
    const prepared = await prepare(world, options, mode, looked, signal);
    const { runs, plan, asks } = prepared;
    const open = runs.filter(({ result }) => !result);
    const finish = (ended?: 'declined'): ExitCode => {
      const end = runEnd(world, options, verb, runs, { runId: undefined, ended });
      report.emit(end);
      return end.exitCode;
    };
    if (open.length === 0) return finish();
    if (options.dryRun !== 'none') {
      await rehearseAll({ world, options, signal }, open);
      return finish();
    }
    if (asks && !(await consent(world, open, plan, signal))) return finish('declined');
    return await recorded({ world, options, mode, signal, prepared, open, runId: runId ?? '' });
  } finally {
    over.abort(new Error('the run is over'));
    total.cancel();
  }
}

async function prepare(
  world: World,
  options: DrainOptions,
  mode: DrainMode,
  { nodes, turns, reader, kuredLocks, leases }: FirstLook,
  signal: AbortSignal,
): Promise<Prepared> {
  const { report, cluster, clock, prompt } = world;
  const strangers = options.unreachable.poweredOff.filter((off) => !nodes.some(({ name }) => name === off));
  if (strangers.length > 0) {
    throw new UsageError([`--powered-off names no node of this drain: ${strangers.join(', ')}`], {
      code: 'usage.powered-off',
    });
  }
  const wanted = factsWanted(options, prompt.available);
  const { snapshots, facts } = await reader.readAll(nodes, signal, { facts: wanted, budgets: turns.budgets });
  const planned = planDrain(cluster, snapshots, options.policy, clock.now(), facts, options.escalation);
  const plan = await withQuorum(world, planned, snapshots, options, signal);
  const drifts = mode.expected ? driftOf(mode.expected, withCordonOwners(plan, nodes, clock.now())) : [];
  if (drifts.length > 0) throw driftError(drifts);
  const runId = mode.resume?.runId;
  const findings = lookAround(world, options, snapshots, { kuredLocks, leases, runId });
  const onlyLooks = options.dryRun !== 'none';
  const held = onlyLooks ? await heldByLeases(world, options.ownership, nodes, { leases, runId }, signal) : undefined;

  const startMs = clock.monotonic();
  const runs = snapshots.map(({ node }, index): NodeRun => {
    // One plan a snapshot, in the same order.
    const nodePlan = plan.nodes[index] as NodeRun['plan'];
    const result = refusalOf(nodePlan) ?? findings.refusals.get(node.name) ?? held?.get(node.name);
    return { node, plan: nodePlan, startMs, cordonedByUs: false, hold: undefined, result, told: false };
  });
  const asks =
    prompt.available && !options.assumeYes && options.dryRun === 'none' && !runs.every(({ result }) => result);
  report.emit({ type: 'drain.planned', plan, asks });
  for (const run of runs) tellEnd(world, run, options.dryRun);
  return { plan, asks, runs, reader, snapshots, findings, turns };
}

/** On a terminal the plan that was just shown needs a yes; elsewhere the flags are the consent, as in kubectl. */
function consent(
  { prompt }: World,
  open: readonly NodeRun[],
  { identity }: DrainPlan,
  signal: AbortSignal,
): Promise<boolean> {
  const pods = open.reduce((sum, { plan }) => sum + podsToGo(plan).length, 0);
  const names = open.map(({ node }) => node.name).join(', ');
  const where = identity.context === undefined ? identity.server : `context ${identity.context}`;
  const question = `Drain ${names} (${where}): cordon and remove ${counted(pods, 'pod')}?`;
  return prompt.confirm(question, { signal });
}

interface Recording {
  readonly world: World;
  readonly options: DrainOptions;
  readonly mode: DrainMode;
  readonly signal: AbortSignal;
  readonly prepared: Prepared;
  readonly open: readonly NodeRun[];
  readonly runId: string;
}

/** Opens the journal, tells others, does the work, and tells and writes down how it ended, whatever that is. */
async function recorded({ world, options, mode, signal, prepared, open, runId }: Recording): Promise<ExitCode> {
  const { cluster, programs, post, clock, report, holder } = world;
  const { verb = 'drain' } = mode;
  const own = mode.journal ? undefined : await beginJournal(world, options, open, runId);
  const journal = mode.journal ?? own ?? noJournal;
  const notifier = createNotifier(
    { run: programs.run, post, clock, env: programs.env, cwd: programs.cwd, report },
    { ownership: options.ownership, runId: journal.runId, verb, identity: cluster.identity, holder },
  );
  const { runs, reader, snapshots, findings, turns } = prepared;
  try {
    return await withFinalNotice(notifier, signal, async () => {
      await notifier.started(names(open), signal);
      const untouched = await carryOut(
        { world, options, mode, signal, journal, reader, snapshots, findings, turns },
        open,
      );
      const finished = runEnd(world, options, verb, runs, {
        runId: journal.runId,
        untouched: names(untouched),
        journalled: mode.journal ? undefined : names(open),
      });
      // Before the last event, for what goes wrong with them is told as well.
      const { outcome, exitCode, message } = finished;
      await notifier.finished({ outcome, exitCode, message });
      await closeJournal(own, finished).catch((error: unknown) => {
        if (!(error instanceof KmaintError)) throw error;
        report.emit({ type: 'warning', message: error.message });
      });
      report.emit(finished);
      return finished.exitCode;
    });
  } catch (error) {
    const reason: unknown = isAbort(error, signal) ? signal.reason : error;
    const exitCode = reason instanceof KmaintError ? exitCodeOf(reason, true) : undefined;
    // The error that ended the run is the one to be told.
    await closeJournal(own, exitCode === undefined ? undefined : { outcome: outcomeOf(exitCode), exitCode }).catch(
      () => {},
    );
    throw error;
  }
}

/** Without an end it was broken off by a bug of ours; it can be resumed all the same. */
async function closeJournal(
  journal: OpenJournal | undefined,
  end: { readonly outcome: string; readonly exitCode: ExitCode } | undefined,
): Promise<void> {
  if (!journal) return;
  await thenClose(journal, async () => {
    if (end) await journal.finish(end.outcome, end.exitCode);
  });
}

function beginJournal(
  { cluster, journals, commandLine }: World,
  options: DrainOptions,
  open: readonly NodeRun[],
  runId: string,
): Promise<OpenJournal> {
  const stored = storedOptions(options);
  return journals.begin({
    runId,
    verb: 'drain',
    identity: cluster.identity,
    command: storedCommand(commandLine.again(), options),
    options: stored.options,
    leftOut: stored.leftOut,
    nodes: open.map(({ node }) => ({ name: node.name, uid: node.uid, wasCordoned: node.unschedulable })),
  });
}

function names(runs: readonly { readonly node: Node }[]): readonly string[] {
  return runs.map(({ node }) => node.name);
}

function totalTimeout({ totalTimeoutMs }: DrainOptions): KmaintError {
  return new KmaintError(`the run was not done within --total-timeout ${(totalTimeoutMs ?? 0) / 1000}s`, {
    code: 'timeout',
    exitCode: exitCodes.timeout,
  });
}
