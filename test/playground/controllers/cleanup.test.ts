import { describe, expect, test } from 'vitest';
import type { DraftObject, OwnerReference } from '../../../src/playground/objects.ts';
import { conditionOf, podDraft, startWorld, template, types, workload, type TestWorld } from './world.ts';

async function worldWithDeployment(): Promise<TestWorld> {
  const world = await startWorld();
  world.create(types.deployments, workload('web', { replicas: 2 }));
  await world.clock.advance(2000);
  return world;
}

describe('the garbage collector', () => {
  test('removes what a deleted owner leaves behind, level by level', async () => {
    const world = await worldWithDeployment();
    world.delete(types.deployments, 'web', { propagationPolicy: 'Background' });
    expect(world.get(types.deployments, 'web')).toBeUndefined();
    await world.clock.advance(10);
    expect(world.list(types.replicaSets)).toEqual([]);
    expect(world.pods('web').map(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([true, true]);
    await world.clock.advance(1000);
    expect(world.pods('web')).toEqual([]);
  });

  test('Foreground: the owner goes last', async () => {
    const world = await worldWithDeployment();
    world.delete(types.deployments, 'web', { propagationPolicy: 'Foreground' });
    await world.clock.advance(900);
    expect(world.get(types.deployments, 'web')?.metadata.finalizers).toEqual(['foregroundDeletion']);
    expect(world.list(types.replicaSets)).toHaveLength(1);
    await world.clock.advance(200);
    expect(world.pods('web')).toEqual([]);
    expect(world.list(types.replicaSets)).toEqual([]);
    expect(world.get(types.deployments, 'web')).toBeUndefined();
  });

  test('Orphan: the dependents stay, without owner', async () => {
    const world = await worldWithDeployment();
    world.delete(types.deployments, 'web', { propagationPolicy: 'Orphan' });
    await world.clock.advance(5000);
    expect(world.get(types.deployments, 'web')).toBeUndefined();
    expect(world.list(types.replicaSets).map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined]);
    expect(world.pods('web')).toHaveLength(2);
    // And a new Deployment of the same selector takes them over.
    world.create(types.deployments, workload('web', { replicas: 2 }));
    await world.clock.advance(2000);
    expect(world.list(types.replicaSets)).toHaveLength(1);
    expect(world.list(types.replicaSets)[0]?.metadata.ownerReferences).toMatchObject([{ kind: 'Deployment' }]);
  });

  test('removes a pod whose owner never was, and keeps one of an unknown kind', async () => {
    const world = await startWorld();
    const owner = { name: 'x', uid: '00000000-0000-0000-0000-000000000001', controller: true };
    const pod = podDraft('p');
    const owned = (name: string, ownerReferences: readonly OwnerReference[]): DraftObject => ({
      ...pod,
      metadata: { ...pod.metadata, name, ownerReferences },
    });
    world.create(types.pods, owned('dangling', [{ ...owner, apiVersion: 'apps/v1', kind: 'ReplicaSet' }]));
    world.create(types.pods, owned('unknown', [{ ...owner, apiVersion: 'example.com/v1', kind: 'Thing' }]));
    await world.clock.advance(3000);
    expect(world.pods('p').map(({ metadata }) => metadata.name)).toEqual(['unknown']);
  });

  test('an object with another owner that lives only loses the reference', async () => {
    const world = await startWorld();
    const [a, b] = ['a', 'b'].map((name) => world.create(types.configMaps, { metadata: { name } }));
    const ownerReferences = [a, b].map((one) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: one?.metadata.name ?? '',
      uid: one?.metadata.uid ?? '',
    }));
    world.create(types.configMaps, { metadata: { name: 'child', ownerReferences } });
    await world.clock.advance(10);
    world.delete(types.configMaps, 'a');
    await world.clock.advance(10);
    expect(world.get(types.configMaps, 'child')?.metadata.ownerReferences).toEqual([ownerReferences[1]]);
    world.delete(types.configMaps, 'b');
    await world.clock.advance(10);
    expect(world.get(types.configMaps, 'child')).toBeUndefined();
  });
});

describe('namespaces', () => {
  async function worldWithNamespace(
    annotations: Record<string, string>,
    finalizers: string[] = [],
  ): Promise<TestWorld> {
    const world = await startWorld(['n1'], { caCertificate: 'PEM' });
    world.create(types.namespaces, { metadata: { name: 'x' } });
    const spec = { replicas: 1, selector: { matchLabels: { app: 'web' } } };
    const pod = template('web', { annotations }) as { metadata: object };
    const withFinalizers = finalizers.length > 0 ? { ...pod, metadata: { ...pod.metadata, finalizers } } : pod;
    world.create(types.replicaSets, {
      metadata: { name: 'web', namespace: 'x' },
      spec: { ...spec, template: withFinalizers as never },
    });
    await world.clock.advance(2000);
    return world;
  }

  test('have a default ServiceAccount and the CA, also again after they were deleted', async () => {
    const world = await worldWithNamespace({});
    expect(world.store.list(types.serviceAccounts, 'x').map(({ metadata }) => metadata.name)).toEqual(['default']);
    world.registry.delete(types.configMaps, 'x', 'kube-root-ca.crt');
    await world.clock.advance(10);
    expect(world.store.get(types.configMaps, 'x', 'kube-root-ca.crt')?.['data']).toEqual({ 'ca.crt': 'PEM' });
  });

  test('are emptied before they go, pods first', async () => {
    const world = await worldWithNamespace({ 'kmaint.test/gone-after-ms': '3000' });
    world.delete(types.namespaces, 'x');
    await world.clock.advance(4900);
    // The real controller waits as long before it looks at one.
    expect(world.get(types.namespaces, 'x')?.status).toEqual({ phase: 'Terminating' });
    await world.clock.advance(200);
    const namespace = world.get(types.namespaces, 'x');
    expect(namespace?.status['phase']).toBe('Terminating');
    expect(conditionOf(namespace, 'NamespaceContentRemaining')).toMatchObject({
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: 'Some resources are remaining: pods. has 1 resource instances',
    });
    expect(conditionOf(namespace, 'NamespaceFinalizersRemaining')).toMatchObject({ reason: 'ContentHasNoFinalizers' });
    expect(world.store.list(types.replicaSets, 'x')).toHaveLength(1);
    await world.clock.advance(3000);
    expect(world.get(types.namespaces, 'x')).toBeUndefined();
    for (const type of [types.pods, types.replicaSets, types.serviceAccounts, types.configMaps, types.events]) {
      expect(world.store.list(type, 'x')).toEqual([]);
    }
  });

  test('wait for finalizers, and name them', async () => {
    const world = await worldWithNamespace({}, ['kmaint.test/hold']);
    world.delete(types.namespaces, 'x');
    await world.clock.advance(60_000);
    expect(conditionOf(world.get(types.namespaces, 'x'), 'NamespaceFinalizersRemaining')).toMatchObject({
      status: 'True',
      reason: 'SomeFinalizersRemain',
      message: 'Some content in the namespace has finalizers remaining: kmaint.test/hold in 1 resource instances',
    });
    const [pod] = world.store.list(types.pods, 'x');
    world.registry.modify(types.pods, 'x', pod?.metadata.name ?? '', (object) => ({
      ...object,
      metadata: { ...object.metadata, finalizers: [] },
    }));
    await world.clock.advance(10);
    expect(world.get(types.namespaces, 'x')).toBeUndefined();
  });
});
