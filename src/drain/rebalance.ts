/** Moves pods back to nodes that take pods again: proposes, asks, evicts a few at a time and looks where they went. */
import pLimit from 'p-limit';
import { obstacleTo, podsLike } from '../capacity/move-check.ts';
import { proposeMovesTo, takesPods, type Move } from '../capacity/rebalance.ts';
import type { Room } from '../capacity/placement.ts';
import { readRoom } from '../capacity/read-room.ts';
import { withDeadline } from '../clock.ts';
import type { PodRef } from '../cluster/cluster.ts';
import type { Node } from '../cluster/node.ts';
import { podName, type Pod } from '../cluster/pod.ts';
import { exitCodes, isAbort, KmaintError, type ExitCode } from '../errors.ts';
import { counted } from '../report/counting.ts';
import { retryTransient } from './retry.ts';
import type { World } from './world.ts';

export interface RebalanceOptions {
  /** Names of the nodes that take pods again. */
  readonly nodes: readonly string[];
  /** `plan` only shows. */
  readonly mode: 'plan' | 'ask';
  readonly assumeYes: boolean;
  /** Workloads that lose a pod at the same time; never two pods of one. */
  readonly atATime: number;
  /** Only shows, whatever the mode, and as if the nodes took pods again: the cluster still has their cordons. */
  readonly dryRun?: boolean;
}

/** Evicts, honouring budgets, and waits until the pod is gone. */
export type Evict = (pod: PodRef) => Promise<'gone' | 'failed'>;

/** How one move ended; `dropped`: the cluster had changed, or the former move of the workload did not help. */
type MoveEnd = 'moved' | 'elsewhere' | 'dropped' | 'failed';

/** How long a replacement may take to be ready. */
const replacementMs = 300_000;
const readBudgetMs = 30_000;

/**
 * Shows which pods would stand more evenly on these nodes and, with consent, evicts them where they are. Of one workload
 * never a second pod before the replacement of the first is ready, and none after one that went elsewhere. The caller
 * emits `run.started` and `run.finished`.
 *
 * @returns done, also when there was nothing to do; refused without consent; incomplete when a pod could not be moved or
 *   its replacement did not become ready; the code of the interrupt
 * @throws KmaintError while reading: nothing was moved
 */
export async function rebalance(world: World, options: RebalanceOptions, evict: Evict): Promise<ExitCode> {
  const { report, signal } = world;
  const read = await readRoom(world, { signal });
  const room = options.dryRun === true ? withoutCordons(read, options.nodes) : read;
  const targets = room.nodes.filter(({ name }) => options.nodes.includes(name));
  const moves = proposeMovesTo(room, targets);
  const shows = options.mode === 'plan' || options.dryRun === true;
  const step = shows || !options.assumeYes ? 'proposed' : 'moved';
  for (const name of options.nodes) {
    const message = emptyHanded(
      targets.find((node) => node.name === name),
      moves,
    );
    if (message !== undefined) report.emit({ type: 'node.step', node: name, step, message });
  }
  for (const { pod, from, to, why } of moves) {
    report.emit({
      type: 'node.step',
      node: to,
      step,
      message: `would take ${podName(pod)} from ${from}: ${why}`,
    });
  }
  if (moves.length === 0 || shows) return exitCodes.done;
  if (!options.assumeYes && !(await consent(world, moves))) return exitCodes.refused;
  return await makeMoves(world, moves, options.atATime, evict);
}

function withoutCordons(room: Room, names: readonly string[]): Room {
  const open = new Set(names);
  return { ...room, nodes: room.nodes.map((node) => (open.has(node.name) ? { ...node, unschedulable: false } : node)) };
}

/** Why there is no move to a node. */
function emptyHanded(node: Node | undefined, moves: readonly Move[]): string | undefined {
  if (!node) return 'nothing to move: there is no such node';
  if (moves.some(({ to }) => to === node.name)) return undefined;
  if (takesPods(node)) return 'nothing to move: no pod that can move would stand more evenly here';
  return `nothing to move: the node ${node.ready === 'True' ? 'is cordoned or being deleted' : 'is not Ready'}`;
}

async function consent(
  { prompt, report, cluster, commandLine, signal }: World,
  moves: readonly Move[],
): Promise<boolean> {
  if (!prompt.available) {
    const message = `nobody can be asked here, so nothing was moved; to move these pods: ${commandLine.again(['--yes'])}`;
    report.emit({ type: 'warning', message });
    return false;
  }
  const { context, server } = cluster.identity;
  const nodes = [...new Set(moves.map(({ to }) => to))].join(', ');
  const where = context === undefined ? server : `context ${context}`;
  const question = `Move ${counted(moves.length, 'pod')} to ${nodes} (${where}): evict them where they are, so that others start?`;
  return await prompt.confirm(question, { signal });
}

async function makeMoves(world: World, moves: readonly Move[], atATime: number, evict: Evict): Promise<ExitCode> {
  const { report, signal } = world;
  const limit = pLimit(Math.max(1, atATime));
  const ends = new Map<Move, MoveEnd>();
  const workloads = grouped(moves, ({ pod }) => pod.controller?.uid ?? pod.uid);
  await Promise.all(
    [...workloads.values()].map((ofOne) =>
      limit(() => moveOneByOne(world, ofOne, evict, (move, end) => ends.set(move, end))),
    ),
  );
  for (const [node, here] of grouped(moves, ({ to }) => to)) {
    const moved = here.filter((move) => ends.get(move) === 'moved').length;
    report.emit({
      type: 'node.step',
      node,
      step: 'moved',
      message: `${moved} of ${counted(here.length, 'pod')} moved here`,
    });
  }
  if (signal.aborted) return signal.reason instanceof KmaintError ? signal.reason.exitCode : exitCodes.incomplete;
  return [...ends.values()].includes('failed') ? exitCodes.incomplete : exitCodes.done;
}

function grouped(moves: readonly Move[], keyOf: (move: Move) => string): ReadonlyMap<string, readonly Move[]> {
  const groups = new Map<string, Move[]>();
  for (const move of moves) groups.set(keyOf(move), [...(groups.get(keyOf(move)) ?? []), move]);
  return groups;
}

/** The moves of one workload, until one does not help. */
async function moveOneByOne(
  world: World,
  moves: readonly Move[],
  evict: Evict,
  note: (move: Move, end: MoveEnd) => void,
): Promise<void> {
  let goesOn = true;
  for (const move of moves) {
    const end: MoveEnd = goesOn && !world.signal.aborted ? await moveSafely(world, move, evict) : 'dropped';
    note(move, end);
    goesOn = end === 'moved';
  }
}

/** No error of one workload ends the others. */
async function moveSafely(world: World, move: Move, evict: Evict): Promise<MoveEnd> {
  try {
    return await makeMove(world, move, evict);
  } catch (error) {
    if (isAbort(error, world.signal)) return 'dropped';
    if (!(error instanceof KmaintError)) throw error;
    const message = `${podName(move.pod)} and the other moves of ${move.workload} were given up: ${error.message}`;
    world.report.emit({ type: 'warning', message });
    return 'failed';
  }
}

async function makeMove(world: World, move: Move, evict: Evict): Promise<MoveEnd> {
  const { cluster, clock, report, signal } = world;
  const { pod, from, to } = move;
  const say = (message: string): void => report.emit({ type: 'node.step', node: to, step: 'moved', message });
  const [pods, target] = await retryTransient(clock, signal, readBudgetMs, () =>
    Promise.all([cluster.listPods({ namespace: pod.namespace, signal }), cluster.getNode(to, { signal })]),
  );
  const obstacle = obstacleTo(move, pods, target);
  if (obstacle !== undefined) {
    say(`left ${podName(pod)} on ${from}: ${obstacle}`);
    return 'dropped';
  }
  if ((await evict({ namespace: pod.namespace, name: pod.name, uid: pod.uid })) === 'failed') {
    say(`could not take ${podName(pod)} from ${from}`);
    return 'failed';
  }
  const before = new Set(podsLike(pod, pods).map(({ uid }) => uid));
  return await followUp(world, move, before, say);
}

/** The pod is gone: whatever comes now, it is said that it was taken. */
async function followUp(
  world: World,
  { pod, from, to }: Move,
  before: ReadonlySet<string>,
  say: (message: string) => void,
): Promise<MoveEnd> {
  const took = `took ${podName(pod)} from ${from}`;
  try {
    const replacement = await readyReplacement(world, pod, before);
    if (!replacement) {
      say(`${took}, but no replacement was ready within ${replacementMs / 60_000} minutes`);
      return 'failed';
    }
    const name = podName(replacement);
    if (replacement.nodeName === to) {
      say(`${took}: ${name} is ready here`);
      return 'moved';
    }
    say(`${took}, but the scheduler put ${name} on ${replacement.nodeName}`);
    return 'elsewhere';
  } catch (error) {
    const aborted = isAbort(error, world.signal);
    if (!aborted && !(error instanceof KmaintError)) throw error;
    const reason = error instanceof KmaintError && !aborted ? error.message : 'interrupted';
    say(`${took}; whether its replacement is ready is not known (${reason})`);
    return 'failed';
  }
}

/** The first ready pod of the same controller that was not there before; undefined when the time is up. */
async function readyReplacement(
  { cluster, clock, signal }: World,
  pod: Pod,
  before: ReadonlySet<string>,
): Promise<Pod | undefined> {
  let late = false;
  const deadline = withDeadline(clock, replacementMs, signal, () => {
    late = true;
    return new KmaintError('no replacement in time', { code: 'rebalance.slow', exitCode: exitCodes.incomplete });
  });
  const isIt = (one: Pod): boolean =>
    !before.has(one.uid) &&
    one.controller?.uid === pod.controller?.uid &&
    one.ready &&
    one.deletionTimestamp === undefined;
  try {
    for await (const change of cluster.watchPods({ namespace: pod.namespace, signal: deadline.signal })) {
      if (change.type === 'deleted') continue;
      const found = change.type === 'snapshot' ? change.items.find(isIt) : isIt(change.item) ? change.item : undefined;
      if (found) return found;
    }
    return undefined;
  } catch (error) {
    if (late && !signal.aborted) return undefined;
    throw error;
  } finally {
    deadline.cancel();
  }
}
