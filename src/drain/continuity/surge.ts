/** `--surge`: moves a Deployment's only pod by a restart of its rollout, so that a ready pod is there at every moment. */
import type { Kubectl } from '../../cli/kubectl.ts';
import { podName, type Pod } from '../../cluster/pod.ts';
import type { Workload } from '../../cluster/workload.ts';
import { ClusterError, isAbort } from '../../errors.ts';
import { elapsedText } from '../../report/durations.ts';
import { surgeName } from '../../journal/record.ts';
import { retryTransient } from '../retry.ts';
import type { ContinuityContext, WaitLimit } from './context.ts';
import { ownerName, type Owner } from './owners.ts';
import { explainShortage, isReady, memberReader } from './shortage.ts';
import { readSurgeFacts, stampOnItsWay, type SurgePolicy } from './surge-candidates.ts';
import { surgeEligibility } from './surge-eligibility.ts';
import { isRolledOut, restartedAtAnnotation, undoSurge, type UndoOutcome } from './surge-undo.ts';
import { waitUntil } from './waiting.ts';

/** How long a replacement may take to be ready unless the user says otherwise. */
export const surgeTimeoutMs = 300_000;
/** How long passing errors and conflicts may keep the stamp from being written. */
const stampBudgetMs = 30_000;

export type SurgeOutcome =
  /** A ready pod runs on another node, and the old one has ended by itself. */
  | { readonly kind: 'moved' }
  /** The pod is where it was, unless the message says otherwise. */
  | { readonly kind: 'failed'; readonly message: string };

/** One surge on its way. */
interface Surge {
  readonly context: ContinuityContext;
  readonly owner: Owner;
  readonly pod: Pod;
  readonly policy: SurgePolicy;
  stamp: string;
  /** Undefined until the stamp may have been written. */
  former: string | null | undefined;
  generation: number | undefined;
  sent: boolean;
}

/**
 * Restarts the Deployment and waits until its only pod has moved away from the cordoned node. When that fails, takes too
 * long or is interrupted, the restart is undone unless somebody has rolled out something newer. One that the run had
 * restarted before it was broken off is only waited for.
 *
 * @throws the signal's reason when it aborts, after the undo; and what the journal throws, before anything is changed
 */
export async function surge(
  context: ContinuityContext,
  deployment: Workload,
  pod: Pod,
  limit: WaitLimit = { timeoutMs: surgeTimeoutMs },
  policy: SurgePolicy = {},
): Promise<SurgeOutcome> {
  const { namespace, name, uid } = deployment;
  const owner: Owner = { kind: 'Deployment', namespace, name, uid };
  const stamp = freshStamp(context.clock.now(), deployment.templateAnnotations[restartedAtAnnotation]);
  const one: Surge = { context, owner, pod, policy, stamp, former: undefined, generation: undefined, sent: false };
  let problem: string | undefined;
  try {
    const goesOn = await takeUp(one, deployment);
    problem = (goesOn ? undefined : await restart(one)) ?? (await untilMoved(one, limit));
  } catch (error) {
    if (!one.sent) return failedUnsent(one, error);
    const undo = await takeBack(one);
    if (!(error instanceof ClusterError) || isAbort(error, context.signal)) throw error;
    return { kind: 'failed', message: `${ownerName(owner)} was not moved: ${error.message}; ${undo}` };
  }
  if (problem === undefined) {
    await writeDone(one);
    return { kind: 'moved' };
  }
  const undo = one.sent ? `; ${await takeBack(one)}` : '';
  return { kind: 'failed', message: `${ownerName(owner)} was not moved: ${problem}${undo}` };
}

/** True when the restart of an earlier process of this run is under way: its intent is in the journal. */
async function takeUp(one: Surge, deployment: Workload): Promise<boolean> {
  const { context, owner, pod } = one;
  const { clock, signal, report, node } = context;
  const stamp = await retryTransient(clock, signal, stampBudgetMs, () => stampOnItsWay(context, pod, deployment));
  if (stamp === undefined) return false;
  one.stamp = stamp;
  one.sent = true;
  const message = `waits for ${ownerName(owner)}, which this run had restarted already: its only pod is here`;
  report.emit({ type: 'node.step', node, step: 'surge', message });
  return true;
}

/** RFC 3339, and never the one that stands there already. */
function freshStamp(nowMs: number, former: string | undefined): string {
  const stamp = new Date(nowMs).toISOString();
  return stamp === former ? new Date(nowMs + 1).toISOString() : stamp;
}

function failedUnsent({ context, owner }: Surge, error: unknown): SurgeOutcome {
  context.signal.throwIfAborted();
  if (!(error instanceof ClusterError)) throw error;
  return { kind: 'failed', message: `${ownerName(owner)} was not restarted: ${error.message}` };
}

/** Writes the stamp onto a Deployment that is still eligible as it was read; resolves to what stands against it. */
async function restart(one: Surge): Promise<string | undefined> {
  const { context, owner, stamp } = one;
  const { cluster, clock, signal, journal, node, report } = context;
  return retryTransient(clock, signal, stampBudgetMs, async () => {
    const fresh = await cluster.getWorkload(owner, { signal });
    if (!fresh || fresh.uid !== owner.uid) return 'it was deleted meanwhile';
    // An answer was lost, but the request had arrived.
    if (fresh.templateAnnotations[restartedAtAnnotation] === stamp) return undefined;
    const objection = await objectionTo(one, fresh);
    if (objection !== undefined) return objection;
    one.former = fresh.templateAnnotations[restartedAtAnnotation] ?? null;
    if (!one.sent) {
      const { namespace, name } = owner;
      await journal.write({ type: 'intent', node, step: { kind: 'surge', namespace, name, stamp } });
      report.emit({
        type: 'node.step',
        node,
        step: 'surge',
        message: `restarts ${ownerName(owner)}: its only pod is here`,
      });
      signal.throwIfAborted();
      one.sent = true;
    }
    const stamped = await cluster.annotateTemplate(fresh, { [restartedAtAnnotation]: stamp }, { signal });
    one.generation = stamped.generation;
    return undefined;
  });
}

/** Judges by what is there now: the plan may be minutes old. */
async function objectionTo({ context, pod, policy }: Surge, fresh: Workload): Promise<string | undefined> {
  const { cluster, node, signal } = context;
  const [there, where] = await Promise.all([cluster.getPod(pod, { signal }), cluster.getNode(node, { signal })]);
  if (there?.uid !== pod.uid) return `pod ${podName(pod)} is gone already`;
  if (where && !where.unschedulable) return `node ${node} is not cordoned, so the new pod might come to it again`;
  const verdict = surgeEligibility(fresh, there, await readSurgeFacts(cluster, there, policy, signal));
  return verdict === 'eligible' ? undefined : verdict.not;
}

/** Resolves to what went wrong. */
async function untilMoved(one: Surge, limit: WaitLimit): Promise<string | undefined> {
  const { context, owner } = one;
  let ended: Look | undefined;
  const outcome = await waitUntil(context, 'surge', limit, async (signal) => {
    const look = await lookAt(one, signal);
    if (look.kind === 'waits') return `${ownerName(owner)}: ${look.message}`;
    ended = look;
    return undefined;
  });
  if (outcome.kind === 'timeout') return `it took longer than ${elapsedText(limit.timeoutMs)} (${outcome.message})`;
  if (ended?.kind !== 'moved') return ended?.message;
  const message = `moved ${ownerName(owner)} to ${ended.message}`;
  context.report.emit({ type: 'node.step', node: context.node, step: 'surge', message });
  return undefined;
}

interface Look {
  readonly kind: 'waits' | 'moved' | 'ended';
  /** What it waits for, where the pod went, or what went wrong. */
  readonly message: string;
}

async function lookAt({ context, owner, pod, stamp }: Surge, signal: AbortSignal): Promise<Look> {
  const { cluster, node } = context;
  const state = await cluster.getWorkload(owner, { signal });
  if (!state || state.uid !== owner.uid) return { kind: 'ended', message: 'it was deleted meanwhile' };
  if (state.templateAnnotations[restartedAtAnnotation] !== stamp) {
    return { kind: 'ended', message: 'somebody else changed its template meanwhile' };
  }
  if (state.replicas === 0) return { kind: 'ended', message: 'it was scaled to no pod meanwhile' };
  const members = memberReader(context, signal);
  if (!isRolledOut(state)) return { kind: 'waits', message: await explainShortage(context, owner, members, signal) };
  if ((await cluster.getPod(pod, { signal }))?.uid === pod.uid) {
    return { kind: 'waits', message: `its new pod is ready, and pod ${podName(pod)} has not ended yet` };
  }
  const ready = (await members(owner)).filter((one) => isReady(one) && one.uid !== pod.uid);
  const elsewhere = ready.find(({ nodeName }) => nodeName !== node);
  if (elsewhere) return { kind: 'moved', message: `${elsewhere.nodeName}: pod ${podName(elsewhere)} is ready` };
  if (ready[0]) return { kind: 'ended', message: `its new pod ${podName(ready[0])} came to ${node} again` };
  return { kind: 'waits', message: 'its new pod is not ready yet' };
}

/** Undoes the restart, and says in a clause what became of it. */
async function takeBack(one: Surge): Promise<string> {
  const { context, owner, stamp, former, generation } = one;
  const { namespace, name } = owner;
  const outcome = await undoSurge(context, { namespace, name, stamp, former, generation });
  const message = undoText(outcome, owner, context.cluster.kubectl);
  context.report.emit({
    type: 'node.step',
    node: context.node,
    step: 'surge',
    message: `${ownerName(owner)}: ${message}`,
  });
  // Left open in the journal, so that a rollback tries again.
  if (outcome.kind !== 'failed') await writeDone(one);
  return message;
}

/** Named, for several surges of a node may be under way at once. */
async function writeDone({ context, owner }: Surge): Promise<void> {
  await context.journal.write({ type: 'done', node: context.node, step: 'surge', of: surgeName(owner) });
}

/** What became of a restart that was to be undone. */
export function undoText(
  outcome: UndoOutcome,
  { namespace, name }: Pick<Owner, 'namespace' | 'name'>,
  kubectl: Kubectl,
): string {
  switch (outcome.kind) {
    case 'undone':
      return 'the restart was undone';
    case 'complete':
      return 'the new pod was ready by then, so the restart stays';
    case 'nothing':
      return 'there was no restart of ours to undo any more';
    case 'newer':
      return 'the restart was not undone, because somebody rolled out something newer on top of it';
    case 'failed':
      return `the restart could not be undone (${outcome.message}): see ${kubectl('rollout', 'undo', `deployment/${name}`, '-n', namespace)}`;
  }
}
