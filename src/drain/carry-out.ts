/** Carries a consented plan out: takes the nodes, drains them, some at a time, and gives them back. */
import pLimit from 'p-limit';
import { anySignal } from '../clock.ts';
import type { Node } from '../cluster/node.ts';
import { exitCodes, isAbort, KmaintError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { createOwners } from './continuity/owners.ts';
import type { DrainMode } from './drain.ts';
import { escalationPace } from './escalation.ts';
import { drainNode, looksAtATime, type NodeDrainContext } from './node-drain.ts';
import type { NodeResult } from './node-result.ts';
import { failureOf, tellEnd, type NodeRun } from './node-run.ts';
import type { DrainOptions } from './options.ts';
import { outcomeOf } from './outcome.ts';
import { heldByOther, takeNode, type Hold } from './ownership/hold.ts';
import { createNodeEvents, type NodeEvents } from './ownership/node-events.ts';
import { lossOf } from './ownership/loss.ts';
import type { HoldContext } from './ownership/swap.ts';
import type { NodeSnapshot } from './plan.ts';
import type { Findings } from './preconditions.ts';
import { quorumLost } from './quorum-plan.ts';
import { rollNodes } from './rolling/loop.ts';
import { isOfControlPlane } from './rolling/quorum.ts';
import { resolveCount, runWindow } from './rolling/window.ts';
import { begunOn, executedOn, fencingOn, openStampsOf, isReturned } from './resume-past.ts';
import type { ResumeNode } from './resume-state.ts';
import type { SnapshotReader } from './snapshot.ts';
import type { Turns } from './turns.ts';
import { setOutOfService } from './unreachable/out-of-service.ts';
import { nodeProfile } from './unreachable/profile.ts';
import { proveOff } from './unreachable/proof.ts';
import type { World } from './world.ts';

export interface CarryOut {
  readonly world: World;
  readonly options: DrainOptions;
  readonly mode: DrainMode;
  readonly signal: AbortSignal;
  readonly journal: Journal;
  readonly reader: SnapshotReader;
  readonly snapshots: readonly NodeSnapshot[];
  readonly findings: Findings;
  readonly turns: Turns;
}

/** What all nodes of the run share. */
interface Shared extends CarryOut {
  readonly drain: NodeDrainContext;
  readonly holds: HoldContext;
  readonly events: NodeEvents;
}

/**
 * Works on these nodes; each has its result when this resolves, and was told about.
 *
 * @returns those that the run did not come to: as they were
 */
export async function carryOut(work: CarryOut, runs: readonly NodeRun[]): Promise<readonly NodeRun[]> {
  const shared = share(work);
  try {
    return work.options.rolling ? await roll(shared, runs) : await drainAll(shared, runs);
  } finally {
    await Promise.all(runs.map((run) => giveBack(shared, run)));
  }
}

function share(work: CarryOut): Shared {
  const { world, options, signal, journal, reader, findings, turns } = work;
  const { cluster, clock, report, commandLine, holder } = world;
  const drain: NodeDrainContext = {
    world,
    options,
    reader,
    snapshots: new Map(work.snapshots.map((snapshot) => [snapshot.node.uid, snapshot])),
    inFlight: pLimit(options.maxInFlight),
    looks: pLimit(looksAtATime),
    turns,
    journal,
    pace: escalationPace(clock),
    provenDead: new Set(),
    ownPods: findings.ownPods,
    owners: createOwners(cluster),
    signal,
    writes: { done: work.mode.resume !== undefined },
  };
  const events = createNodeEvents({
    cluster,
    clock,
    report,
    runId: journal.runId,
    holder,
    options: options.ownership,
  });
  const holds: HoldContext = {
    cluster,
    clock,
    report,
    commandLine,
    signal,
    runId: journal.runId,
    holder,
    options: options.ownership,
    journal,
    leases: findings.leases,
    kuredLocks: findings.kuredLocks,
  };
  return { ...work, drain, holds, events };
}

/** All nodes first, side by side, so that the pods of one do not move to the next; then some at a time. */
async function drainAll(shared: Shared, runs: readonly NodeRun[]): Promise<readonly NodeRun[]> {
  const { options, signal } = shared;
  // Those that cannot be had are known before any is cordoned.
  if (runs.length > 1) await Promise.all(runs.map((run) => askHolder(shared, run)));
  await Promise.all(runs.filter(({ result }) => !result).map((run) => take(shared, run)));
  const taken = runs.filter(({ result }) => !result);
  const window = {
    limit: resolveCount(options.parallel, runs.length),
    exclusive: ({ node }: NodeRun) => isOfControlPlane(node),
    signal,
    stop: () => false,
  };
  const ofEtcd = new Set<string>();
  try {
    await runWindow(taken, window, async (run) => {
      const { node } = run;
      if (isOfControlPlane(node)) {
        run.result = await quorumLost(shared.world, node, ofEtcd, signal);
        if (!run.result) ofEtcd.add(node.name);
      }
      run.result ??= await drainTaken(shared, run);
      await finish(shared, run);
    });
  } catch (error) {
    if (!isAbort(error, signal)) throw error;
  }
  // Taken, but not come to before the end: they say so themselves.
  for (const run of taken.filter(({ result }) => !result)) {
    run.result = failureOf(signal.reason, shared.drain, '');
    await finish(shared, run);
  }
  return [];
}

/** One window of nodes after the other, each brought back before the next is begun. */
async function roll(shared: Shared, runs: readonly NodeRun[]): Promise<readonly NodeRun[]> {
  const { world, options, signal, journal, mode } = shared;
  const { rolling } = options;
  if (!rolling) return [];
  const { cluster, clock, report, programs, commandLine } = world;
  const runOf = new Map(runs.map((run) => [run.node.name, run]));
  const find = ({ name }: Node): NodeRun => runOf.get(name) as NodeRun;
  const past = ({ name }: Node): ResumeNode | undefined => mode.resume?.nodes.get(name);
  const given = { cluster, clock, report, commandLine, signal, journal };
  const context = { ...given, run: programs.run, env: programs.env, cwd: programs.cwd };
  const nodes = runs.map(({ node }) => node);
  const left = await rollNodes(context, nodes, rolling, {
    drain: async (node) => {
      const run = find(node);
      run.startMs = clock.monotonic();
      await take(shared, run);
      run.result ??= await drainTaken(shared, run);
      return run.result;
    },
    uncordon: async (node) => {
      const run = find(node);
      const { hold } = run;
      if (!hold) return;
      const { released, uncordoned } = await hold.release({ uncordon: true });
      if (uncordoned) {
        run.cordonedByUs = false;
        await shared.events.uncordoned(node);
        return;
      }
      const stays = hold.wasCordoned || (released && !(await cluster.getNode(node.name, { signal }))?.unschedulable);
      if (released && stays) return;
      throw new KmaintError('the node was not uncordoned: it could not be given back, or is in other hands by now', {
        code: 'uncordon.failed',
        exitCode: exitCodes.incomplete,
        hint: world.commandLine.command(['uncordon', node.name]),
      });
    },
    executed: (node) => executedOn(past(node)),
    begun: (node) => begunOn(past(node)),
    returned: (node) => isReturned(past(node), rolling.exec !== undefined),
    lossOf: (node) => {
      const { hold } = find(node);
      return hold && lossOf(node, { node: hold.node, runId: journal.runId, cluster: world.cluster, cordoned: true });
    },
    finished: async (node, result, drained) => {
      const run = find(node);
      run.drained = drained?.exitCode === exitCodes.done;
      run.result = { gone: 0, left: [], ...drained, ...result };
      const { exitCode } = run.result;
      // It was not taken again, so that its end is written here.
      if (isReturned(past(node), rolling.exec !== undefined)) {
        await journal.write({ type: 'node', node: node.name, outcome: outcomeOf(exitCode), exitCode });
      }
      await finish(shared, run);
    },
  });
  const untouched = left.map(find);
  for (const run of untouched) {
    const message = 'not begun: the run ended before its turn came; the node was left as it was';
    const ended: unknown = signal.aborted ? signal.reason : undefined;
    const exitCode =
      (ended instanceof KmaintError ? ended.exitCode : undefined) ??
      runs.find(({ result }) => result && result.exitCode !== 0)?.result?.exitCode ??
      exitCodes.incomplete;
    run.result = { exitCode, gone: 0, left: [], message };
    tellEnd(world, run, options.dryRun);
  }
  return untouched;
}

/** Looks, before the first write, whether somebody else has the node. */
async function askHolder({ holds, drain, world, options }: Shared, run: NodeRun): Promise<void> {
  try {
    const held = await heldByOther(holds, run.node);
    if (held) run.result = { exitCode: exitCodes.held, gone: 0, left: [], message: held.message, hint: held.hint };
  } catch (error) {
    run.result = failureOf(error, drain, '');
  }
  tellEnd(world, run, options.dryRun);
}

/** Takes and cordons a node; one that cannot be taken is finished. */
async function take(shared: Shared, run: NodeRun): Promise<void> {
  const { holds, drain, mode, signal, world, options } = shared;
  try {
    signal.throwIfAborted();
    const known = mode.resume?.nodes.get(run.node.name);
    const request = { cordon: true, ...(known && { wasCordoned: known.wasCordoned }) };
    const taken = await takeNode(holds, run.node, request);
    if (taken.kind === 'held') {
      run.result = { exitCode: exitCodes.held, gone: 0, left: [], message: taken.message, hint: taken.hint };
    } else {
      drain.writes.done = true;
      run.hold = taken.hold;
      run.cordonedByUs = !taken.hold.wasCordoned;
    }
  } catch (error) {
    run.result = failureOf(error, drain, 'could not cordon the node, so none of its pods was touched: ');
  }
  if (run.result && !options.rolling) tellEnd(world, run, options.dryRun);
}

/** Drains a node that is ours, as long as it is ours. */
async function drainTaken(shared: Shared, run: NodeRun): Promise<NodeResult> {
  const { drain, journal, events } = shared;
  const { hold } = run;
  if (!hold) throw new Error(`the node ${run.node.name} was not taken`);
  const { node } = hold;
  // Nobody waits for it but the end: it never fails.
  const announced = events.started(node);
  try {
    // Nothing is removed before it is on the disk; the node's pods are listed meanwhile.
    const recorded = journal.write({ type: 'intent', node: node.name, step: { kind: 'drain' } });
    recorded.catch(() => {});
    const signal = anySignal(shared.signal, hold.lost);
    const provenDead = await fence(shared, node, signal, recorded);
    const openStamps = openStampsOf(shared.mode.resume?.nodes.get(node.name));
    const isStillOurs = (): boolean => hold.isStillOurs();
    const result = await drainNode({ ...drain, signal, provenDead, openStamps, isStillOurs, recorded }, node);
    if (result.exitCode !== exitCodes.done) return result;
    // What follows may take the machine down: only as long as it is ours.
    hold.lost.throwIfAborted();
    await journal.write({ type: 'done', node: node.name, step: 'drain' });
    return result;
  } catch (error) {
    return failureOf(error, { ...drain, signal: anySignal(shared.signal, hold.lost) }, '');
  } finally {
    await announced;
  }
}

/** Proves that an unreachable node is off, where that is wanted; what may follow from the proof follows. */
async function fence(
  shared: Shared,
  node: Node,
  signal: AbortSignal,
  recorded: Promise<void>,
): Promise<ReadonlySet<string>> {
  const { world, options, journal, mode } = shared;
  const { cluster, clock, report, programs } = world;
  const { unreachable } = options;
  const before = fencingOn(mode.resume?.nodes.get(node.name));
  if (before !== undefined) {
    const message = `${before} had begun to switch ${node.name} off before the run was broken off: how it ended is not known`;
    report.emit({ type: 'warning', message });
  }
  const typed = unreachable.poweredOff.includes(node.name);
  // A program is started for nodes that are silent only; what was typed is judged, so that a no is said.
  if (!typed && (unreachable.fenceExec === undefined || nodeProfile(node) === 'reachable')) return new Set();
  await recorded;
  const deps = { cluster, clock, report, signal, run: programs.run, env: programs.env, cwd: programs.cwd, journal };
  const proof = await proveOff({ ...deps, runId: journal.runId }, node, unreachable);
  if (!proof.proven) {
    report.emit({ type: 'warning', message: `${node.name} is not proven to be off: ${proof.message}` });
    return new Set();
  }
  report.emit({ type: 'node.step', node: node.name, step: 'fenced', message: `is off: ${proof.by}` });
  if (unreachable.outOfService) {
    const end = await setOutOfService(deps, proof.node);
    if (!end.ok) report.emit({ type: 'warning', message: end.message });
  }
  return new Set([node.name]);
}

/** Gives the node back, writes its end down, and tells it. */
async function finish(shared: Shared, run: NodeRun): Promise<void> {
  const { world, options, journal, events } = shared;
  const { hold } = run;
  if (!run.result) return;
  const released = await giveBack(shared, run);
  if (!released && run.result.exitCode === exitCodes.done) {
    const message = 'drained, but not given back: what the run left on it is in the warning above';
    run.result = { ...run.result, exitCode: exitCodes.incomplete, message };
  }
  const { result } = run;
  if (hold) {
    // What a program said last may hold secrets; the first clause says what happened.
    const [clause = ''] = (result.message ?? outcomeOf(result.exitCode)).split(': ', 1);
    const done = result.exitCode === exitCodes.done;
    const announced = done ? events.succeeded(hold.node) : events.failed(hold.node, clause);
    try {
      const { exitCode } = result;
      await journal.write({ type: 'node', node: run.node.name, outcome: outcomeOf(exitCode), exitCode });
    } catch (error) {
      // What is not written down is told all the same.
      if (!(error instanceof KmaintError)) throw error;
      const message = [result.message, error.message].filter((text) => text !== undefined).join('; ');
      run.result = { ...result, exitCode: result.exitCode || exitCodes.incomplete, message, hint: error.hint };
    }
    await announced;
  }
  tellEnd(world, run, options.dryRun);
}

/** Once for each node that was taken; a failed drain may want its cordon undone. */
async function giveBack({ options }: Shared, run: NodeRun): Promise<boolean> {
  const hold: Hold | undefined = run.hold;
  if (!hold) return true;
  const code = run.result?.exitCode;
  const uncordon = options.onFailure === 'restore' && code !== exitCodes.done && run.drained !== true;
  const { released, cordoned } = await hold.release({ uncordon, hurry: code === exitCodes.timeout });
  // Somebody else may have uncordoned it, deleted it or registered it anew: then there is nothing of ours to undo.
  if (!cordoned) run.cordonedByUs = false;
  return released;
}
