/** What the log server answers to which path: enough of the API for stern, kail, kubectl, kubetail and kmaint. */
import type { Wanted } from './log-bodies.ts';
import type { LogWorld, ServedContainer, ServedPod } from './log-world.ts';

export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly value: object }
  /** Events of pods that are there, then nothing more until `seconds` have passed. */
  | { readonly kind: 'watch'; readonly initial: readonly ServedPod[]; readonly seconds: number | undefined }
  | {
      readonly kind: 'log';
      readonly pod: ServedPod;
      readonly container: ServedContainer;
      readonly follow: boolean;
      readonly wanted: Wanted;
    };

const resourceVersion = '1000';
const startedAt = '2026-01-01T00:00:00Z';

/** Answers a GET of a path with its query. */
export function answer(world: LogWorld, target: string, nowMs: number): Answer {
  const { pathname, searchParams } = new URL(target, 'https://server');
  const fixed = world.objects[pathname] ?? discovery[pathname];
  if (fixed) return { kind: 'json', status: 200, value: fixed };
  if (pathname === '/api/v1/namespaces') return listOf('Namespace', namespacesOf(world));
  const pods = /^\/api\/v1(?:\/namespaces\/([^/]+))?\/pods(?:\/([^/]+)(\/log)?)?$/.exec(pathname);
  if (!pods) return status(404, 'NotFound', `the log server has no ${pathname}`);
  const [, namespace, name, log] = pods;
  if (name === undefined) return collection(podsOf(world, namespace, searchParams), searchParams);
  const pod = world.pods.find((one) => one.name === name && one.namespace === namespace);
  if (!pod) return status(404, 'NotFound', `pods "${name}" not found`);
  if (log === undefined) return { kind: 'json', status: 200, value: podObject(pod) };
  return logOf(pod, searchParams, nowMs);
}

function collection(pods: readonly ServedPod[], query: URLSearchParams): Answer {
  if (!isTrue(query.get('watch'))) return listOf('Pod', pods.map(podObject));
  const from = query.get('resourceVersion') ?? '';
  const seconds = numberIn(query, 'timeoutSeconds');
  // Without a version the server tells of all that is there first, as it does for RetryWatcher.
  return { kind: 'watch', initial: from === '' || from === '0' ? pods : [], seconds };
}

function logOf(pod: ServedPod, query: URLSearchParams, nowMs: number): Answer {
  const asked = query.get('container') ?? '';
  const container =
    asked === '' && pod.containers.length === 1 ? pod.containers[0] : pod.containers.find(({ name }) => name === asked);
  if (!container) return status(400, 'BadRequest', `container ${asked} is not valid for pod ${pod.name}`);
  if (container.state === 'waiting') {
    const message = `container "${container.name}" in pod "${pod.name}" is waiting to start: ContainerCreating`;
    return status(400, 'BadRequest', message);
  }
  const seconds = numberIn(query, 'sinceSeconds');
  const time = query.get('sinceTime');
  return {
    kind: 'log',
    pod,
    container,
    follow: isTrue(query.get('follow')),
    wanted: {
      timestamps: isTrue(query.get('timestamps')),
      sinceMs: seconds === undefined ? (time === null ? undefined : Date.parse(time)) : nowMs - seconds * 1000,
      tailLines: numberIn(query, 'tailLines'),
    },
  };
}

function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}

function numberIn(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  return value === null ? undefined : Number(value);
}

function podsOf(world: LogWorld, namespace: string | undefined, query: URLSearchParams): readonly ServedPod[] {
  const labels = pairs(query.get('labelSelector'));
  const fields = pairs(query.get('fieldSelector'));
  return world.pods.filter(
    (pod) =>
      (namespace === undefined || pod.namespace === namespace) &&
      labels.every(([name, value]) => pod.labels[name] === value) &&
      fields.every(([name, value]) => fieldOf(pod, name) === value),
  );
}

/** Equalities only: no test of ours sends more. */
function pairs(selector: string | null): readonly (readonly [string, string])[] {
  return (selector ?? '')
    .split(',')
    .filter((one) => one !== '')
    .map((one) => {
      const [, name, value] = /^([^=!]+)==?(.*)$/.exec(one) ?? [];
      if (name === undefined || value === undefined) throw new Error(`the log server cannot select by ${one}`);
      return [name, value] as const;
    });
}

function fieldOf(pod: ServedPod, name: string): string | undefined {
  if (name === 'metadata.name') return pod.name;
  if (name === 'metadata.namespace') return pod.namespace;
  return name === 'spec.nodeName' ? pod.node : undefined;
}

function namespacesOf(world: LogWorld): readonly object[] {
  return [...new Set(world.pods.map(({ namespace }) => namespace))].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, uid: `uid-${name}`, resourceVersion },
    status: { phase: 'Active' },
  }));
}

function listOf(kind: string, items: readonly object[]): Answer {
  return {
    kind: 'json',
    status: 200,
    value: { apiVersion: 'v1', kind: `${kind}List`, metadata: { resourceVersion }, items },
  };
}

function status(code: number, reason: string, message: string): Answer {
  const value = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message, reason, code };
  return { kind: 'json', status: code, value };
}

/** The pod as the API shows it. */
export function podObject(pod: ServedPod): object {
  const { namespace, name, labels, annotations } = pod;
  const specs = (kind: ServedContainer['kind']): readonly object[] =>
    pod.containers.filter((one) => one.kind === kind).map((one) => ({ name: one.name, image: 'kmaint.test/app' }));
  const statuses = (kind: ServedContainer['kind']): readonly object[] =>
    pod.containers.filter((one) => one.kind === kind).map((one) => containerStatus(pod, one));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      uid: `uid-${namespace}-${name}`,
      resourceVersion,
      creationTimestamp: startedAt,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(pod.owner && { ownerReferences: [{ ...pod.owner, controller: true }] }),
    },
    spec: {
      nodeName: pod.node,
      initContainers: specs('init'),
      containers: specs('regular'),
      ephemeralContainers: specs('ephemeral'),
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: pod.ready ? 'True' : 'False' }],
      initContainerStatuses: statuses('init'),
      containerStatuses: statuses('regular'),
      ephemeralContainerStatuses: statuses('ephemeral'),
    },
  };
}

function containerStatus(pod: ServedPod, { name, state }: ServedContainer): object {
  const containerID = `containerd://${pod.namespace}-${pod.name}-${name}`;
  const shared = { name, image: 'kmaint.test/app', imageID: '', restartCount: 0 };
  if (state === 'waiting') return { ...shared, ready: false, state: { waiting: { reason: 'ContainerCreating' } } };
  if (state === 'running') return { ...shared, ready: true, containerID, state: { running: { startedAt } } };
  const terminated = { exitCode: 0, reason: 'Completed', startedAt, finishedAt: startedAt, containerID };
  return { ...shared, ready: false, containerID, state: { terminated } };
}

const resource = (name: string, kind: string, namespaced = true): object => ({
  name,
  singularName: kind.toLowerCase(),
  namespaced,
  kind,
  verbs: ['get', 'list', 'watch'],
});
const resources = (groupVersion: string, list: readonly object[]): object => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: list,
});
const group = (name: string): object => {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
};

const discovery: Readonly<Record<string, object>> = {
  '/version': { major: '1', minor: '36', gitVersion: 'v1.36.3', platform: 'linux/amd64' },
  '/api': { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [group('apps'), group('batch')] },
  '/api/v1': resources('v1', [
    resource('namespaces', 'Namespace', false),
    resource('pods', 'Pod'),
    resource('pods/log', 'Pod'),
    resource('services', 'Service'),
    resource('replicationcontrollers', 'ReplicationController'),
  ]),
  '/apis/apps/v1': resources('apps/v1', [
    resource('deployments', 'Deployment'),
    resource('replicasets', 'ReplicaSet'),
    resource('statefulsets', 'StatefulSet'),
    resource('daemonsets', 'DaemonSet'),
  ]),
  '/apis/batch/v1': resources('batch/v1', [resource('jobs', 'Job'), resource('cronjobs', 'CronJob')]),
};
