/** Which container's log is asked for, and which of its runs. */
import type { V1ContainerState, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Wire } from '../../../cluster/wire.ts';
import type { KubeObject } from '../../objects.ts';
import { badRequest } from '../../registry-errors.ts';

/** One life of a container, from its start to its end. */
export interface ContainerRun {
  readonly podUid: string;
  readonly container: string;
  readonly restartCount: number;
  readonly startMs: number;
  /** Undefined while it runs. */
  readonly endMs: number | undefined;
}

/** The only container, or the named one; `validateContainer` in pkg/registry/core/pod/strategy.go. */
export function chooseContainer({ metadata, spec }: Wire<V1Pod>, wanted: string): string {
  const name = metadata?.name ?? '';
  const own = (spec?.containers ?? []).map((container) => container.name);
  const all = [
    ...(spec?.initContainers ?? []).map((container) => container.name),
    ...own,
    ...(spec?.ephemeralContainers ?? []).map((container) => container.name),
  ];
  if (wanted !== '') {
    if (!all.includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
    return wanted;
  }
  const [only, another] = own;
  if (only !== undefined && another === undefined) return only;
  const choice = only === undefined ? '' : `, choose one of: [${all.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}${choice}`);
}

/** The run whose log is to be read; `validateContainerLogStatus` in pkg/kubelet/kubelet_pods.go. */
export function runOf(pod: KubeObject, container: string, previous: boolean): ContainerRun {
  const { metadata, status } = pod as unknown as Wire<V1Pod>;
  const name = metadata?.name ?? '';
  const found = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].find((candidate) => candidate.name === container);
  if (!found) throw badRequest(`container "${container}" in pod "${name}" is not available`);
  if (previous) {
    if (!found.lastState?.terminated) {
      throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
    }
    return run(pod, found, found.lastState, -1);
  }
  const { waiting, running, terminated } = found.state ?? {};
  if (running || terminated) return run(pod, found, found.state, 0);
  if (found.lastState?.terminated) return run(pod, found, found.lastState, 0);
  const why = waiting ? `: ${waitingFor(waiting.reason)}` : ' - no logs yet';
  throw badRequest(`container "${container}" in pod "${name}" is waiting to start${why}`);
}

function waitingFor(reason = ''): string {
  if (reason === 'ErrImagePull') return "image can't be pulled";
  return reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
}

function run(
  { metadata }: KubeObject,
  { name, restartCount }: Wire<V1ContainerStatus>,
  state: Wire<V1ContainerState> | undefined,
  earlier: 0 | -1,
): ContainerRun {
  const started = state?.running?.startedAt ?? state?.terminated?.startedAt ?? metadata.creationTimestamp;
  const finished = state?.terminated?.finishedAt;
  return {
    podUid: metadata.uid,
    container: name,
    restartCount: Math.max(0, restartCount + earlier),
    startMs: Date.parse(started),
    endMs: state?.terminated ? Date.parse(finished ?? started) : undefined,
  };
}
