/** Whether a move that was agreed to still makes sense a while later. */
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import { podName } from '../cluster/pod.ts';
import { takesPods, type Move } from './rebalance.ts';

/**
 * Looks at a move again right before it is made.
 *
 * @param pods those of the pod's namespace, at least, as they are now
 * @param target the node as it is now; undefined when it is gone
 * @returns why nothing should be moved any more: a whole sentence without its stop; undefined when all is as planned
 */
export function obstacleTo(
  { pod, from, to }: Move,
  pods: readonly Pod[],
  target: Node | undefined,
): string | undefined {
  if (!target || !takesPods(target)) return `${to} takes no pods any more`;
  const now = pods.find(({ uid }) => uid === pod.uid);
  if (!now || now.nodeName !== from) return `${podName(pod)} is no longer on ${from}`;
  const herd = podsLike(pod, pods);
  const restless = herd.find((one) => !one.ready || one.deletionTimestamp !== undefined);
  if (restless) return `${podName(restless)} of the same ${pod.controller?.kind ?? 'controller'} is not ready`;
  const countOn = (name: string): number => herd.filter(({ nodeName }) => nodeName === name).length;
  return countOn(from) - countOn(to) < 2 ? 'its pods are evenly spread by now' : undefined;
}

/** The unfinished pods of the same controller. */
export function podsLike({ controller }: Pod, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((other) => !other.finished && other.controller?.uid === controller?.uid);
}
