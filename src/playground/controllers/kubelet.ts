/** Plays the kubelets: starts the pods bound to their nodes, ends those that are asked to end. */
import type { ControllerWorld } from '../ports.ts';
import { createRecorder } from './events.ts';
import { observe } from './informer.ts';
import { completedStatus, runningStatus } from './kubelet-status.ts';
import { hostAddress, isSilent } from './kubelet-node.ts';
import { nodes, pods, type Node, type Pod } from './models.ts';
import { isFinished, isTerminating } from './pod-facts.ts';
import { keyOf } from './queue.ts';
import { nowText } from './times.ts';

type Stage = 'start' | 'complete' | 'end' | 'forget';

interface Step {
  readonly uid: string;
  readonly stage: Stage;
  cancel(): void;
}

/**
 * The annotations are those of test/cluster/stages: `kmaint.test/ready-after-ms`, `gone-after-ms`, `unready`,
 * `complete-after-ms`, `complete-phase`. On a node that is gone or silent nothing happens.
 */
export function kubelet(world: ControllerWorld): void {
  const { store, registry, clock, signal } = world;
  const steps = new Map<string, Step>();
  const record = createRecorder(world, 'kubelet');
  let addresses = 0;

  observe(world, [nodes], ({ kind, object, previous }) => {
    const node = object as Node;
    if (kind === 'modified' && previous && isSilent(previous) === isSilent(node)) return;
    for (const pod of store.podsOnNode(node.metadata.name)) plan(pod as Pod);
  });
  observe(world, [pods], ({ kind, object }) => {
    if (kind === 'deleted') drop(keyOf(object));
    else plan(object as Pod);
  });
  signal.addEventListener('abort', () => {
    for (const step of steps.values()) step.cancel();
  });

  function drop(key: string): void {
    steps.get(key)?.cancel();
    steps.delete(key);
  }

  /** Sets a timer for what comes next, unless it runs already. */
  function plan(pod: Pod): void {
    if (pod.spec.nodeName === undefined || signal.aborted) return;
    const key = keyOf(pod);
    const stage = isPlayed(pod) ? stageOf(pod) : undefined;
    const current = steps.get(key);
    if (current && current.uid === pod.metadata.uid && current.stage === stage) return;
    drop(key);
    if (!stage) return;
    const timer = clock.after(delayOf(pod, stage), () => {
      steps.delete(key);
      play(pod, stage);
    });
    steps.set(key, { uid: pod.metadata.uid, stage, cancel: () => timer.cancel() });
  }

  function isPlayed(pod: Pod): boolean {
    const node: Node | undefined = store.get(nodes, undefined, pod.spec.nodeName ?? '');
    return node !== undefined && !isSilent(node);
  }

  function play(planned: Pod, stage: Stage): void {
    const { namespace, name, uid } = planned.metadata;
    const pod = store.get(pods, namespace, name) as Pod | undefined;
    if (pod?.metadata.uid !== uid || stageOf(pod) !== stage) return;
    if (stage === 'end' || stage === 'forget') remove(pod);
    else write(pod, stage);
  }

  function remove(pod: Pod): void {
    const { namespace, name, uid } = pod.metadata;
    for (const container of pod.spec.containers ?? []) {
      if (isFinished(pod)) break;
      record(pod, 'Normal', 'Killing', `Stopping container ${container.name}`);
    }
    try {
      registry.delete(pods, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch {
      // Gone already, or another pod has the name.
    }
  }

  function write(pod: Pod, stage: 'start' | 'complete'): void {
    const now = nowText(clock);
    registry.modify(
      pods,
      pod.metadata.namespace,
      pod.metadata.name,
      (current) => {
        const latest = current as Pod;
        const status =
          stage === 'start'
            ? runningStatus(latest, addressesOf(latest), annotation(latest, 'unready') !== undefined, now)
            : completedStatus(latest, annotation(latest, 'complete-phase') === 'Failed' ? 'Failed' : 'Succeeded', now);
        return { ...latest, status };
      },
      { subresource: 'status' },
    );
    if (stage === 'complete') return;
    for (const { image = '' } of pod.spec.containers ?? []) {
      record(pod, 'Normal', 'Pulled', `Container image "${image}" already present on machine`);
      record(pod, 'Normal', 'Created', 'Container created');
      record(pod, 'Normal', 'Started', 'Container started');
    }
  }

  function addressesOf(pod: Pod): { hostIP: string; podIP: string } {
    const hostIP = hostAddress(store.get(nodes, undefined, pod.spec.nodeName ?? ''));
    if (pod.spec.hostNetwork) return { hostIP, podIP: hostIP };
    if (pod.status?.podIP !== undefined) return { hostIP, podIP: pod.status.podIP };
    addresses += 1;
    const [high, middle, low] = [addresses >> 16, (addresses >> 8) & 255, addresses & 255];
    return { hostIP, podIP: `10.${String(244 + (high % 12))}.${String(middle)}.${String(low)}` };
  }
}

function stageOf(pod: Pod): Stage | undefined {
  if (isTerminating(pod)) {
    // The kubelet is done with it; what remains are finalizers, and the API server removes it with the last one.
    if (pod.metadata.deletionGracePeriodSeconds === 0) return pod.metadata.finalizers?.length ? undefined : 'forget';
    return 'end';
  }
  switch (pod.status?.phase ?? 'Pending') {
    case 'Pending':
      return 'start';
    case 'Running':
      return annotation(pod, 'complete-after-ms') === undefined ? undefined : 'complete';
    default:
      return undefined;
  }
}

function delayOf(pod: Pod, stage: Stage): number {
  switch (stage) {
    case 'start':
      return milliseconds(annotation(pod, 'ready-after-ms'));
    case 'complete':
      return milliseconds(annotation(pod, 'complete-after-ms'));
    case 'end':
      return milliseconds(annotation(pod, 'gone-after-ms'));
    case 'forget':
      return 0;
  }
}

function annotation(pod: Pod, name: string): string | undefined {
  return pod.metadata.annotations?.[`kmaint.test/${name}`];
}

function milliseconds(text: string | undefined): number {
  const ms = Number(text ?? 1000);
  return Number.isFinite(ms) && ms >= 0 ? ms : 1000;
}
