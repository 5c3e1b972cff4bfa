/** Why an owner has fewer ready pods than it should: looks at its pods and their Events. */
import type { ClusterEvent } from '../../cluster/cluster-event.ts';
import { podName, type Pod } from '../../cluster/pod.ts';
import { ClusterError } from '../../errors.ts';
import { counted } from '../../report/counting.ts';
import type { ContinuityContext } from './context.ts';
import type { Owner } from './owners.ts';
import { podReason, shortened, statusReason } from './pod-reason.ts';

/** Pods that are named with their reason; the others are counted. */
const mostPods = 2;

/** Reads an owner's pods; each namespace is listed once a look. */
export type MemberReader = (owner: Owner) => Promise<readonly Pod[]>;

/** For one look: what it read once it does not read again. */
export function memberReader({ cluster, owners }: ContinuityContext, signal: AbortSignal): MemberReader {
  const lists = new Map<string, Promise<readonly Pod[]>>();
  return async (owner) => {
    const { namespace } = owner;
    const list = lists.get(namespace) ?? cluster.listPods({ namespace, signal });
    lists.set(namespace, list);
    return owners.members(owner, await list, signal);
  };
}

/** Counts as ready: neither on its way out nor finished. */
export function isReady({ ready, finished, deletionTimestamp }: Pod): boolean {
  return ready && !finished && deletionTimestamp === undefined;
}

/** Clauses such as `pod shop/web-x: ImagePullBackOff in container app`; says so when the pods cannot be read. */
export async function explainShortage(
  context: ContinuityContext,
  owner: Owner,
  members: MemberReader,
  signal: AbortSignal,
): Promise<string> {
  let pods: readonly Pod[];
  try {
    pods = await members(owner);
  } catch (error) {
    if (signal.aborted || !(error instanceof ClusterError)) throw error;
    return `why is unknown (${error.message})`;
  }
  const waiting = pods.filter((pod) => !isReady(pod) && !pod.finished && pod.deletionTimestamp === undefined);
  if (waiting.length === 0) return withoutPods(context, owner, pods, signal);
  const named = await Promise.all(waiting.slice(0, mostPods).map((pod) => explainPod(context, pod, signal)));
  const more = waiting.length - named.length;
  return [...named, ...(more > 0 ? [`${counted(more, 'more pod')} not ready`] : [])].join(', ');
}

async function explainPod(context: ContinuityContext, pod: Pod, signal: AbortSignal): Promise<string> {
  const nowMs = context.clock.now();
  const events = statusReason(pod, nowMs) === undefined ? await eventsOf(context, pod, signal) : [];
  return `pod ${podName(pod)}: ${podReason(pod, events, nowMs)}`;
}

/** No pod is on its way: the controller could not create one (a quota, a webhook), or it is about to count. */
async function withoutPods(
  context: ContinuityContext,
  owner: Owner,
  pods: readonly Pod[],
  signal: AbortSignal,
): Promise<string> {
  for (const { namespace, uid } of await creators(context, owner, signal)) {
    const events = await eventsOf(context, { namespace, uid }, signal);
    const refused = events.findLast(({ reason }) => reason === 'FailedCreate');
    if (refused) return shortened(`FailedCreate: ${refused.message}`);
  }
  const leaving = pods.find(({ deletionTimestamp }) => deletionTimestamp !== undefined);
  if (leaving) return `pod ${podName(leaving)} is still terminating`;
  return 'no pod has come in its place yet';
}

/** What creates the owner's pods: of a Deployment those of its ReplicaSets that lack pods. */
async function creators(
  { cluster }: ContinuityContext,
  owner: Owner,
  signal: AbortSignal,
): Promise<readonly { readonly namespace: string; readonly uid: string }[]> {
  if (owner.kind !== 'Deployment') return [owner];
  const sets = await orNone(() => cluster.listWorkloads('ReplicaSet', { namespace: owner.namespace, signal }), signal);
  return sets.filter(
    ({ controller, replicas, statusReplicas }) => controller?.uid === owner.uid && replicas > statusReplicas,
  );
}

function eventsOf(
  { cluster }: ContinuityContext,
  { namespace, uid }: { readonly namespace: string; readonly uid: string },
  signal: AbortSignal,
): Promise<readonly ClusterEvent[]> {
  return orNone(() => cluster.listEvents({ namespace, involvedUid: uid, signal }), signal);
}

/** Reasons are a courtesy: who may not read them waits just the same. */
async function orNone<T>(read: () => Promise<readonly T[]>, signal: AbortSignal): Promise<readonly T[]> {
  try {
    return await read();
  } catch (error) {
    if (signal.aborted || !(error instanceof ClusterError)) throw error;
    return [];
  }
}
