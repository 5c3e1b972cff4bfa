/** Drains one cordoned node: removes its pods, waits, and proves by a fresh list that they are gone. */
import type { LimitFunction } from 'p-limit';
import { anySignal, withDeadline } from '../clock.ts';
import type { Node } from '../cluster/node.ts';
import { podName } from '../cluster/pod.ts';
import { exitCodes, isAbort, KmaintError, type ExitCode } from '../errors.ts';
import { counted } from '../report/counting.ts';
import type { PodLeft } from '../report/events.ts';
import type { DrainOptions } from './options.ts';
import type { Journal } from '../journal/journal.ts';
import { awaitCompletion } from './departure.ts';
import { escalationOf } from './escalation.ts';
import { exitCodeOf } from './outcome.ts';
import { isBlocked, planNode, podsToGo, type NodePlan, type PodDecision } from './plan.ts';
import { Presence } from './presence.ts';
import { removePod, type Removal, type RemovalContext } from './removal.ts';
import type { SnapshotReader } from './snapshot.ts';
import type { Turns } from './turns.ts';
import type { World } from './world.ts';

/** How often pods that came back (they tolerate the cordon, or name the node) are removed again. */
const maxRounds = 3;
/** How long an interrupted run still listens for the answers of requests already sent. */
const answerGraceMs = 300;

export interface NodeDrainContext {
  readonly world: World;
  readonly options: DrainOptions;
  readonly reader: SnapshotReader;
  readonly inFlight: LimitFunction;
  /** The queues of all budgets, shared by all nodes. */
  readonly turns: Turns;
  readonly journal: Journal;
  readonly pace: (signal: AbortSignal) => Promise<void>;
  /** Names of nodes that are proven to be off. */
  readonly provenDead: ReadonlySet<string>;
  /** The run's signal: an interrupt or `--total-timeout`. */
  readonly signal: AbortSignal;
  /** Whether anything was written in this run; set here when it is. */
  readonly writes: { done: boolean };
}

export interface NodeResult {
  readonly exitCode: ExitCode;
  readonly gone: number;
  readonly left: readonly PodLeft[];
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
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
    return result(exitCodeOf(reason, context.writes.done), removals, reason.message, reason.hint);
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
  const { world, options, reader } = context;
  const { report, clock, cluster } = world;
  const over = new AbortController();
  const signal = anySignal(parent, over.signal);
  const presence = new Presence(
    { cluster, clock, warn: (message) => report.emit({ type: 'warning', message }) },
    node.name,
    signal,
  );
  const removal: RemovalContext = {
    cluster,
    clock,
    report,
    node: node.name,
    policy: options.policy,
    presence,
    turns: context.turns,
    journal: context.journal,
    pace: context.pace,
    escalation: escalationOf(
      options.escalation,
      options.policy.gracePeriodSeconds,
      clock.monotonic(),
      context.provenDead.has(node.name),
    ),
    inFlight: context.inFlight,
    signal,
    requestSignal,
    wrote: () => (context.writes.done = true),
  };
  presence.broken.catch((error: unknown) => over.abort(error));
  try {
    for (let round = 1; ; round += 1) {
      const plan = planNode(await reader.read(node, signal), options.policy, clock.now());
      const refusal = driftOf(plan, removals);
      if (refusal !== undefined) return result(exitCodes.drift, removals, refusal);

      const outgoing = podsToGo(plan).filter(({ uid }) => !isSettled(removals.get(uid)));
      if (round === 1) report.emit({ type: 'node.draining', node: node.name, pods: outgoing.length });
      if (outgoing.length === 0) return finished(removals);
      if (round > maxRounds) return result(exitCodes.incomplete, removals, comeBack(outgoing, removals));

      await presence.synced;
      await removeWaves(removal, plan, outgoing, removals);
      if (hasFailed(removals)) return finished(removals);
    }
  } finally {
    over.abort(new Error('the drain of the node is over'));
  }
}

/** Removes the pods of one wave after those of the other; none begins after a failure. */
async function removeWaves(
  context: RemovalContext,
  { waves }: NodePlan,
  outgoing: readonly PodDecision[],
  removals: Map<string, Removal>,
): Promise<void> {
  const occurring = [...new Set(outgoing.map(({ wave }) => wave))].sort((a, b) => a - b);
  for (const wave of occurring) {
    const pods = outgoing.filter((pod) => pod.wave === wave);
    if (waves.length > 1) {
      const label = waves[wave] ?? '';
      const position = { wave: wave + 1, waves: waves.length };
      context.report.emit({ type: 'wave.started', node: context.node, ...position, pods: pods.length, label });
    }
    await removeAll(context, pods, removals);
    if (hasFailed(removals)) return;
  }
}

function hasFailed(removals: ReadonlyMap<string, Removal>): boolean {
  return [...removals.values()].some(({ state }) => state === 'failed');
}

/** Removes these pods side by side; a failure of one lets the others go on. */
async function removeAll(
  context: RemovalContext,
  outgoing: readonly PodDecision[],
  removals: Map<string, Removal>,
): Promise<void> {
  const ends = await Promise.allSettled(
    outgoing.map(({ namespace, name, uid, action }) => {
      const removal: Removal = { pod: { namespace, name, uid }, state: 'waiting-for-turn', message: undefined };
      removals.set(uid, removal);
      return action === 'complete' ? awaitCompletion(context, removal) : removePod(context, removal);
    }),
  );
  const rejected = ends.find((end) => end.status === 'rejected');
  if (rejected) throw rejected.reason;
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
    return `${podName(pod)}${owner}`;
  });
  return `pods keep coming back to the cordoned node: ${pods.join(', ')}; they tolerate the cordon or name the node, so scale their owners down first`;
}

function finished(removals: ReadonlyMap<string, Removal>): NodeResult {
  const failed = [...removals.values()].filter(({ state }) => state === 'failed');
  if (failed.length === 0) return result(exitCodes.done, removals);
  return result(exitCodes.incomplete, removals, `${counted(failed.length, 'pod')} could not be removed`);
}

function result(
  exitCode: ExitCode,
  removals: ReadonlyMap<string, Removal>,
  message?: string,
  hint?: string,
): NodeResult {
  const all = [...removals.values()];
  const left = all
    .filter(({ state }) => state !== 'gone' && state !== 'completed')
    .map(({ pod, state, message: why }) => ({
      ...pod,
      reason: why ?? (state === 'waiting-for-turn' ? 'not asked to go yet' : state),
    }))
    .sort((a, b) => (podName(a) < podName(b) ? -1 : 1));
  return { exitCode, gone: all.length - left.length, left, message, hint };
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
