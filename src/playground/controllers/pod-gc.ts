/** Plays the pod garbage collector: removes pods of nodes that are gone, and terminating pods that never had a node. */
import type { ControllerWorld } from '../ports.ts';
import { observe } from './informer.ts';
import { nodes, pods, type Node, type Pod } from './models.ts';
import { deleteDisrupted } from './pod-deletion.ts';
import { conditionOf } from './conditions.ts';
import { isFinished, isTerminating } from './pod-facts.ts';
import { createQueue, keyOf, splitKey } from './queue.ts';

// podgc: looked for every 20 s, and a node must stay away for 40 s.
const periodMs = 20_000;
const quarantineMs = 40_000;
const outOfService = 'node.kubernetes.io/out-of-service';

export function podGc(world: ControllerWorld): void {
  const { store, registry, clock } = world;
  const missingSince = new Map<string, number>();
  const queue = createQueue(world, sync);

  observe(world, [nodes], ({ kind, object }) => {
    const { name } = object.metadata;
    if (kind === 'deleted') suspect(name);
    else if ((object as Node).spec?.taints?.some(({ key }) => key === outOfService)) queue.add(`node/${name}`);
  });
  observe(world, [pods], ({ kind, object }) => {
    const pod = object as Pod;
    const { nodeName } = pod.spec;
    if (kind === 'deleted') return;
    if (nodeName === undefined) {
      if (isTerminating(pod)) queue.addAfter(`pod/${keyOf(pod)}`, periodMs);
      return;
    }
    const node: Node | undefined = store.get(nodes, undefined, nodeName);
    if (!node) suspect(nodeName);
    else if (isTerminating(pod) && node.spec?.taints?.some(({ key }) => key === outOfService))
      queue.add(`node/${nodeName}`);
  });

  function suspect(nodeName: string): void {
    if (missingSince.has(nodeName)) return;
    missingSince.set(nodeName, clock.monotonic());
    queue.addAfter(`node/${nodeName}`, quarantineMs);
  }

  function sync(key: string): void {
    const { namespace: kind, name } = splitKey(key);
    if (kind === 'pod') removeUnscheduled(name);
    else if (store.get(nodes, undefined, name)) removeFromDeadNode(name);
    else removeOrphans(name);
  }

  function removeUnscheduled(key: string): void {
    const { namespace, name } = splitKey(key);
    const pod = store.get(pods, namespace, name) as Pod | undefined;
    if (!pod || !isTerminating(pod) || pod.spec.nodeName !== undefined || pod.metadata.finalizers?.length) return;
    registry.delete(pods, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
  }

  function removeOrphans(nodeName: string): void {
    const sinceMs = missingSince.get(nodeName) ?? clock.monotonic();
    const leftMs = sinceMs + quarantineMs - clock.monotonic();
    if (leftMs > 0) {
      queue.addAfter(`node/${nodeName}`, leftMs);
      return;
    }
    missingSince.delete(nodeName);
    for (const pod of store.podsOnNode(nodeName) as readonly Pod[]) {
      end(pod, 'DeletionByPodGC', 'PodGC: node no longer exists');
    }
  }

  /** Pods that terminate on a node which is not ready and marked out of service. */
  function removeFromDeadNode(nodeName: string): void {
    missingSince.delete(nodeName);
    const node: Node | undefined = store.get(nodes, undefined, nodeName);
    if (!node?.spec?.taints?.some(({ key }) => key === outOfService)) return;
    if (conditionOf(node, 'Ready')?.status === 'True') return;
    for (const pod of store.podsOnNode(nodeName) as readonly Pod[]) {
      if (isTerminating(pod)) end(pod, 'DeletionByPodGC', 'PodGC: node is out of service');
    }
  }

  function end(pod: Pod, reason: string, message: string): void {
    if (isTerminating(pod) && pod.metadata.deletionGracePeriodSeconds === 0 && pod.metadata.finalizers?.length) return;
    if (isFinished(pod)) {
      const { namespace, name, uid } = pod.metadata;
      registry.delete(pods, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
    } else deleteDisrupted(world, pod, reason, message, { gracePeriodSeconds: 0, phase: 'Failed' });
  }
}
