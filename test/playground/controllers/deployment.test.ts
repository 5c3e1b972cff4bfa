import { describe, expect, test } from 'vitest';
import {
  conditionOf,
  isReady,
  startWorld,
  template,
  types,
  workload,
  type Loose,
  type TemplateOptions,
  type TestWorld,
} from './world.ts';

async function worldWith(spec: object, options: TemplateOptions = {}): Promise<TestWorld> {
  const world = await startWorld();
  world.create(types.deployments, workload('web', spec, options));
  await world.clock.advance(2000);
  return world;
}

const deployment = (world: TestWorld): Loose => world.get(types.deployments, 'web') as Loose;
const sets = (world: TestWorld): readonly Loose[] => world.list(types.replicaSets);
const active = (world: TestWorld): number =>
  world.pods('web').filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;

function edit(world: TestWorld, spec: object): void {
  world.change(types.deployments, 'web', (object) => ({ ...object, spec: { ...object.spec, ...spec } }));
}

function setImage(world: TestWorld, image: string): void {
  world.change(types.deployments, 'web', (object) => {
    const before = object.spec['template'] as unknown as { spec: { containers: object[] } };
    const containers = before.spec.containers.map((container) => ({ ...container, image }));
    return { ...object, spec: { ...object.spec, template: { ...before, spec: { ...before.spec, containers } } } };
  });
}

describe('a Deployment', () => {
  test('has all its pods ready after a second, and says so', async () => {
    const world = await worldWith({ replicas: 3 });
    const [set] = sets(world);
    expect(set?.metadata.name).toMatch(/^web-[456789bcdf]{1,10}$/);
    expect(set?.metadata.annotations).toEqual({
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
      'deployment.kubernetes.io/revision': '1',
    });
    expect(world.pods('web').map(isReady)).toEqual([true, true, true]);
    expect(deployment(world).metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(deployment(world).metadata.generation).toBe(1);
    expect(deployment(world).status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
    });
    expect(conditionOf(deployment(world), 'Available')).toMatchObject({
      status: 'True',
      reason: 'MinimumReplicasAvailable',
    });
    expect(conditionOf(deployment(world), 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${set?.metadata.name ?? ''}" has successfully progressed.`,
    });
    expect(world.events('ScalingReplicaSet')).toEqual([
      `Scaled up replica set ${set?.metadata.name ?? ''} from 0 to 3`,
    ]);
  });

  test('replaces a pod at once when it is deleted, while the old one still terminates', async () => {
    const world = await worldWith({ replicas: 2 });
    const [first] = world.pods('web');
    world.delete(types.pods, first?.metadata.name ?? '');
    await world.clock.advance(10);
    expect(world.pods('web')).toHaveLength(3);
    expect(deployment(world).status).toMatchObject({ replicas: 2, unavailableReplicas: 1, terminatingReplicas: 1 });
    await world.clock.advance(2000);
    expect(world.pods('web').map(isReady)).toEqual([true, true]);
  });

  test('rolls to a new template within its limits, and back to an old one by its number', async () => {
    const world = await worldWith({
      replicas: 4,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
    });
    setImage(world, 'app:2');
    const seen = { most: 0, fewestReady: Infinity };
    for (let turn = 0; turn < 60; turn += 1) {
      await world.clock.advance(200);
      seen.most = Math.max(seen.most, active(world));
      const living = world.pods('web').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      seen.fewestReady = Math.min(seen.fewestReady, living.filter(isReady).length);
    }
    expect(seen).toEqual({ most: 5, fewestReady: 3 });
    const images = world.pods('web').map((pod) => pod.spec.containers?.[0]?.image);
    expect(images).toEqual(['app:2', 'app:2', 'app:2', 'app:2']);
    expect(deployment(world).metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '2' });
    expect(
      sets(world)
        .map((set) => Number(set.spec['replicas']))
        .toSorted((a, b) => a - b),
    ).toEqual([0, 4]);

    setImage(world, 'app:1');
    await world.clock.advance(12_000);
    expect(sets(world)).toHaveLength(2);
    expect(deployment(world).metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '3' });
    const back = sets(world).find((set) => set.spec['replicas'] === 4);
    expect(back?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
  });

  test('with Recreate ends all old pods before the first new one comes', async () => {
    const world = await worldWith({ replicas: 2, strategy: { type: 'Recreate' } });
    setImage(world, 'app:2');
    await world.clock.advance(900);
    const images = (): readonly unknown[] => world.pods('web').map((pod) => pod.spec.containers?.[0]?.image);
    expect(images()).toEqual(['app:1', 'app:1']);
    expect(active(world)).toBe(0);
    await world.clock.advance(200);
    expect(images()).toEqual(['app:2', 'app:2']);
    await world.clock.advance(2000);
    expect(deployment(world).status).toMatchObject({ availableReplicas: 2, updatedReplicas: 2 });
  });

  test('is scaled up and down, pods that are not ready going first', async () => {
    const world = await worldWith({ replicas: 2 }, { annotations: { 'kmaint.test/ready-after-ms': '5000' } });
    await world.clock.advance(5000);
    const old = world.pods('web').map(({ metadata }) => metadata.name);
    edit(world, { replicas: 4 });
    await world.clock.advance(1000);
    expect(active(world)).toBe(4);
    edit(world, { replicas: 2 });
    await world.clock.advance(3000);
    expect(world.pods('web').map(({ metadata }) => metadata.name)).toEqual(old);
    edit(world, { replicas: 0 });
    await world.clock.advance(3000);
    expect(world.pods('web')).toEqual([]);
    expect(deployment(world).status['replicas']).toBeUndefined();
  });

  test('paused, it takes no new template; resumed, it does', async () => {
    const world = await worldWith({ replicas: 1 });
    edit(world, { paused: true });
    setImage(world, 'app:2');
    await world.clock.advance(5000);
    expect(sets(world)).toHaveLength(1);
    expect(conditionOf(deployment(world), 'Progressing')).toMatchObject({
      status: 'Unknown',
      reason: 'DeploymentPaused',
    });
    edit(world, { paused: false });
    await world.clock.advance(5000);
    expect(world.pods('web').map((pod) => pod.spec.containers?.[0]?.image)).toEqual(['app:2']);
  });

  test('says that it is stuck when its deadline has passed', async () => {
    const world = await worldWith(
      { replicas: 1, progressDeadlineSeconds: 30 },
      { annotations: { 'kmaint.test/unready': 'true' } },
    );
    await world.clock.advance(20_000);
    expect(conditionOf(deployment(world), 'Progressing')?.['status']).toBe('True');
    await world.clock.advance(15_000);
    expect(conditionOf(deployment(world), 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: expect.stringMatching(/^ReplicaSet "web-\w+" has timed out progressing\.$/),
    });
    expect(conditionOf(deployment(world), 'Available')).toMatchObject({
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
    });
  });

  test('waits minReadySeconds until a pod counts as available', async () => {
    const world = await worldWith({ replicas: 1, minReadySeconds: 10 });
    expect(deployment(world).status).toMatchObject({ readyReplicas: 1 });
    expect(deployment(world).status['availableReplicas']).toBeUndefined();
    await world.clock.advance(11_000);
    expect(deployment(world).status).toMatchObject({ availableReplicas: 1 });
  });

  test('keeps no more old ReplicaSets than its limit says', async () => {
    const world = await worldWith({ replicas: 1, revisionHistoryLimit: 1 });
    for (const image of ['app:2', 'app:3', 'app:4']) {
      setImage(world, image);
      await world.clock.advance(6000);
    }
    expect(sets(world)).toHaveLength(2);
  });
});

describe('a ReplicaSet', () => {
  test('adopts a pod that it selects, and lets one go that it does not select any more', async () => {
    const world = await startWorld();
    world.create(types.pods, { metadata: { name: 'orphan', labels: { app: 'rs' } }, ...podSpec });
    await world.clock.advance(2000);
    world.create(types.replicaSets, workload('rs', { replicas: 2 }));
    await world.clock.advance(2000);
    const owned = (name: string): string | undefined =>
      world.get(types.pods, name)?.metadata.ownerReferences?.[0]?.kind;
    expect(world.pods('rs')).toHaveLength(2);
    expect(owned('orphan')).toBe('ReplicaSet');
    world.change(types.pods, 'orphan', (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { app: 'x' } } }));
    await world.clock.advance(2000);
    expect(owned('orphan')).toBeUndefined();
    expect(world.pods('rs')).toHaveLength(2);
  });

  test('a ReplicationController works alike', async () => {
    const world = await startWorld();
    const spec = { replicas: 2, selector: { app: 'rc' }, template: template('rc') };
    world.create(types.replicationControllers, { metadata: { name: 'rc' }, spec });
    await world.clock.advance(2000);
    expect(world.pods('rc').map(isReady)).toEqual([true, true]);
    expect(world.get(types.replicationControllers, 'rc')?.status).toMatchObject({ replicas: 2, readyReplicas: 2 });
  });
});

const podSpec = { spec: { containers: [{ name: 'app', image: 'app:1' }] } };
