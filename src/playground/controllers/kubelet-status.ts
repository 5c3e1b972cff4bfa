/** The status that a kubelet writes for a pod which starts or ends. */
import { createHash } from 'node:crypto';
import { withCondition } from './conditions.ts';
import type { Condition, Container, Pod, PodStatus } from './models.ts';

export interface PodAddresses {
  readonly hostIP: string;
  readonly podIP: string;
}

/** Running; Ready unless `unready`. The same fields as test/cluster/stages/pod-ready.yaml gives to the real API server. */
export function runningStatus(pod: Pod, addresses: PodAddresses, unready: boolean, now: string): PodStatus {
  const ready = unready ? 'False' : 'True';
  const names = (pod.spec.containers ?? []).map(({ name }) => name).join(' ');
  const why = unready ? { reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` } : {};
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const condition = (type: string, status: string, more: Partial<Condition> = {}): Condition => ({
    ...more,
    type,
    status,
    lastProbeTime: null,
    lastTransitionTime: now,
  });
  const gates = (pod.spec.readinessGates ?? []).map(({ conditionType }) => condition(conditionType, 'True'));
  const initContainers = pod.spec.initContainers ?? [];
  return {
    ...pod.status,
    phase: 'Running',
    conditions: [
      condition('PodReadyToStartContainers', 'True'),
      condition('Initialized', 'True'),
      condition('Ready', ready, why),
      condition('ContainersReady', ready, why),
      scheduled ?? condition('PodScheduled', 'True'),
      ...gates,
    ],
    containerStatuses: (pod.spec.containers ?? []).map((container) => ({
      ...identity(pod, container),
      lastState: {},
      ready: !unready,
      restartCount: 0,
      started: true,
      state: { running: { startedAt: now } },
    })),
    ...(initContainers.length === 0
      ? {}
      : { initContainerStatuses: initContainers.map((container) => initStatus(pod, container, now)) }),
    hostIP: addresses.hostIP,
    hostIPs: [{ ip: addresses.hostIP }],
    podIP: addresses.podIP,
    podIPs: [{ ip: addresses.podIP }],
    startTime: now,
  };
}

function initStatus(pod: Pod, container: Container, now: string): object {
  const sidecar = container.restartPolicy === 'Always';
  return {
    ...identity(pod, container),
    lastState: {},
    ready: true,
    restartCount: 0,
    started: sidecar,
    state: sidecar
      ? { running: { startedAt: now } }
      : { terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now } },
  };
}

/** Ended by itself: every container terminated, with exit code 1 where the phase is Failed. */
export function completedStatus(pod: Pod, phase: 'Succeeded' | 'Failed', now: string): PodStatus {
  let conditions = pod.status?.conditions ?? [];
  const reason = phase === 'Failed' ? 'PodFailed' : 'PodCompleted';
  for (const type of ['Ready', 'ContainersReady']) {
    conditions = withCondition(conditions, { type, status: 'False', reason, lastProbeTime: null }, now);
  }
  return {
    ...pod.status,
    phase,
    conditions,
    containerStatuses: (pod.spec.containers ?? []).map((container) => ({
      ...identity(pod, container),
      lastState: {},
      ready: false,
      restartCount: 0,
      started: false,
      state: {
        terminated: {
          containerID: identity(pod, container).containerID,
          exitCode: phase === 'Failed' ? 1 : 0,
          reason: phase === 'Failed' ? 'Error' : 'Completed',
          startedAt: pod.status?.startTime ?? now,
          finishedAt: now,
        },
      },
    })),
  };
}

function identity(
  pod: Pod,
  container: Container,
): { name: string; image: string; imageID: string; containerID: string } {
  const image = container.image ?? '';
  return {
    name: container.name,
    image,
    imageID: `${image}@sha256:${sha256(image)}`,
    containerID: `containerd://${sha256(`${pod.metadata.uid}/${container.name}/0`)}`,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
