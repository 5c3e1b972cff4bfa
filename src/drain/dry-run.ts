/** The dry runs of a drain: tells what would happen, and with `server` lets the API server have its say. */
import { podName } from '../cluster/pod.ts';
import { exitCodes } from '../errors.ts';
import { counted } from '../report/counting.ts';
import type { DryRun, PodLeft, RemovalMethod } from '../report/events.ts';
import type { NodeDrainContext, NodeResult } from './node-drain.ts';
import { podsToGo, type NodePlan, type PodDecision } from './plan.ts';

/**
 * Each pod is asked for once and alone: nothing is stored, so no budget is used up, and three pods of a budget that
 * allows one may all be told yes. A pod that would have to wait is a warning, one that can never go is left.
 */
export async function rehearse(
  context: NodeDrainContext,
  plan: NodePlan,
  dryRun: Exclude<DryRun, 'none'>,
): Promise<NodeResult> {
  const { world, options, inFlight } = context;
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
  { world, options, signal }: NodeDrainContext,
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
