/** The operations that the recorder sends: random ones on a handful of names, as values that can be printed and shrunk. */
import fc from 'fast-check';
import type { Json } from '../support/api.ts';
import {
  budgets,
  createBudget,
  createDeployment,
  createMap,
  createNode,
  createOther,
  createPod,
  createWrong,
  deployments,
  dryRun,
  label,
  maps,
  name,
  namespaceSteps,
  nodes,
  patchType,
  pods,
  replacing,
  step,
  table,
  value,
} from './recorder-creations.ts';
import type { Step } from './recorder-step.ts';

const collection = fc.constantFrom(pods, maps, deployments, budgets);
const object = fc.oneof(
  fc.tuple(collection, name).map(([path, name]) => `${path}/${name}`),
  name.map((name) => `${nodes}/NODE-${name}`),
);

const get = fc.tuple(object, fc.constantFrom('', '', '/status')).map(([path, sub]) => step('GET', `${path}${sub}`));
const list = fc
  .tuple(
    collection,
    fc.constantFrom(
      '',
      'labelSelector=v%3D1',
      'labelSelector=v',
      'labelSelector=%21v',
      'labelSelector=v%20in%20%281%2C2%29',
      'labelSelector=app%21%3Da',
      'fieldSelector=metadata.name%3Da',
      'fieldSelector=metadata.name%21%3Da',
      'fieldSelector=spec.nodeName%3DNODE-x',
      'fieldSelector=no.such%3Dx',
      'limit=1',
      'resourceVersion=0',
    ),
  )
  .map(([path, query]) => step('GET', `${path}?${query}`));
const asTable = fc
  .tuple(collection, fc.constantFrom('', '?includeObject=None'))
  .map(([path, query]) => step('GET', `${path}${query}`, undefined, { accept: table }));

const labelPatch = fc
  .tuple(object, label, patchType, dryRun)
  .map(([path, value, contentType, query]) =>
    step('PATCH', `${path}${query}`, { metadata: { labels: { v: value } } }, { contentType }),
  );
const mapPatch = fc
  .tuple(name, label, patchType)
  .map(([name, value, contentType]) =>
    step('PATCH', `${maps}/${name}`, { data: { key: value, more: '1' } }, { contentType }),
  );
const unhold = fc
  .tuple(object, fc.constantFrom<Json>(null, [], ['kmaint.test/other']))
  .map(([path, finalizers]) =>
    step('PATCH', path, { metadata: { finalizers } }, { contentType: 'application/merge-patch+json' }),
  );
const podPatch = fc
  .tuple(
    name,
    fc.constantFrom<Json>(
      { spec: { containers: [{ name: 'app', image: 'kmaint.test/app:3' }] } },
      { spec: { containers: [{ name: 'side', $patch: 'delete' }] } },
      { spec: { containers: [{ name: 'side', env: [{ name: 'B', value: '2' }] }] } },
      { spec: { activeDeadlineSeconds: 100 } },
      { spec: { tolerations: [{ key: 'x', operator: 'Exists' }] } },
      { spec: { nodeName: 'NODE-y' } },
      { spec: { restartPolicy: 'Never' } },
      { status: { phase: 'Running' } },
      { metadata: { annotations: { note: 'yes' } } },
      { metadata: { uid: 'another' } },
      { metadata: { resourceVersion: '1' } },
    ),
    patchType,
  )
  .map(([name, body, contentType]) => step('PATCH', `${pods}/${name}`, body, { contentType }));
const podStatus = fc
  .tuple(
    name,
    fc.constantFrom<Json>(
      { phase: 'Running' },
      { phase: 'Succeeded' },
      { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
      { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
    ),
    patchType,
  )
  .map(([name, status, contentType]) => step('PATCH', `${pods}/${name}/status`, { status }, { contentType }));
const budgetStatus = fc
  .tuple(name, fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 }))
  .map(([name, allowed, currentHealthy, observedGeneration]) =>
    step(
      'PATCH',
      `${budgets}/${name}/status`,
      {
        status: { disruptionsAllowed: allowed, currentHealthy, desiredHealthy: 1, expectedPods: 1, observedGeneration },
      },
      { contentType: 'application/merge-patch+json' },
    ),
  );
const deploymentPatch = fc
  .tuple(
    name,
    fc.constantFrom<Json>(
      { spec: { replicas: 5 } },
      { spec: { replicas: null } },
      { spec: { replicas: -1 } },
      { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } },
      { spec: { strategy: { type: 'Recreate' } } },
      { spec: { selector: { matchLabels: { app: 'x' } } } },
      { spec: { template: { spec: { containers: [{ name: 'more', image: 'kmaint.test/more' }] } } } },
      { spec: { template: { metadata: { annotations: { again: 'yes' } } } } },
      { status: { replicas: 9 } },
    ),
    patchType,
  )
  .map(([name, body, contentType]) => step('PATCH', `${deployments}/${name}`, body, { contentType }));
const scale = fc
  .tuple(name, fc.integer({ min: 0, max: 3 }))
  .map(([name, replicas]) =>
    step(
      'PATCH',
      `${deployments}/${name}/scale`,
      { spec: { replicas } },
      { contentType: 'application/merge-patch+json' },
    ),
  );
const getScale = name.map((name) => step('GET', `${deployments}/${name}/scale`));
const jsonPatch = fc
  .tuple(
    name,
    fc.constantFrom<Json>(
      [{ op: 'add', path: '/data/key', value: '9' }],
      [{ op: 'remove', path: '/data/more' }],
      [
        { op: 'test', path: '/data/key', value: '1' },
        { op: 'replace', path: '/data/key', value: '2' },
      ],
      [{ op: 'replace', path: '/metadata/labels/v', value: '2' }],
      [{ op: 'copy', from: '/data/key', path: '/data/copy' }],
      [{ op: 'add', path: '/nowhere/else', value: 1 }],
      [{ op: 'move', from: '/data/key', path: '/data/moved' }],
      { op: 'add' },
    ),
  )
  .map(([name, body]) => step('PATCH', `${maps}/${name}`, body, { contentType: 'application/json-patch+json' }));
const replaceMap = fc.tuple(name, value, fc.constantFrom<Json>(null, '1')).map(([name, data, resourceVersion]) =>
  step('PUT', `${maps}/${name}`, {
    metadata: { name, ...(resourceVersion === null ? {} : { resourceVersion }) },
    data: { put: data },
  }),
);

const remove = fc
  .tuple(
    object,
    fc.constantFrom<Json>(
      null,
      null,
      { gracePeriodSeconds: 0 },
      { gracePeriodSeconds: 3 },
      { propagationPolicy: 'Foreground' },
      { propagationPolicy: 'Orphan' },
      { propagationPolicy: 'Background' },
      { preconditions: { uid: 'nobody' } },
      { preconditions: { resourceVersion: '1' } },
      { dryRun: ['All'] },
      { propagationPolicy: 'Sideways' },
    ),
  )
  .map(([path, body]) => step('DELETE', path, body ?? undefined));
const removeAll = fc
  .tuple(collection, fc.constantFrom('', '?labelSelector=v%3D1'))
  .map(([path, query]) => step('DELETE', `${path}${query}`));
const evict = fc
  .tuple(
    name,
    fc.constantFrom<Json>(
      {},
      { gracePeriodSeconds: 0 },
      { gracePeriodSeconds: 4 },
      { dryRun: ['All'] },
      { preconditions: { uid: 'nobody' } },
    ),
  )
  .map(([name, deleteOptions]) =>
    step('POST', `${pods}/${name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name },
      deleteOptions,
    }),
  );
const bind = name.map((name) =>
  step('POST', `${pods}/${name}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { apiVersion: 'v1', kind: 'Node', name: 'NODE-x' },
  }),
);
const cordon = fc
  .tuple(name, fc.constantFrom<Json>(true, false, null), patchType, dryRun)
  .map(([name, unschedulable, contentType, query]) =>
    step('PATCH', `${nodes}/NODE-${name}${query}`, { spec: { unschedulable } }, { contentType }),
  );
const taint = fc
  .tuple(
    name,
    fc.constantFrom<Json>(null, [], [{ key: 'k', effect: 'NoSchedule' }], [{ key: 'k', effect: 'Wrong' }]),
    patchType,
  )
  .map(([name, taints, contentType]) => step('PATCH', `${nodes}/NODE-${name}`, { spec: { taints } }, { contentType }));

/** Short sequences; creations are frequent, or most of the rest would answer 404. */
export const sequences: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: createMap, weight: 4 },
    { arbitrary: createPod, weight: 6 },
    { arbitrary: createDeployment, weight: 3 },
    { arbitrary: createBudget, weight: 3 },
    { arbitrary: createNode, weight: 2 },
    { arbitrary: createOther, weight: 2 },
    { arbitrary: fc.oneof(replacing(createPod), replacing(createDeployment), replacing(createMap)), weight: 2 },
    { arbitrary: namespaceSteps, weight: 1 },
    { arbitrary: fc.oneof(get, list, asTable, getScale), weight: 4 },
    { arbitrary: fc.oneof(labelPatch, mapPatch, jsonPatch, replaceMap, unhold), weight: 5 },
    { arbitrary: fc.oneof(podPatch, podStatus, bind), weight: 5 },
    { arbitrary: fc.oneof(budgetStatus, deploymentPatch, scale, cordon, taint), weight: 5 },
    { arbitrary: fc.oneof(remove, evict), weight: 7 },
    { arbitrary: removeAll, weight: 1 },
    { arbitrary: createWrong, weight: 1 },
  ),
  { minLength: 1, maxLength: 10, size: 'max' },
);
