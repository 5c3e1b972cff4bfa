/** The dry runs of a drain: tells what would happen, and with `server` lets the API server have its say. */
import pLimit, { type LimitFunction } from 'p-limit';
import { podName } from '../cluster/pod.ts';
import { exitCodes } from '../errors.ts';
import { counted } from '../report/counting.ts';
import type { DryRun, PodLeft, RemovalMethod } from '../report/events.ts';
import { setUnschedulable } from './cordon.ts';
import type { NodeResult } from './node-result.ts';
import { failureOf, tellEnd, type NodeRun } from './node-run.ts';
import type { DrainOptions } from './options.ts';
import { podsToGo, type NodePlan, type PodDecision } from './plan.ts';
import type { World } from './world.ts';

export interface RehearsalContext {
  readonly world: World;
  readonly options: DrainOptions;
  readonly signal: AbortSignal;
}

/** Goes through cordons and drains as a run would, in order; each node has its result afterwards. */
export async function rehearseAll(context: RehearsalContext, runs: readonly NodeRun[]): Promise<void> {
  const { world, options, signal } = context;
  const { dryRun } = options;
  if (dryRun === 'none') return;
  const inFlight = pLimit(options.maxInFlight);
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
      run.result = await rehearse(context, run.plan, inFlight, dryRun);
    } catch (error) {
      run.result = failureOf(error, failed, '');
    }
    tellEnd(world, run, dryRun);
  }
}

/**
 * Each pod is asked for once and alone: nothing is stored, so no budget is used up, and three pods of a budget that
 * allows one may all be told yes. A pod that would have to wait is a warning, one that can never go is left.
 */
async function rehearse(
  context: RehearsalContext,
  plan: NodePlan,
  inFlight: LimitFunction,
  dryRun: Exclude<DryRun, 'none'>,
): Promise<NodeResult> {
  const { world, options } = context;
  const { report } = world;
  const method: RemovalMethod = options.policy.disableEviction ? 'delete' : 'evict';
  const outgoing = podsToGo(plan);
  report.emit({ type: 'node.draining', node: plan.node, pods: outgoing.length });
  const left: PodLeft[] = [];
  await Promise.all(
    outgoing.map((decision) =>
      inFlight(async () => {
        const { namespace, name, uid } = decision;
        const pod = { namespace, name, uid };
        // A terminating pod is only waited for, in a dry run too.
        const refusal =
          dryRun === 'server' && decision.action === 'remove' ? await ask(context, decision, method) : 'ok';
        if (refusal === 'ok') report.emit({ type: 'pod.evicting', node: plan.node, pod, method, dryRun });
        else if ('wait' in refusal) {
          report.emit({ type: 'warning', message: `pod ${podName(pod)} would have to wait: ${refusal.wait}` });
        } else {
          left.push({ ...pod, reason: refusal.never });
          report.emit({ type: 'pod.failed', node: plan.node, pod, message: refusal.never });
        }
      }),
    ),
  );
  if (left.length === 0) return { exitCode: exitCodes.done, gone: 0, left };
  left.sort((a, b) => (podName(a) < podName(b) ? -1 : 1));
  return { exitCode: exitCodes.refused, gone: 0, left, message: `${counted(left.length, 'pod')} could not be removed` };
}

async function ask(
  { world, options, signal }: RehearsalContext,
  pod: PodDecision,
  method: RemovalMethod,
): Promise<'ok' | { readonly wait: string } | { readonly never: string }> {
  signal.throwIfAborted();
  const { cluster } = world;
  const request = { gracePeriodSeconds: options.policy.gracePeriodSeconds, dryRun: true, signal };
  const outcome = method === 'evict' ? await cluster.evictPod(pod, request) : await cluster.deletePod(pod, request);
  switch (outcome.kind) {
    case 'accepted':
    case 'gone':
      return 'ok';
    case 'fatal':
    case 'blocked-config':
      return { never: outcome.message };
    default:
      return { wait: outcome.message };
  }
}
