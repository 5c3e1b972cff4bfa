/** Creations and replacements that the recorder sends: on two names, right and wrong. */
import fc from 'fast-check';
import type { Json } from '../support/api.ts';
import type { Step } from './recorder-step.ts';

export const pods = '/api/v1/namespaces/NS/pods';
export const maps = '/api/v1/namespaces/NS/configmaps';
export const deployments = '/apis/apps/v1/namespaces/NS/deployments';
export const budgets = '/apis/policy/v1/namespaces/NS/poddisruptionbudgets';
export const nodes = '/api/v1/nodes';

export const name = fc.constantFrom('a', 'b');
export const value = fc.constantFrom('1', '2');
export const label = fc.constantFrom<Json>('1', '2', null);
export const patchType = fc.constantFrom('application/merge-patch+json', 'application/strategic-merge-patch+json');
export const dryRun = fc.constantFrom('', '', '', '?dryRun=All');
export const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export const step = (method: Step['method'], path: string, body?: Json, more: Partial<Step> = {}): Step => ({
  method,
  path,
  ...(body === undefined ? {} : { body }),
  ...more,
});

const container = (image: string): Json => ({ name: 'app', image: `kmaint.test/app:${image}` });

export const createMap = fc
  .tuple(name, value, dryRun, fc.constantFrom<Json>(null, ['kmaint.test/hold']))
  .map(([name, data, query, finalizers]) =>
    step('POST', `${maps}${query}`, {
      metadata: { name, labels: { v: data }, ...(finalizers === null ? {} : { finalizers }) },
      data: { key: data },
    }),
  );
export const createPod = fc
  .record({
    name,
    image: value,
    node: fc.constantFrom('', 'NODE-x'),
    query: dryRun,
    finalizers: fc.constantFrom<Json>(null, ['kmaint.test/hold']),
    grace: fc.constantFrom<Json>(null, 0, 5),
  })
  .map(({ name, image, node, query, finalizers, grace }) =>
    step('POST', `${pods}${query}`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name, v: image }, ...(finalizers === null ? {} : { finalizers }) },
      spec: {
        containers: [container(image), { name: 'side', image: 'kmaint.test/side', env: [{ name: 'A', value: '1' }] }],
        ...(node === '' ? {} : { nodeName: node }),
        ...(grace === null ? {} : { terminationGracePeriodSeconds: grace }),
      },
    }),
  );
export const createDeployment = fc.tuple(name, fc.integer({ min: 0, max: 3 }), dryRun).map(([name, replicas, query]) =>
  step('POST', `${deployments}${query}`, {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [container('1')] } },
    },
  }),
);
export const createBudget = fc
  .tuple(
    name,
    fc.constantFrom<Json>({ minAvailable: 1 }, { maxUnavailable: '50%' }, { minAvailable: 1, maxUnavailable: 1 }, {}),
  )
  .map(([name, spec]) =>
    step('POST', budgets, {
      metadata: { name },
      spec: { selector: { matchLabels: { app: name } }, ...(spec as object) },
    }),
  );
export const createNode = name.map((name) => step('POST', nodes, { metadata: { name: `NODE-${name}` } }));
/** The same body as a creation, sent as a replacement. */
export const replacing = (created: fc.Arbitrary<Step>): fc.Arbitrary<Step> =>
  created.map(({ path, body }) => {
    const { name } = (body as { metadata: { name: string } }).metadata;
    return step('PUT', `${path.replace(/\?.*/, '')}/${name}`, body);
  });

const template = (name: string): Json => ({
  metadata: { labels: { app: name } },
  spec: { containers: [container('1')] },
});
/** Kinds of which only the defaults matter here. */
export const createOther = fc
  .tuple(name, fc.constantFrom('replicasets', 'statefulsets', 'daemonsets', 'jobs', 'controllers', 'secrets', 'rich'))
  .map(([name, kind]) => {
    const selector = { matchLabels: { app: name } };
    const apps = `/apis/apps/v1/namespaces/NS/${kind}`;
    if (kind === 'jobs') {
      const spec = { template: { spec: { restartPolicy: 'Never', containers: [container('1')] } } };
      return step('POST', '/apis/batch/v1/namespaces/NS/jobs', { metadata: { name }, spec });
    }
    if (kind === 'secrets')
      return step('POST', '/api/v1/namespaces/NS/secrets', { metadata: { name }, stringData: { a: 'b' } });
    if (kind === 'controllers') {
      const spec = { selector: { app: name }, template: template(name) };
      return step('POST', '/api/v1/namespaces/NS/replicationcontrollers', { metadata: { name }, spec });
    }
    if (kind === 'rich') return step('POST', pods, { metadata: { name }, spec: richPod });
    const more = kind === 'statefulsets' ? { serviceName: name } : {};
    return step('POST', apps, { metadata: { name }, spec: { selector, template: template(name), ...more } });
  });
/** A pod with many of the fields that have defaults of their own. */
const richPod: Json = {
  hostNetwork: true,
  serviceAccountName: 'somebody',
  restartPolicy: 'OnFailure',
  securityContext: { runAsUser: 5 },
  initContainers: [{ name: 'first', image: 'kmaint.test/init', restartPolicy: 'Always' }],
  containers: [
    {
      name: 'app',
      image: 'kmaint.test/app@sha256:0123456789012345678901234567890123456789012345678901234567890123',
      ports: [{ containerPort: 80 }],
      resources: { limits: { cpu: '0.5', memory: '1024Mi' } },
      readinessProbe: { httpGet: { path: '/', port: 80 } },
      lifecycle: { preStop: { exec: { command: ['true'] } } },
      env: [{ name: 'HOST', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
      volumeMounts: [{ name: 'config', mountPath: '/config' }],
    },
  ],
  volumes: [
    { name: 'config', configMap: { name: 'a' } },
    { name: 'secret', secret: { secretName: 'a' } },
    { name: 'host', hostPath: { path: '/tmp' } },
    { name: 'scratch', emptyDir: {} },
    { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
  ],
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
  tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }],
};
export const namespaceSteps = fc.constantFrom<Step>(
  step('DELETE', '/api/v1/namespaces/NS'),
  step('GET', '/api/v1/namespaces/NS'),
  step(
    'PATCH',
    '/api/v1/namespaces/NS',
    { metadata: { labels: { v: '1' } } },
    { contentType: 'application/merge-patch+json' },
  ),
);
export const createWrong = fc.constantFrom<Step>(
  step('POST', maps, { metadata: { name: 'Wrong' } }),
  step('POST', maps, { metadata: {} }),
  step('POST', maps, { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'a' } }),
  step('POST', maps, { metadata: { name: 'a', namespace: 'elsewhere' } }),
  step('POST', pods, { metadata: { name: 'a' }, spec: {} }),
  step('POST', pods, { metadata: { name: 'a' }, spec: { containers: [{ name: 'app' }] } }),
  step('POST', deployments, { metadata: { name: 'a' }, spec: {} }),
  step('POST', '/api/v1/namespaces/no-such-one/configmaps', { metadata: { name: 'a' } }),
);
