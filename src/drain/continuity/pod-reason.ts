/** Why a pod is not ready, in one clause: the scheduler's words, the kubelet's reasons, else what Events say. */
import type { ClusterEvent } from '../../cluster/cluster-event.ts';
import { epochMs } from '../../cluster/metadata.ts';
import type { Pod } from '../../cluster/pod.ts';

/** A pod that the scheduler refuses for this long will not be placed by waiting a little (beyond.md 6.4). */
const stuckAfterMs = 30_000;
/** Longest clause: schedulers and registries can be wordy. */
const longestText = 300;

/** What every pod goes through while it starts; worth saying only when nothing better is known. */
const ordinary: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing', '']);

/** The reason that the pod's own status gives, undefined when only its Events can tell. */
export function statusReason(pod: Pod, nowMs: number): string | undefined {
  if (pod.unschedulableMessage !== undefined) {
    const createdMs = epochMs(pod.creationTimestamp);
    const stuck = createdMs !== undefined && nowMs - createdMs > stuckAfterMs;
    return shortened(
      `${stuck ? 'FailedScheduling for more than 30 s' : 'FailedScheduling'}: ${pod.unschedulableMessage}`,
    );
  }
  const stopped = pod.waiting.find(({ reason }) => !ordinary.has(reason));
  if (!stopped) return undefined;
  const { reason, container, message } = stopped;
  return shortened(`${reason} in container ${container}${message === undefined ? '' : `: ${message}`}`);
}

/** The same, with what was recorded about the pod (oldest first), and at last the state it is in. */
export function podReason(pod: Pod, events: readonly ClusterEvent[], nowMs: number): string {
  const known = statusReason(pod, nowMs);
  if (known !== undefined) return known;
  const warning = events.findLast(({ type }) => type === 'Warning');
  if (warning) return shortened(`${warning.reason}: ${warning.message}`);
  if (pod.nodeName === '') return 'has no node yet';
  if (pod.waiting.length > 0) return `is starting on ${pod.nodeName}`;
  return pod.phase === 'Running' ? `runs on ${pod.nodeName} but is not ready yet` : `is starting on ${pod.nodeName}`;
}

/** On one line and not too long. */
export function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= longestText ? line : `${line.slice(0, longestText - 1)}…`;
}
