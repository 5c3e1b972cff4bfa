/** A pod as whoever reads its logs sees it. */
import type { V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { controllerOf, metadataOf, type Controller } from './metadata.ts';
import type { Wire } from './wire.ts';

export type LogContainerKind = 'init' | 'regular' | 'ephemeral';

/** How a run of a container ended. */
export interface Termination {
  readonly reason: string | undefined;
  readonly exitCode: number;
  readonly signal: number | undefined;
  /** RFC 3339. */
  readonly finishedAt: string | undefined;
}

export interface LogContainer {
  readonly name: string;
  readonly kind: LogContainerKind;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** Of the run whose log the server gives: the one in hand, or else the last; undefined before the first. */
  readonly containerId: string | undefined;
  readonly restartCount: number;
  /** Why it waits: `CrashLoopBackOff`, `ImagePullBackOff`. */
  readonly waitingReason: string | undefined;
  /** Of the run with that id; undefined while it runs. */
  readonly terminated: Termination | undefined;
  /** Of the run before it. */
  readonly lastTerminated: Termination | undefined;
}

export interface LogPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** By the server's clock; RFC 3339. */
  readonly createdAt: string | undefined;
  /** Empty until it is bound. */
  readonly nodeName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly controller: Controller | undefined;
  /** Status by type: `Ready` → `True`. */
  readonly conditions: Readonly<Record<string, string>>;
  /** `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`. */
  readonly phase: string;
  /** Being deleted. */
  readonly terminating: boolean;
  /** Init, regular, ephemeral, each in the order of the spec. */
  readonly containers: readonly LogContainer[];
}

/** Narrows a pod from the API server for its logs. */
export function narrowLogPod(raw: Wire<V1Pod>): LogPod {
  const { name, uid, labels, annotations, creationTimestamp, deletionTimestamp } = metadataOf(raw.metadata);
  const { spec, status } = raw;
  const containers = (
    kind: LogContainerKind,
    named: readonly { readonly name: string }[] | undefined,
    statuses: readonly Wire<V1ContainerStatus>[] | undefined,
  ): readonly LogContainer[] =>
    (named ?? []).map((container) =>
      narrowContainer(
        container.name,
        kind,
        statuses?.find((one) => one.name === container.name),
      ),
    );
  return {
    namespace: raw.metadata?.namespace ?? '',
    name,
    uid,
    createdAt: creationTimestamp,
    nodeName: spec?.nodeName ?? '',
    labels,
    annotations,
    controller: controllerOf(raw.metadata),
    conditions: Object.fromEntries((status?.conditions ?? []).map((condition) => [condition.type, condition.status])),
    phase: status?.phase ?? 'Unknown',
    terminating: deletionTimestamp !== undefined,
    containers: [
      ...containers('init', spec?.initContainers, status?.initContainerStatuses),
      ...containers('regular', spec?.containers, status?.containerStatuses),
      ...containers('ephemeral', spec?.ephemeralContainers, status?.ephemeralContainerStatuses),
    ],
  };
}

function narrowContainer(
  name: string,
  kind: LogContainerKind,
  status: Wire<V1ContainerStatus> | undefined,
): LogContainer {
  const { state, lastState, restartCount = 0 } = status ?? {};
  const last = terminationOf(lastState?.terminated);
  const shared = { name, kind, restartCount };
  if (state?.running) {
    const containerId = status?.containerID || undefined;
    const none = { waitingReason: undefined, terminated: undefined };
    return { ...shared, state: 'running', containerId, ...none, lastTerminated: last };
  }
  if (state?.terminated) {
    const containerId = state.terminated.containerID || status?.containerID || undefined;
    const terminated = terminationOf(state.terminated);
    return { ...shared, state: 'terminated', containerId, waitingReason: undefined, terminated, lastTerminated: last };
  }
  // While it waits for its next run, the kubelet serves the log of the last one.
  return {
    ...shared,
    state: 'waiting',
    containerId: lastState?.terminated?.containerID || undefined,
    waitingReason: state?.waiting?.reason,
    terminated: last,
    lastTerminated: last,
  };
}

function terminationOf(raw: Wire<V1ContainerStateTerminated> | undefined): Termination | undefined {
  return raw && { reason: raw.reason, exitCode: raw.exitCode, signal: raw.signal, finishedAt: raw.finishedAt };
}
