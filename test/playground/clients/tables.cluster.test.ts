import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { toTable } from '../../../src/playground/api/table.ts';
import type { KubeObject } from '../../../src/playground/objects.ts';
import { apiVersionOf, type ResourceType } from '../../../src/playground/objects.ts';
import { resourceTypes, typeOf } from '../../../src/playground/resources.ts';
import { connect, type Api } from '../../support/api.ts';

const tableAccept = 'application/json;as=Table;g=meta.k8s.io;v=v1';
const namespace = `tables-${randomBytes(3).toString('hex')}`;
const labelled = { 'kmaint.test/scenario': namespace };

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly description?: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly conditions?: unknown }[];
}

function collection(type: ResourceType): string {
  const root = type.group === '' ? '/api/v1' : `/apis/${apiVersionOf(type)}`;
  return `${root}/${type.namespaced ? `namespaces/${namespace}/` : ''}${type.plural}`;
}

/** Ages differ by the moment of asking. */
function ageless(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value)
      .replace(/"(?:\d+[smhdy]){1,2}"/g, '"AGE"')
      .replace(/\((?:\d+[smhdy]){1,2} ago\)/g, '(AGE ago)'),
  );
}

function comparable({ columnDefinitions, rows }: Table): object {
  return {
    columns: columnDefinitions.map((column) => ({ ...column, description: '' })),
    rows: rows.map(({ cells, conditions }) => ageless({ cells, conditions })),
  };
}

const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    schedulerName: 'nobody',
    nodeSelector: { zone: 'b', disk: 'ssd' },
    containers: [
      { name: 'web', image: 'web:1' },
      { name: 'side', image: 'side:2' },
    ],
  },
};
const selector = {
  matchLabels: { app: 'web' },
};
const wideSelector = {
  matchLabels: { app: 'web' },
  matchExpressions: [
    { key: 'tier', operator: 'NotIn', values: ['z', 'a'] },
    { key: 'zone', operator: 'Exists' },
    { key: 'blue', operator: 'DoesNotExist' },
  ],
};

interface Row {
  readonly of: ResourceType;
  readonly name: string;
  readonly body: object;
  readonly status?: object;
}

function row(group: string, plural: string, name: string, body: object, status?: object): Row {
  return { of: typeOf(group, plural), name, body, ...(status && { status }) };
}

function pod(name: string, status: object, spec: object = {}): Row {
  const containers = [{ name: 'web', image: 'web:1' }];
  return row('', 'pods', name, { spec: { schedulerName: 'nobody', containers, ...spec } }, status);
}

function container(name: string, state: object, rest: object = {}): object {
  return { name, image: 'web:1', imageID: '', ready: false, restartCount: 0, state, ...rest };
}

const ended = { exitCode: 1, reason: 'Error', startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:09Z' };

const rows: readonly Row[] = [
  pod('pending', { phase: 'Pending' }),
  pod(
    'running',
    {
      phase: 'Running',
      podIP: '10.1.2.3',
      podIPs: [{ ip: '10.1.2.3' }],
      nominatedNodeName: 'n7',
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'lb', status: 'True' },
      ],
      containerStatuses: [
        container('web', { running: {} }, { ready: true, restartCount: 3, lastState: { terminated: ended } }),
      ],
    },
    { readinessGates: [{ conditionType: 'lb' }, { conditionType: 'other' }] },
  ),
  pod('crashing', {
    phase: 'Running',
    containerStatuses: [container('web', { waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 5 })],
  }),
  pod(
    'half-done',
    {
      phase: 'Running',
      containerStatuses: [
        container('web', { terminated: { exitCode: 0, reason: 'Completed' } }),
        container('side', { running: {} }, { ready: true }),
      ],
    },
    { containers: template.spec.containers },
  ),
  pod('succeeded', {
    phase: 'Succeeded',
    containerStatuses: [container('web', { terminated: { exitCode: 0, reason: 'Completed' } })],
  }),
  pod('failed', { phase: 'Failed', containerStatuses: [container('web', { terminated: ended })] }),
  pod('signalled', {
    phase: 'Failed',
    containerStatuses: [container('web', { terminated: { exitCode: 137, signal: 9 } })],
  }),
  pod('evicted', { phase: 'Failed', reason: 'Evicted', message: 'low on memory' }),
  pod(
    'initialising',
    { phase: 'Pending', initContainerStatuses: [container('a', { terminated: { exitCode: 0 } }), container('b', {})] },
    { initContainers: ['a', 'b'].map((name) => ({ name, image: 'init:1' })) },
  ),
  pod(
    'init-failed',
    { phase: 'Pending', initContainerStatuses: [container('a', { terminated: { exitCode: 4 } }, { restartCount: 2 })] },
    { initContainers: [{ name: 'a', image: 'init:1' }] },
  ),
  pod(
    'with-sidecar',
    {
      phase: 'Running',
      conditions: [
        { type: 'Initialized', status: 'True' },
        { type: 'Ready', status: 'True' },
      ],
      initContainerStatuses: [container('proxy', { running: {} }, { ready: true, started: true, restartCount: 1 })],
      containerStatuses: [container('web', { running: {} }, { ready: true })],
    },
    { initContainers: [{ name: 'proxy', image: 'proxy:1', restartPolicy: 'Always' }] },
  ),
  pod('gated', { phase: 'Pending' }, { schedulingGates: [{ name: 'kmaint.test/gate' }] }),
  row('apps', 'deployments', 'web', { spec: { replicas: 2, paused: true, selector, template } }),
  row('apps', 'replicasets', 'web', {
    spec: {
      replicas: 0,
      selector: wideSelector,
      template: { ...template, metadata: { labels: { app: 'web', tier: 'x', zone: 'y' } } },
    },
  }),
  row('', 'replicationcontrollers', 'web', {
    spec: {
      replicas: 0,
      selector: { b: '2', app: 'web' },
      template: { ...template, metadata: { labels: { app: 'web', b: '2' } } },
    },
  }),
  row('apps', 'statefulsets', 'web', { spec: { replicas: 0, serviceName: 'web', selector, template } }),
  row('apps', 'daemonsets', 'web', { spec: { selector, template } }),
  row('apps', 'controllerrevisions', 'web', { data: {}, revision: 3 }),
  ...['one', 'several'].map((name) =>
    row('batch', 'jobs', name, {
      spec: {
        suspend: true,
        ...(name === 'one' ? { completions: 3 } : { parallelism: 4 }),
        template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
      },
    }),
  ),
  row('batch', 'cronjobs', 'nightly', {
    spec: {
      schedule: '0 3 * * *',
      suspend: true,
      timeZone: 'Europe/Paris',
      jobTemplate: { spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } } },
    },
  }),
  row('', 'services', 'plain', {
    spec: {
      selector: { app: 'web' },
      ports: [{ port: 80 }, { name: 's', port: 443 }].map((port, at) => ({ name: `p${String(at)}`, ...port })),
    },
  }),
  row('', 'services', 'headless', { spec: { clusterIP: 'None' } }),
  row(
    '',
    'services',
    'balanced',
    { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } },
    { loadBalancer: { ingress: [{ ip: '192.0.2.9' }, { hostname: 'lb.example' }] } },
  ),
  row('', 'services', 'balancing', { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }),
  row('', 'services', 'elsewhere', { spec: { type: 'ExternalName', externalName: 'example.org' } }),
  row('', 'endpoints', 'web', {
    subsets: [{ addresses: ['1', '2', '3', '4'].map((last) => ({ ip: `10.0.0.${last}` })), ports: [{ port: 80 }] }],
  }),
  row('discovery.k8s.io', 'endpointslices', 'web', {
    addressType: 'IPv4',
    endpoints: ['1', '2', '3', '4', '5'].map((last) => ({ addresses: [`10.0.0.${last}`] })),
    ports: [{ name: 'a', port: 80 }],
  }),
  row('discovery.k8s.io', 'endpointslices', 'empty', { addressType: 'IPv4', endpoints: [] }),
  row('', 'configmaps', 'web', { data: { a: '1', b: '2' }, binaryData: { c: 'AAAA' } }),
  row('', 'secrets', 'web', { stringData: { a: '1' }, type: 'example.org/own' }),
  row('', 'serviceaccounts', 'web', {}),
  row('', 'resourcequotas', 'web', { spec: { hard: { 'limits.cpu': '2', pods: '50', 'requests.cpu': '1500m' } } }),
  row('', 'limitranges', 'web', { spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] } }),
  row('', 'events', 'old', {
    involvedObject: { kind: 'Pod', name: 'web', namespace, fieldPath: 'spec.containers{web}' },
    type: 'Warning',
    reason: 'BackOff',
    message: 'back-off \n',
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-02T00:00:00Z',
    count: 4,
  }),
  row('', 'events', 'new', {
    involvedObject: { kind: 'Node', name: 'n1', namespace },
    type: 'Normal',
    reason: 'Starting',
    action: 'Starting',
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingComponent: 'kmaint.test/tester',
    reportingInstance: 'here',
    series: { count: 7, lastObservedTime: '2026-01-02T00:00:00.000000Z' },
  }),
  row('', 'persistentvolumes', namespace, {
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'slow',
      hostPath: { path: '/nowhere' },
      claimRef: { namespace, name: 'unborn' },
    },
  }),
  row('', 'persistentvolumeclaims', 'unbound', {
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } },
  }),
  row('policy', 'poddisruptionbudgets', 'web', { spec: { maxUnavailable: '30%', selector } }),
  row('policy', 'poddisruptionbudgets', 'fixed', {
    spec: { minAvailable: 2, selector: { matchLabels: { app: 'x' } } },
  }),
  row('coordination.k8s.io', 'leases', 'web', { spec: { holderIdentity: 'me', leaseDurationSeconds: 40 } }),
  row('storage.k8s.io', 'storageclasses', namespace, { provisioner: 'example.org/disk', allowVolumeExpansion: true }),
  row('storage.k8s.io', 'volumeattachments', namespace, {
    spec: { attacher: 'example.org', nodeName: 'n1', source: { persistentVolumeName: namespace } },
  }),
  row('storage.k8s.io', 'csinodes', namespace, { spec: { drivers: [{ name: 'example.org', nodeID: 'n1' }] } }),
  row('scheduling.k8s.io', 'priorityclasses', namespace, { value: 17, description: 'seventeen' }),
  row('rbac.authorization.k8s.io', 'roles', 'web', { rules: [] }),
  row('rbac.authorization.k8s.io', 'clusterroles', namespace, { rules: [] }),
  ...['rolebindings', 'clusterrolebindings'].map((plural) =>
    row('rbac.authorization.k8s.io', plural, namespace, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: namespace },
      subjects: [
        { kind: 'User', name: 'anna', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'User', name: 'bert', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'Group', name: 'team', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'ServiceAccount', name: 'robot', namespace },
      ],
    }),
  ),
  row(
    '',
    'nodes',
    namespace,
    {
      metadata: { labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' } },
      spec: { unschedulable: true },
    },
    {
      conditions: [{ type: 'Ready', status: 'Unknown' }],
      addresses: [{ type: 'InternalIP', address: '10.9.9.9' }],
      nodeInfo: {
        kubeletVersion: 'v1.36.3',
        osImage: 'An OS',
        kernelVersion: '6.1',
        containerRuntimeVersion: 'containerd://2',
        architecture: 'amd64',
        bootID: '',
        kubeProxyVersion: '',
        machineID: '',
        operatingSystem: 'linux',
        systemUUID: '',
      },
    },
  ),
];

// Columns come and go with the versions.
describe.skipIf(inject('tier') !== 'up' || !inject('kubernetesVersion').startsWith('v1.36.'))('tables', () => {
  let api: Api;

  beforeAll(async () => {
    api = connect(inject('kubeconfig'));
    await api.create('/api/v1/namespaces', { metadata: { name: namespace, labels: labelled } });
    for (const { of, name, body, status } of rows) {
      const { metadata, ...rest } = body as { metadata?: { labels?: object } };
      await api.create(collection(of), {
        apiVersion: apiVersionOf(of),
        kind: of.kind,
        metadata: { name, labels: { ...labelled, ...metadata?.labels } },
        ...rest,
      });
      if (status) await api.patch(`${collection(of)}/${name}/status`, { status });
    }
  });

  afterAll(async () => {
    for (const { of, name } of rows) if (!of.namespaced) await api.delete(`${collection(of)}/${name}`);
    await api.delete(`/api/v1/namespaces/${namespace}`);
    api.close();
  });

  it.each(resourceTypes)('of $plural are the real server’s', async (type) => {
    const path = `${collection(type)}?labelSelector=kmaint.test/scenario=${namespace}`;
    for (let attempt = 0; ; attempt += 1) {
      const { items, metadata } = await api.get<{ items: KubeObject[]; metadata: { resourceVersion: string } }>(path);
      const real = (await api.request('GET', path, undefined, { headers: { accept: tableAccept } })).body as Table;
      const ours = toTable(type, items, metadata, null, Date.now()) as Table;
      try {
        expect(comparable(ours)).toEqual(comparable(real));
        return;
      } catch (error) {
        // A controller may have changed something between the two requests; it will not do so for ever.
        if (attempt === 3) throw error;
      }
    }
  });

  it('of every kind have a row to compare', () => {
    const compared = new Set(rows.map(({ of }) => of.plural));
    const without = resourceTypes.map(({ plural }) => plural).filter((plural) => !compared.has(plural));
    expect(without).toEqual(['namespaces', 'certificatesigningrequests']);
  });
});
