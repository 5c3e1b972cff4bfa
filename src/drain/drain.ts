/** `kmaint drain`: plan, consent, cordon, remove, verify. */
import pLimit from 'p-limit';
import { anySignal, withDeadline } from '../clock.ts';
import type { Node } from '../cluster/node.ts';
import { exitCodes, isAbort, KmaintError, type ExitCode } from '../errors.ts';
import { counted } from '../report/counting.ts';
import type { DryRun } from '../report/events.ts';
import { noJournal } from '../journal/journal.ts';
import { followBudgets } from './budget-watch.ts';
import { setUnschedulable } from './cordon.ts';
import { rehearse } from './dry-run.ts';
import { escalationPace } from './escalation.ts';
import { drainNode, type NodeDrainContext, type NodeResult } from './node-drain.ts';
import type { DrainOptions } from './options.ts';
import { combineExitCodes, exitCodeOf, outcomeOf } from './outcome.ts';
import { isBlocked, planDrain, podsToGo, type DrainPlan, type NodePlan } from './plan.ts';
import { snapshotReader } from './snapshot.ts';
import { resolveNodes } from './targets.ts';
import { Turns } from './turns.ts';
import type { World } from './world.ts';

/** One node on its way through the run. */
interface NodeRun {
  readonly node: Node;
  readonly plan: NodePlan;
  readonly startMs: number;
  cordonedByUs: boolean;
  result: NodeResult | undefined;
}

/**
 * Drains nodes one after the other. Everything is read and decided before anything is changed: a node whose plan has
 * blockers is left as it was. Then all other nodes are cordoned, in order, and drained.
 *
 * @returns the exit code, after `run.finished` was emitted
 * @throws KmaintError when nothing was changed: unknown nodes, an unreachable server, an interrupt while planning
 */
export async function drainNodes(world: World, options: DrainOptions): Promise<ExitCode> {
  const { report, cluster, clock } = world;
  const total = withDeadline(clock, options.totalTimeoutMs, world.signal, () => totalTimeout(options));
  const { signal } = total;
  try {
    report.emit({ type: 'run.started', verb: 'drain', identity: cluster.identity, dryRun: options.dryRun });
    const reader = snapshotReader(world, options.policy, options.chunkSize);
    const nodes = await resolveNodes({ cluster, signal }, options.targets, options.chunkSize);
    const snapshots = await reader.readAll(nodes, signal);
    const plan = planDrain(cluster.identity, snapshots, options.policy, clock.now());
    const asks =
      world.prompt.available && !options.assumeYes && options.dryRun === 'none' && !plan.nodes.every(isBlocked);
    report.emit({ type: 'drain.planned', plan, asks });

    const startMs = clock.monotonic();
    const runs = snapshots.map(({ node }, index): NodeRun => {
      // One plan a snapshot, in the same order.
      const nodePlan = plan.nodes[index] as NodePlan;
      return { node, plan: nodePlan, startMs, cordonedByUs: false, result: refusal(nodePlan) };
    });
    for (const run of runs.filter(({ result }) => result)) finishNode(world, run, options.dryRun);

    const turns = new Turns(clock);
    const context: NodeDrainContext = {
      world,
      options,
      reader,
      inFlight: pLimit(options.maxInFlight),
      turns,
      journal: noJournal,
      pace: escalationPace(clock),
      provenDead: new Set(),
      signal,
      writes: { done: false },
    };
    const open = runs.filter(({ result }) => !result);
    if (open.length > 0) {
      if (asks && !(await consent(world, open, plan, signal))) return finishRun(world, options, runs, 'declined');
      await cordonAll(context, open);
      await withBudgets(context, turns, () => drainAll(context, open));
    }
    return finishRun(world, options, runs);
  } finally {
    total.cancel();
  }
}

/** Follows the budgets as long as pods are being removed. */
async function withBudgets({ world, options, signal }: NodeDrainContext, turns: Turns, work: () => Promise<void>) {
  const over = new AbortController();
  const { cluster, clock, report } = world;
  const warn = (message: string): void => report.emit({ type: 'warning', message });
  if (options.dryRun === 'none' && !options.policy.disableEviction) {
    await followBudgets({ cluster, clock, turns, warn }, anySignal(signal, over.signal)).synced;
  }
  try {
    await work();
  } finally {
    over.abort(new Error('the run is over'));
  }
}

function refusal(plan: NodePlan): NodeResult | undefined {
  if (!isBlocked(plan)) return undefined;
  const blocked = plan.pods.filter(({ action }) => action === 'blocked').length;
  const message = `${counted(blocked, 'pod')} ${blocked === 1 ? 'is' : 'are'} in the way; the node was left as it was`;
  return { exitCode: exitCodes.refused, gone: 0, left: [], message };
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

/** All nodes first, in order, so that the pods of one do not move to the next; a failed cordon ends that node's drain. */
async function cordonAll(context: NodeDrainContext, runs: readonly NodeRun[]): Promise<void> {
  const { world, options, signal, writes } = context;
  for (const run of runs) {
    try {
      signal.throwIfAborted();
      run.cordonedByUs = await setUnschedulable({ ...world, signal }, run.node, true, options.dryRun);
      if (run.cordonedByUs && options.dryRun === 'none') writes.done = true;
    } catch (error) {
      run.result = failureOf(error, context, 'could not cordon the node, so none of its pods was touched: ');
      finishNode(world, run, options.dryRun);
    }
  }
}

async function drainAll(context: NodeDrainContext, runs: readonly NodeRun[]): Promise<void> {
  const { world, options, signal } = context;
  for (const run of runs.filter(({ result }) => !result)) {
    try {
      signal.throwIfAborted();
      run.result =
        options.dryRun === 'none'
          ? await drainNode(context, { ...run.node, unschedulable: true })
          : await rehearse(context, run.plan, options.dryRun);
    } catch (error) {
      run.result = failureOf(error, context, '');
    }
    finishNode(world, run, options.dryRun);
  }
}

function failureOf(error: unknown, { signal, writes }: NodeDrainContext, prefix: string): NodeResult {
  const aborted = isAbort(error, signal);
  const reason: unknown = aborted ? signal.reason : error;
  if (!(reason instanceof KmaintError)) throw error;
  return {
    exitCode: exitCodeOf(reason, writes.done),
    gone: 0,
    left: [],
    message: aborted ? reason.message : `${prefix}${reason.message}`,
    hint: reason.hint,
  };
}

function finishNode({ report, clock }: World, run: NodeRun, dryRun: DryRun): void {
  if (!run.result) return;
  const { exitCode, gone, left, message, hint } = run.result;
  report.emit({
    type: 'node.finished',
    node: run.node.name,
    outcome: outcomeOf(exitCode),
    exitCode,
    gone,
    left,
    message,
    hint,
    cordonedByUs: run.cordonedByUs && dryRun === 'none',
    durationMs: clock.monotonic() - run.startMs,
    dryRun,
  });
}

function finishRun(
  { report, commandLine }: World,
  { dryRun }: DrainOptions,
  runs: readonly NodeRun[],
  ended?: 'declined',
): ExitCode {
  const exitCode = ended ? exitCodes.refused : combineExitCodes(runs.map(({ result }) => result?.exitCode ?? 0));
  const unfinished = runs.filter(({ result }) => result?.exitCode !== exitCodes.done).map(({ node }) => node.name);
  const cordoned = runs.filter(({ cordonedByUs }) => cordonedByUs).map(({ node }) => node.name);
  const failed = exitCode !== exitCodes.done;
  report.emit({
    type: 'run.finished',
    verb: 'drain',
    outcome: ended ?? outcomeOf(exitCode),
    exitCode,
    message: ended ? 'not confirmed' : failed && runs.length > 1 ? `not drained: ${unfinished.join(', ')}` : undefined,
    undo: failed && dryRun === 'none' && cordoned.length > 0 ? [commandLine.command(['uncordon', ...cordoned])] : [],
    resume: failed ? [commandLine.again(exitCode === exitCodes.refused ? liftingFlags(runs) : [])] : [],
  });
  return exitCode;
}

/** What would let a refused drain go on, when flags alone can. */
function liftingFlags(runs: readonly NodeRun[]): readonly string[] {
  const flags = runs.flatMap(({ plan }) => plan.pods.flatMap(({ blockers }) => blockers.map(({ flag }) => flag)));
  return flags.every((flag) => flag !== undefined) ? [...new Set(flags)] : [];
}

function totalTimeout({ totalTimeoutMs }: DrainOptions): KmaintError {
  return new KmaintError(`the run was not done within --total-timeout ${(totalTimeoutMs ?? 0) / 1000}s`, {
    code: 'timeout',
    exitCode: exitCodes.timeout,
  });
}
