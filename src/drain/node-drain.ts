/** Drains one cordoned node: removes its pods, waits, and proves by a fresh list that they are gone. */
import type { LimitFunction } from 'p-limit';
import { anySignal, withDeadline } from '../clock.ts';
import type { Node } from '../cluster/node.ts';
import { podName, type Pod } from '../cluster/pod.ts';
import { ClusterError, exitCodes, isAbort, KmaintError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { ContinuityContext } from './continuity/context.ts';
import type { Owners } from './continuity/owners.ts';
import { awaitVolumes } from './continuity/volumes.ts';
import { skip } from './departure.ts';
import { escalationOf } from './escalation.ts';
import { daemonSetName, ownedByDaemonSet } from './filters.ts';
import { finishedResult, hasFailed, resultOf, type NodeResult } from './node-result.ts';
import type { DrainOptions } from './options.ts';
import { exitCodeOf } from './outcome.ts';
import {
  isBlocked,
  planNode,
  podsToGo,
  type NodePlan,
  type DrainPolicy,
  type NodeSnapshot,
  type PodDecision,
} from './plan.ts';
import { Presence } from './presence.ts';
import type { Removal, RemovalContext } from './removal.ts';
import { retryTransient } from './retry.ts';
import type { SnapshotReader } from './snapshot.ts';
import type { Turns } from './turns.ts';
import { policyFor } from './unreachable/profile.ts';
import { removeWaves } from './wave-removal.ts';
import type { World } from './world.ts';

/** How often pods that came back (they tolerate the cordon, or name the node) are removed again. */
const maxRounds = 3;
/** How long an API server may take to come back between two rounds. */
const rereadMs = 120_000;
/**
 * Nodes whose pods are looked at at the same time, and how long one of them keeps the next waiting at most: the first
 * evictions are on their way while other nodes are looked at still, instead of after the lists and watches of all.
 */
export const looksAtATime = 4;
const longestLookMs = 50;
/** How far the watch may be behind a list. */
const watchLagMs = 5000;
/** How long an interrupted run still listens for the answers of requests already sent. */
const answerGraceMs = 300;

export interface NodeDrainContext {
  readonly world: World;
  readonly options: DrainOptions;
  readonly reader: SnapshotReader;
  /** By uid of the node: what its plan was made from. */
  readonly snapshots: ReadonlyMap<string, NodeSnapshot>;
  readonly inFlight: LimitFunction;
  /** Of {@link looksAtATime}, shared by all nodes. */
  readonly looks: LimitFunction;
  /** The queues of all budgets, shared by all nodes. */
  readonly turns: Turns;
  readonly journal: Journal;
  readonly pace: (signal: AbortSignal) => Promise<void>;
  /** Names of nodes that are proven to be off. */
  readonly provenDead: ReadonlySet<string>;
  /** Uids of pods that kmaint itself runs in: they go last. */
  readonly ownPods: ReadonlySet<string>;
  readonly owners: Owners;
  /** Stamps of rollouts that a run before this one had begun on the node and not seen ending. */
  readonly openStamps?: ReadonlySet<string> | undefined;
  /** Resolves when the journal says that the drain begins: no sooner is anything removed. */
  readonly recorded?: Promise<void> | undefined;
  /** Looks at the wall clock; aborts the node's signal when the hold is over. */
  readonly isStillOurs?: (() => boolean) | undefined;
  /** The run's signal: an interrupt or `--total-timeout`. */
  readonly signal: AbortSignal;
  /** Whether anything was written in this run; set here when it is. */
  readonly writes: { done: boolean };
}

/** Drains a node that is cordoned already. Answers and time-outs are results; only our own bugs are thrown. */
export async function drainNode(context: NodeDrainContext, node: Node): Promise<NodeResult> {
  const { world, options } = context;
  const removals = new Map<string, Removal>();
  const deadline = withDeadline(world.clock, options.timeoutMs, context.signal, () => nodeTimeout(node, options));
  const requests = graceful(world, deadline.signal);
  try {
    return await drainRounds(context, node, removals, deadline.signal, requests.signal);
  } catch (error) {
    const reason: unknown = isAbort(error, deadline.signal) ? deadline.signal.reason : error;
    if (!(reason instanceof KmaintError)) throw error;
    return resultOf(exitCodeOf(reason, context.writes.done), removals, reason.message, reason.hint);
  } finally {
    deadline.cancel();
    requests.cancel();
  }
}

async function drainRounds(
  context: NodeDrainContext,
  node: Node,
  removals: Map<string, Removal>,
  parent: AbortSignal,
  requestSignal: AbortSignal,
): Promise<NodeResult> {
  const { world, options, journal } = context;
  const { report, clock, cluster } = world;
  // Once and for all: a node that changes its state meanwhile is no drift.
  const forced = options.escalation?.rung === 'force' && context.provenDead.has(node.name);
  const policy = policyFor(node, options.policy, forced);
  const over = new AbortController();
  const signal = anySignal(parent, over.signal);
  const presence = await context.looks(() => look(context, node, signal));
  const removal: RemovalContext = {
    cluster,
    clock,
    report,
    node: node.name,
    policy,
    presence,
    turns: context.turns,
    journal,
    pace: context.pace,
    escalation: escalationOf(
      options.escalation,
      policy.gracePeriodSeconds,
      clock.monotonic(),
      context.provenDead.has(node.name),
    ),
    inFlight: context.inFlight,
    isStillOurs: () => context.isStillOurs?.() ?? true,
    signal,
    requestSignal,
    wrote: () => (context.writes.done = true),
  };
  const continuity: ContinuityContext = {
    cluster,
    clock,
    report,
    node: node.name,
    signal,
    journal,
    owners: context.owners,
    openStamps: context.openStamps,
  };
  presence.broken.catch((error: unknown) => over.abort(error));
  try {
    for (let round = 1; ; round += 1) {
      await Promise.all([presence.synced, context.recorded]);
      const first = round === 1 ? knownSnapshot(context, node, presence) : undefined;
      const plan = first ? planNode(first, policy, clock.now()) : await planAgain(context, node, policy, signal);
      const refusal = driftOf(plan, removals);
      if (refusal !== undefined) return resultOf(exitCodes.drift, removals, refusal);
      skipOverdue(removal, plan, removals);

      const outgoing = podsToGo(plan).filter(({ uid }) => !isSettled(removals.get(uid)));
      if (round === 1) report.emit({ type: 'node.draining', node: node.name, pods: outgoing.length });
      if (outgoing.length === 0) return await settled(continuity, options, plan, presence, removals);
      if (round > maxRounds) return resultOf(exitCodes.incomplete, removals, comeBack(outgoing, removals));

      await Promise.all(outgoing.map(({ uid }) => presence.known(uid, watchLagMs)));
      await removeWaves(
        { removal, continuity, options: options.continuity, ownPods: context.ownPods },
        plan,
        outgoing,
        removals,
      );
      if (hasFailed(removals)) return finishedResult(removals);
    }
  } finally {
    over.abort(new Error('the drain of the node is over'));
  }
}

/** Begins to follow the node's pods; resolves when they are known, or soon after all the same. */
function look({ world, options }: NodeDrainContext, { name }: Node, signal: AbortSignal): Promise<Presence> {
  const { cluster, clock, report } = world;
  const warn = (message: string): void => report.emit({ type: 'warning', message });
  const presence = new Presence({ cluster, clock, warn, chunkSize: options.chunkSize }, name, signal);
  return new Promise((resolve) => {
    const timer = clock.after(longestLookMs, () => resolve(presence));
    const known = (): void => {
      timer.cancel();
      resolve(presence);
    };
    presence.synced.then(known, known);
  });
}

/** What was overdue before the drain came to it is not waited for, and stays behind: that has to be told. */
function skipOverdue(context: RemovalContext, { pods }: NodePlan, removals: Map<string, Removal>): void {
  for (const { namespace, name, uid, leave } of pods) {
    if (leave !== 'terminating-too-long' || removals.has(uid)) continue;
    const removal: Removal = { pod: { namespace, name, uid }, state: 'terminating', message: undefined };
    removals.set(uid, removal);
    skip(context, removal);
  }
}

/** Reads and decides anew, over passing errors: also what only looks like a change because it could not be read. */
function planAgain(
  { world: { clock }, reader, turns }: NodeDrainContext,
  node: Node,
  policy: DrainPolicy,
  signal: AbortSignal,
): Promise<NodePlan> {
  return retryTransient(clock, signal, rereadMs, async () => {
    const plan = planNode(await reader.read(node, signal, turns.budgets), policy, clock.now());
    const blockers = plan.pods.flatMap((pod) => pod.blockers);
    const [unread] = blockers;
    if (unread && blockers.every(({ kind }) => kind === 'daemonset-unknown')) {
      throw new ClusterError(`a pod ${unread.message}`, { code: 'cluster.server' });
    }
    return plan;
  });
}

/**
 * The second look needs no second list: the watch began with one after the cordon. Undefined where it does not tell all
 * that the plan was made from.
 */
function knownSnapshot(
  { options, snapshots, turns }: NodeDrainContext,
  node: Node,
  presence: Presence,
): NodeSnapshot | undefined {
  const planned = snapshots.get(node.uid);
  const { pods } = presence;
  const budgets = turns.budgets ?? (options.policy.disableEviction ? planned?.budgets : undefined);
  if (!planned || !budgets || options.policy.podSelector !== undefined) return undefined;
  const known = (pod: Pod): boolean => !ownedByDaemonSet(pod) || planned.daemonSets.has(daemonSetName(pod));
  return pods.every(known) ? { ...planned, node, pods, budgets } : undefined;
}

/** The pods are gone; with `--wait-volumes` the node is drained when its volumes are detached as well. */
async function settled(
  context: ContinuityContext,
  { continuity: { volumesMs } }: DrainOptions,
  plan: NodePlan,
  presence: Presence,
  removals: ReadonlyMap<string, Removal>,
): Promise<NodeResult> {
  if (volumesMs !== undefined) {
    await presence.synced;
    const staying = new Set(plan.pods.filter(({ action }) => action === 'leave').map(({ uid }) => uid));
    const pods = presence.pods.filter(({ uid }) => staying.has(uid));
    const end = await awaitVolumes(context, pods, { timeoutMs: volumesMs });
    if (end.kind === 'timeout') {
      const message = `its volumes are not detached: ${end.message}`;
      return resultOf(
        exitCodes.timeout,
        removals,
        message,
        `to see them: ${context.cluster.kubectl('get', 'volumeattachments')}`,
      );
    }
  }
  return finishedResult(removals);
}

/** A pod that needs no further work in this run; one that came back has a new uid and is not among them. */
function isSettled(removal: Removal | undefined): boolean {
  return removal !== undefined && ['skipped', 'failed', 'completed'].includes(removal.state);
}

/**
 * The plan that the user consented to had no blockers on this node. What blocks now arrived since, and the consent does
 * not cover it.
 */
function driftOf(plan: NodePlan, removals: ReadonlyMap<string, Removal>): string | undefined {
  if (!isBlocked(plan)) return undefined;
  const since = removals.size === 0 ? 'since the plan was made' : 'while the node was being drained';
  const pods = plan.pods
    .filter(({ action }) => action === 'blocked')
    .map((pod) => `${podName(pod)} ${pod.blockers.map(({ message }) => message).join('; ')}`);
  return `the node changed ${since}: ${pods.join(', ')}`;
}

function comeBack(outgoing: readonly PodDecision[], removals: Map<string, Removal>): string {
  const pods = outgoing.map((pod) => {
    removals.set(pod.uid, {
      pod: { namespace: pod.namespace, name: pod.name, uid: pod.uid },
      state: 'failed',
      message: 'came back to the cordoned node',
    });
    const owner = pod.controller ? ` of ${pod.controller.kind} ${pod.controller.name}` : '';
    const tolerates = pod.risks.some(({ kind }) => kind === 'tolerates-unschedulable');
    const how = tolerates
      ? 'tolerates node.kubernetes.io/unschedulable'
      : 'names the node, or its scheduler ignores the cordon';
    return `${podName(pod)}${owner} (${how})`;
  });
  return `pods keep coming back to the cordoned node: ${pods.join(', ')}; scale their owners down first`;
}

function nodeTimeout(node: Node, { timeoutMs }: DrainOptions): KmaintError {
  return new KmaintError(`the drain of ${node.name} was not done within --timeout ${(timeoutMs ?? 0) / 1000}s`, {
    code: 'timeout',
    exitCode: exitCodes.timeout,
  });
}

/** A signal that follows `signal` a moment later, for requests whose answers decide what we report. */
function graceful(
  { clock }: Pick<World, 'clock'>,
  signal: AbortSignal,
): { readonly signal: AbortSignal; cancel(): void } {
  const controller = new AbortController();
  let timer: { cancel(): void } | undefined;
  const aborted = (): void => {
    timer = clock.after(answerGraceMs, () => controller.abort(signal.reason));
  };
  if (signal.aborted) aborted();
  else signal.addEventListener('abort', aborted, { once: true });
  return {
    signal: anySignal(controller.signal),
    cancel() {
      signal.removeEventListener('abort', aborted);
      timer?.cancel();
    },
  };
}
