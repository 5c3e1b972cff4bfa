/** Plays kube-scheduler: binds pods without a node to one that can take them, or says why none can. */
import type { ControllerWorld, StoreEvent } from '../ports.ts';
import { withCondition } from './conditions.ts';
import { createRecorder } from './events.ts';
import { observe } from './informer.ts';
import { nodes, pods, type Node, type Pod } from './models.ts';
import { createNodeInfos, type NodeInfo } from './node-info.ts';
import { controllerOf, isFinished, isTerminating } from './pod-facts.ts';
import { createQueue, keyOf, splitKey } from './queue.ts';
import { createRandom } from './random.ts';
import { filterNodes, unschedulableMessage } from './scheduling-filters.ts';
import { nowText } from './times.ts';

interface Choice {
  readonly name: string;
  readonly siblings: number;
  readonly pods: number;
  readonly luck: number;
}

/** `seed` decides between nodes that are equally good. */
export function createScheduler(seed: number): (world: ControllerWorld) => void {
  return (world) => {
    startScheduler(world, createRandom(seed));
  };
}

function startScheduler(world: ControllerWorld, random: () => number): void {
  const { store, registry, clock } = world;
  const record = createRecorder(world, 'default-scheduler', { action: 'Binding' });
  const recordFailure = createRecorder(world, 'default-scheduler', { action: 'Scheduling' });
  const infos = createNodeInfos(store);
  const unschedulable = new Set<string>();
  const queue = createQueue(world, schedule);

  observe(world, [pods], ({ kind, object, previous }) => {
    const pod = object as Pod;
    for (const nodeName of [pod.spec.nodeName, (previous as Pod | undefined)?.spec.nodeName]) {
      if (nodeName !== undefined) infos.forget(nodeName);
    }
    const key = keyOf(pod);
    if (kind === 'deleted') {
      unschedulable.delete(key);
      retryAll();
    } else if (isWaiting(pod)) {
      // Its own failure condition must not make the pod be tried again.
      if (!previous || (previous as Pod).spec !== pod.spec || previous.metadata.labels !== pod.metadata.labels) {
        queue.add(key);
      }
    } else {
      unschedulable.delete(key);
      if (unschedulable.size > 0 && (kind === 'added' || isFinished(pod) || becameBound(pod, previous))) retryAll();
    }
  });
  observe(world, [nodes], (event) => {
    if (event.kind === 'deleted') infos.forget(event.object.metadata.name);
    if (schedulingChanged(event)) retryAll();
  });

  function retryAll(): void {
    for (const key of unschedulable) queue.add(key);
  }

  function schedule(key: string): void {
    const { namespace, name } = splitKey(key);
    const pod = store.get(pods, namespace, name) as Pod | undefined;
    if (!pod || !isWaiting(pod)) return;
    const all = (store.list(nodes) as readonly Node[])
      .filter((node) => node.metadata.deletionTimestamp === undefined)
      .map((node) => infos.get(node));
    const { feasible, rejections } = filterNodes(store, pod, all);
    const chosen = choose(pod, feasible);
    if (!chosen) {
      unschedulable.add(key);
      refuse(pod, unschedulableMessage(all.length, rejections));
      return;
    }
    unschedulable.delete(key);
    // What the Binding subresource does (registry/core/pod/storage, assignPod): an update may not set nodeName.
    const bound: Pod = {
      ...pod,
      spec: { ...pod.spec, nodeName: chosen },
      status: {
        ...pod.status,
        conditions: withCondition(
          pod.status?.conditions,
          { type: 'PodScheduled', status: 'True', lastProbeTime: null },
          nowText(clock),
        ),
      },
    };
    store.put(pods, bound);
    record(pod, 'Normal', 'Scheduled', `Successfully assigned ${keyOf(pod)} to ${chosen}`);
  }

  function refuse(pod: Pod, message: string): void {
    registry.modify(
      pods,
      pod.metadata.namespace,
      pod.metadata.name,
      (current) => {
        const status = (current as Pod).status;
        const conditions = withCondition(
          status?.conditions,
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message,
            lastProbeTime: null,
            observedGeneration: current.metadata.generation ?? 1,
          },
          nowText(clock),
        );
        return conditions === status?.conditions ? current : { ...current, status: { ...status, conditions } };
      },
      { subresource: 'status' },
    );
    recordFailure(pod, 'Warning', 'FailedScheduling', message);
  }

  function ownedPods(owner: string): readonly Pod[] {
    return (store.controlledBy(owner) as readonly Pod[]).filter(({ kind }) => kind === 'Pod');
  }

  /** The node with the fewest pods of the same owner, then with the fewest pods; the seed decides between equals. */
  function choose(pod: Pod, feasible: readonly NodeInfo[]): string | undefined {
    const owner = controllerOf(pod)?.uid;
    const perNode = new Map<string, number>();
    for (const sibling of owner === undefined ? [] : ownedPods(owner)) {
      const { nodeName } = sibling.spec;
      if (nodeName !== undefined && !isFinished(sibling)) perNode.set(nodeName, (perNode.get(nodeName) ?? 0) + 1);
    }
    let best: Choice | undefined;
    for (const info of feasible) {
      const siblings = perNode.get(info.node.metadata.name) ?? 0;
      const one = { name: info.node.metadata.name, siblings, pods: info.pods.length, luck: random() };
      const order = best ? one.siblings - best.siblings || one.pods - best.pods || one.luck - best.luck : -1;
      if (order < 0) best = one;
    }
    return best?.name;
  }
}

function isWaiting(pod: Pod): boolean {
  return (
    pod.spec.nodeName === undefined &&
    !isTerminating(pod) &&
    !isFinished(pod) &&
    !pod.spec.schedulingGates?.length &&
    (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler'
  );
}

function becameBound(pod: Pod, previous: unknown): boolean {
  return pod.spec.nodeName !== undefined && (previous as Pod | undefined)?.spec.nodeName === undefined;
}

/** Does a change of a node concern scheduling at all? Heartbeats do not. */
function schedulingChanged({ kind, object, previous }: Pick<StoreEvent, 'kind' | 'object' | 'previous'>): boolean {
  if (kind !== 'modified' || !previous) return true;
  const [before, after] = [previous as Node, object as Node];
  return (
    before.spec !== after.spec ||
    before.metadata.labels !== after.metadata.labels ||
    before.status?.allocatable !== after.status?.allocatable
  );
}
