import { describe, expect, test } from 'vitest';
import { isReady, startWorld, types, workload, type Loose, type TemplateOptions, type TestWorld } from './world.ts';

async function worldWith(spec: object, options: TemplateOptions = {}): Promise<TestWorld> {
  const world = await startWorld();
  world.create(types.statefulSets, workload('db', { serviceName: 'db', ...spec }, options));
  await world.clock.advance(10);
  return world;
}

const names = (world: TestWorld): readonly string[] => world.pods('db').map(({ metadata }) => metadata.name);
const status = (world: TestWorld): Loose['status'] => (world.get(types.statefulSets, 'db') as Loose).status;

function edit(world: TestWorld, spec: object): void {
  world.change(types.statefulSets, 'db', (object) => ({ ...object, spec: { ...object.spec, ...spec } }));
}

describe('a StatefulSet', () => {
  test('starts its pods in order, each when the one before is ready', async () => {
    const world = await worldWith({ replicas: 3 });
    expect(names(world)).toEqual(['db-0']);
    await world.clock.advance(1010);
    expect(names(world)).toEqual(['db-0', 'db-1']);
    await world.clock.advance(2000);
    expect(names(world)).toEqual(['db-0', 'db-1', 'db-2']);
    await world.clock.advance(1000);
    expect(world.pods('db').map(isReady)).toEqual([true, true, true]);
    const [first] = world.pods('db');
    expect(first?.spec).toMatchObject({ hostname: 'db-0', subdomain: 'db' });
    expect(first?.metadata.labels).toMatchObject({
      'statefulset.kubernetes.io/pod-name': 'db-0',
      'apps.kubernetes.io/pod-index': '0',
      'controller-revision-hash': status(world)['currentRevision'],
    });
    expect(first?.metadata.generateName).toBe(undefined);
  });

  test('Parallel starts them at once', async () => {
    const world = await worldWith({ replicas: 3, podManagementPolicy: 'Parallel' });
    expect(names(world)).toEqual(['db-0', 'db-1', 'db-2']);
  });

  test('never has two pods of a name: the new one waits until the old one is gone', async () => {
    const world = await worldWith(
      { replicas: 2, podManagementPolicy: 'Parallel' },
      { annotations: { 'kmaint.test/gone-after-ms': '10000' } },
    );
    await world.clock.advance(2000);
    const uid = world.get(types.pods, 'db-0')?.metadata.uid;
    world.delete(types.pods, 'db-0');
    await world.clock.advance(9000);
    expect(world.get(types.pods, 'db-0')?.metadata.uid).toBe(uid);
    await world.clock.advance(3000);
    expect(world.get(types.pods, 'db-0')?.metadata.uid).not.toBe(uid);
    expect(world.pods('db').map(isReady)).toEqual([true, true]);
  });

  test('is scaled down from the highest ordinal, one after the other', async () => {
    const world = await worldWith({ replicas: 3, podManagementPolicy: 'OrderedReady' });
    await world.clock.advance(5000);
    edit(world, { replicas: 1 });
    await world.clock.advance(10);
    const terminating = (): readonly string[] =>
      world
        .pods('db')
        .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
        .map(({ metadata }) => metadata.name);
    expect(terminating()).toEqual(['db-2']);
    await world.clock.advance(1000);
    expect(terminating()).toEqual(['db-1']);
    await world.clock.advance(2000);
    expect(names(world)).toEqual(['db-0']);
  });

  test('creates the claims of its templates, mounts them, and keeps them', async () => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const world = await worldWith({ replicas: 1, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec }] });
    expect(world.list(types.claims).map(({ metadata }) => [metadata.name, metadata.labels])).toEqual([
      ['data-db-0', { app: 'db' }],
    ]);
    expect(world.pods('db')[0]?.spec.volumes).toMatchObject([
      { name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } },
    ]);
    edit(world, { replicas: 0 });
    await world.clock.advance(3000);
    expect(names(world)).toEqual([]);
    expect(world.list(types.claims)).toHaveLength(1);
  });

  test('rolls to a new template from the highest ordinal down to the partition', async () => {
    const world = await worldWith({ replicas: 3, podManagementPolicy: 'Parallel' });
    await world.clock.advance(2000);
    const old = status(world)['currentRevision'];
    const { template: before } = (world.get(types.statefulSets, 'db') as Loose).spec as unknown as {
      template: { spec: object };
    };
    const containers = [{ name: 'app', image: 'app:2' }];
    edit(world, {
      template: { ...before, spec: { ...before.spec, containers } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
    });
    await world.clock.advance(20_000);
    const images = (): readonly unknown[] => world.pods('db').map((pod) => pod.spec.containers?.[0]?.image);
    expect(images()).toEqual(['app:1', 'app:2', 'app:2']);
    expect(status(world)).toMatchObject({ currentRevision: old, updatedReplicas: 2, currentReplicas: 1 });
    edit(world, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } });
    await world.clock.advance(10_000);
    expect(images()).toEqual(['app:2', 'app:2', 'app:2']);
    expect(status(world)['currentRevision']).toBe(status(world)['updateRevision']);
    expect(status(world)['currentRevision']).not.toBe(old);
    expect(world.list(types.revisions)).toHaveLength(2);
  });

  test('begins again with a pod that has ended', async () => {
    const world = await worldWith({ replicas: 1 }, { annotations: { 'kmaint.test/complete-after-ms': '3000' } });
    await world.clock.advance(1500);
    const uid = world.get(types.pods, 'db-0')?.metadata.uid;
    await world.clock.advance(4000);
    expect(world.get(types.pods, 'db-0')?.metadata.uid).not.toBe(uid);
  });
});
