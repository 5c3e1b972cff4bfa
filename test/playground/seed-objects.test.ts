/** Seeding: what objects look like afterwards, and which seeds are refused. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { createRegistry } from '../../src/playground/registry.ts';
import { typeOf } from '../../src/playground/resources.ts';
import { seedObjects } from '../../src/playground/seed.ts';
import { readSeed } from '../../src/playground/seed-file.ts';
import { seedSystem } from '../../src/playground/seed-system.ts';
import { createStore } from '../../src/playground/store.ts';
import { FakeClock } from '../support/clock.ts';

const pods = typeOf('', 'pods');

async function seeded(text: string) {
  const store = createStore();
  const registry = createRegistry(store, new FakeClock());
  seedSystem(registry);
  seedObjects({ store, registry }, await readSeed(text, 'c.yaml'));
  return store;
}

const spec = 'spec: { nodeName: n1, containers: [{ name: main, image: x }] }';

describe('seeding', () => {
  it('keeps status, uid and times that the seed tells, and lets the registry add the rest', async () => {
    const store = await seeded(`
apiVersion: v1
kind: Pod
metadata:
  name: a
  uid: 8d3e6f0c-0000-4000-8000-000000000001
  resourceVersion: '77'
  creationTimestamp: '2025-01-01T00:00:00Z'
${spec}
status: { phase: Running, podIP: 10.0.0.7 }
`);
    expect(store.get(pods, 'default', 'a')).toMatchObject({
      metadata: { uid: '8d3e6f0c-0000-4000-8000-000000000001', creationTimestamp: '2025-01-01T00:00:00Z' },
      spec: { nodeName: 'n1', restartPolicy: 'Always' },
      status: { phase: 'Running', podIP: '10.0.0.7', qosClass: 'BestEffort' },
    });
    expect(store.podsOnNode('n1')).toHaveLength(1);
  });

  it('leaves pods without a status Pending, for the kubelet to start', async () => {
    const store = await seeded(`{apiVersion: v1, kind: Pod, metadata: {name: a}, ${spec}}`);
    expect(store.get(pods, 'default', 'a')).toMatchObject({ status: { phase: 'Pending' } });
  });

  it('keeps what is terminating terminating', async () => {
    const store = await seeded(`
apiVersion: v1
kind: Pod
metadata: { name: a, deletionTimestamp: '2025-01-01T00:00:30Z', finalizers: [x.test/held] }
${spec}
`);
    expect(store.get(pods, 'default', 'a')?.metadata).toMatchObject({
      deletionTimestamp: '2025-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
      finalizers: ['x.test/held'],
    });
  });

  it('finds the uids of owners by name, wherever in the seed they stand, and makes namespaces', async () => {
    const store = await seeded(`
apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: shop
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: web, controller: true }]
${spec}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: x }] }
`);
    const owner = store.get(typeOf('apps', 'replicasets'), 'shop', 'web');
    expect(store.controlledBy(owner?.metadata.uid ?? '')).toMatchObject([{ metadata: { name: 'a' } }]);
    expect(store.get(typeOf('', 'namespaces'), undefined, 'shop')).toMatchObject({ status: { phase: 'Active' } });
  });

  it('takes documents of what is there already for what they say of it', async () => {
    const store = await seeded('{apiVersion: v1, kind: Namespace, metadata: {name: default}, status: {phase: Active}}');
    expect(store.list(typeOf('', 'namespaces')).map(({ metadata }) => metadata.name)).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
  });
});

describe('a seed that makes no sense', () => {
  it('is refused with all that is wrong with it, and where', async () => {
    const refused = seeded(`{apiVersion: v1, kind: Pod, metadata: {name: a}, ${spec}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a}, ${spec}}
---
{apiVersion: v1, kind: Pod, metadata: {name: No_Such}, ${spec}}
---
{apiVersion: v1, kind: Pood, metadata: {name: a}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: gone}]}, ${spec}}
`);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    const { problems } = (await refused.catch((error: unknown) => error)) as UsageError;
    expect(problems).toEqual([
      'c.yaml:7 (document 4): the playground has no Pood (v1); did you mean Pod?',
      'c.yaml:3 (document 2): pods "a" already exists',
      expect.stringMatching(/^c\.yaml:5 \(document 3\): Pod "No_Such" is invalid: metadata\.name: /),
      'c.yaml:9 (document 5): its owner ReplicaSet gone is not in the seed',
    ]);
  });
});
