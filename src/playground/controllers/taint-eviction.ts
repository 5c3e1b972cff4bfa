/** Plays the taint eviction controller: deletes pods that do not tolerate a NoExecute taint of their node. */
import type { ControllerWorld } from '../ports.ts';
import { createRecorder } from './events.ts';
import { observe } from './informer.ts';
import { nodes, pods, type Node, type Pod, type Taint, type Toleration } from './models.ts';
import { deleteDisrupted } from './pod-deletion.ts';
import { isFinished, isTerminating } from './pod-facts.ts';
import { createQueue, keyOf, splitKey } from './queue.ts';
import { tolerates } from './taints.ts';

export function taintEviction(world: ControllerWorld): void {
  const { store, clock } = world;
  const record = createRecorder(world, 'taint-eviction-controller');
  /** Since when, and until when a pod may stay on its tainted node. */
  const planned = new Map<string, { readonly uid: string; readonly sinceMs: number; readonly untilMs: number }>();
  const queue = createQueue(world, sync);

  observe(world, [nodes], ({ kind, object, previous }) => {
    const after = kind === 'deleted' ? [] : noExecute(object);
    const before = previous ? noExecute(previous) : [];
    if (after.length === 0 && before.length === 0) return;
    if (JSON.stringify(after) === JSON.stringify(before)) return;
    for (const pod of store.podsOnNode(object.metadata.name)) queue.add(keyOf(pod));
  });
  observe(world, [pods], ({ kind, object }) => {
    const pod = object as Pod;
    if (kind === 'deleted') planned.delete(keyOf(pod));
    else if (pod.spec.nodeName !== undefined && taintsOf(pod).length > 0) queue.add(keyOf(pod));
  });

  function taintsOf(pod: Pod): readonly Taint[] {
    const node: Node | undefined = store.get(nodes, undefined, pod.spec.nodeName ?? '');
    return node ? noExecute(node) : [];
  }

  function sync(key: string): void {
    const { namespace, name } = splitKey(key);
    const pod = store.get(pods, namespace, name) as Pod | undefined;
    if (!pod || isTerminating(pod) || isFinished(pod)) {
      planned.delete(key);
      return;
    }
    const staysMs = toleratedMs(pod.spec.tolerations ?? [], taintsOf(pod));
    const before = planned.get(key);
    if (staysMs === Infinity) {
      if (before) record(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
      planned.delete(key);
      return;
    }
    const now = clock.monotonic();
    const sinceMs = before?.uid === pod.metadata.uid ? before.sinceMs : now;
    const untilMs = sinceMs + staysMs;
    if (untilMs > now) {
      planned.set(key, { uid: pod.metadata.uid, sinceMs, untilMs });
      queue.addAfter(key, untilMs - now);
      return;
    }
    planned.delete(key);
    record(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
    deleteDisrupted(world, pod, 'DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint');
  }
}

function noExecute(node: Node): readonly Taint[] {
  return (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
}

/** How long the pod may stay: the shortest of the tolerations that match, none for a taint that nothing matches. */
function toleratedMs(tolerations: readonly Toleration[], taints: readonly Taint[]): number {
  let seconds = Infinity;
  for (const taint of taints) {
    const matching = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return 0;
    for (const { tolerationSeconds } of matching)
      seconds = Math.min(seconds, Math.max(0, tolerationSeconds ?? Infinity));
  }
  return seconds * 1000;
}
