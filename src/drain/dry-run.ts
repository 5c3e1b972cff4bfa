/** The dry runs of a drain: tells what would happen, and with `server` lets the API server have its say. */
import pLimit, { type LimitFunction } from 'p-limit';
import type { RemovalOutcome } from '../cluster/cluster.ts';
import { podName } from '../cluster/pod.ts';
import { ClusterError, exitCodes } from '../errors.ts';
import { counted } from '../report/counting.ts';
import type { DryRun, PodId, PodLeft, RemovalMethod } from '../report/events.ts';
import { setUnschedulable } from './cordon.ts';
import type { NodeResult } from './node-result.ts';
import { failureOf, tellEnd, type NodeRun } from './node-run.ts';
import type { DrainOptions } from './options.ts';
import { podsToGo, type NodePlan } from './plan.ts';
import { retryTransient } from './retry.ts';
import type { World } from './world.ts';

/** How long a server that answers no pod is put up with, not how long each of them waits for it. */
const retryBudgetMs = 30_000;

export interface RehearsalContext {
  readonly world: World;
  readonly options: DrainOptions;
  readonly signal: AbortSignal;
}

interface Rehearsal extends RehearsalContext {
  readonly dryRun: Exclude<DryRun, 'none'>;
  readonly inFlight: LimitFunction;
  /** Monotonic milliseconds of the first of the passing failures since the last answer, whichever pod it was for. */
  failingSinceMs: number | undefined;
}

/** Goes through cordons and drains as a run would, in order; each node has its result afterwards. */
export async function rehearseAll(context: RehearsalContext, runs: readonly NodeRun[]): Promise<void> {
  const { world, options, signal } = context;
  const { dryRun } = options;
  if (dryRun === 'none') return;
  const rehearsal: Rehearsal = { ...context, dryRun, inFlight: pLimit(options.maxInFlight), failingSinceMs: undefined };
  const failed = { signal, writes: { done: false } };
  for (const run of runs) {
    try {
      signal.throwIfAborted();
      run.cordonedByUs = await setUnschedulable({ ...world, signal }, run.node, true, dryRun);
    } catch (error) {
      run.result = failureOf(error, failed, 'could not cordon the node, so none of its pods was touched: ');
      tellEnd(world, run, dryRun);
    }
  }
  for (const run of runs.filter(({ result }) => !result)) {
    try {
      signal.throwIfAborted();
      run.result = await rehearse(rehearsal, run.plan);
    } catch (error) {
      run.result = failureOf(error, failed, '');
    }
    tellEnd(world, run, dryRun);
  }
}

/**
 * Each pod is asked for alone: nothing is stored, so no budget is used up, and three pods of a budget that allows one may
 * all be told yes. A pod that would have to wait, or is only waited for, is a warning; one that can never go, or could
 * not be asked, is left.
 */
async function rehearse(rehearsal: Rehearsal, plan: NodePlan): Promise<NodeResult> {
  const { world, options, inFlight, dryRun } = rehearsal;
  const { report } = world;
  const method: RemovalMethod = options.policy.disableEviction ? 'delete' : 'evict';
  const outgoing = podsToGo(plan);
  report.emit({ type: 'node.draining', node: plan.node, pods: outgoing.length });
  for (const pod of outgoing.filter(({ action }) => action !== 'remove')) {
    const why = pod.action === 'wait' ? 'terminating already' : 'label cluster.x-k8s.io/drain=wait-completed';
    report.emit({ type: 'warning', message: `pod ${podName(pod)} would be waited for: ${why}` });
  }
  let gone = 0;
  const never: PodLeft[] = [];
  const unasked: PodLeft[] = [];
  await Promise.all(
    outgoing
      .filter(({ action }) => action === 'remove')
      .map(({ namespace, name, uid }) =>
        inFlight(async () => {
          const pod = { namespace, name, uid };
          const verdict = dryRun === 'server' ? await ask(rehearsal, pod, method) : { kind: 'yes' as const };
          switch (verdict.kind) {
            case 'yes':
              report.emit({ type: 'pod.evicting', node: plan.node, pod, method, dryRun });
              return;
            case 'gone':
              gone += 1;
              report.emit({ type: 'pod.gone', node: plan.node, pod, method });
              return;
            case 'wait':
              report.emit({ type: 'warning', message: `pod ${podName(pod)} would have to wait: ${verdict.message}` });
              return;
            case 'never':
            case 'unasked':
              (verdict.kind === 'never' ? never : unasked).push({ ...pod, reason: verdict.message });
              report.emit({ type: 'pod.failed', node: plan.node, pod, message: verdict.message });
          }
        }),
      ),
  );
  const left = [...never, ...unasked].sort((a, b) => (podName(a) < podName(b) ? -1 : 1));
  if (left.length === 0) return { exitCode: exitCodes.done, gone, left };
  const exitCode = unasked.length > 0 ? exitCodes.incomplete : exitCodes.refused;
  const message = [
    ...(never.length > 0 ? [`${counted(never.length, 'pod')} could not be removed`] : []),
    ...(unasked.length > 0 ? [`${counted(unasked.length, 'pod')} could not be asked`] : []),
  ].join(', ');
  return { exitCode, gone, left, message };
}

type Verdict =
  | { readonly kind: 'yes' | 'gone' }
  /** `unasked`: no answer was to be had. */
  | { readonly kind: 'wait' | 'never' | 'unasked'; readonly message: string };

/** Asks again over passing failures, until for {@link retryBudgetMs} nothing else has come. */
async function ask(rehearsal: Rehearsal, pod: PodId, method: RemovalMethod): Promise<Verdict> {
  const { world, options, signal } = rehearsal;
  const { cluster, clock } = world;
  const request = { gracePeriodSeconds: options.policy.gracePeriodSeconds, dryRun: true, signal };
  const failingMs = clock.monotonic() - (rehearsal.failingSinceMs ?? clock.monotonic());
  try {
    return await retryTransient(clock, signal, retryBudgetMs - failingMs, async () => {
      signal.throwIfAborted();
      const outcome = method === 'evict' ? await cluster.evictPod(pod, request) : await cluster.deletePod(pod, request);
      if (outcome.kind === 'transient' || outcome.kind === 'throttled') {
        rehearsal.failingSinceMs ??= clock.monotonic();
        const { message, retryAfterMs } = outcome;
        throw new ClusterError(message, { code: 'cluster.server', retryAfterMs });
      }
      rehearsal.failingSinceMs = undefined;
      return verdictOf(outcome);
    });
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return { kind: 'unasked', message: `could not be asked: ${error.message}` };
  }
}

function verdictOf(outcome: Exclude<RemovalOutcome, { readonly kind: 'transient' | 'throttled' }>): Verdict {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'yes' };
    case 'gone':
    // Another pod has its name.
    case 'identity-changed':
      return { kind: 'gone' };
    case 'fatal':
    case 'blocked-config':
      return { kind: 'never', message: outcome.message };
    default:
      return { kind: 'wait', message: outcome.message };
  }
}
