import { describe, expect, it } from 'vitest';
import type { Workload } from '../../../src/cluster/workload.ts';
import { createOwners } from '../../../src/drain/continuity/owners.ts';
import { readBaselines } from '../../../src/drain/continuity/baselines.ts';
import { aPod, aWorkload } from '../../support/objects.ts';
import { finish } from '../../support/world.ts';
import { aContinuityWorld, aMember, aReplicaSet, forbidden, unavailable } from './world.ts';

const { signal } = new AbortController();
const controlled = (kind: string, apiVersion = 'apps/v1') =>
  aPod({ name: `of-${kind}`, controller: { apiVersion, kind, name: 'db', uid: 'uid-of-db' } });
const itself = (kind: string) => ({ kind, namespace: 'shop', name: 'db', uid: 'uid-of-db' });

describe('the owner of a pod', () => {
  it.each([
    ['StatefulSet', 'apps/v1', itself('StatefulSet')],
    ['ReplicationController', 'v1', itself('ReplicationController')],
    ['ReplicaSet', 'apps/v1', itself('ReplicaSet')],
    ['Job', 'batch/v1', undefined],
    ['DaemonSet', 'apps/v1', undefined],
    ['CloneSet', 'apps.kruise.io/v1alpha1', undefined],
    ['StatefulSet', 'apps.kruise.io/v1beta1', undefined],
  ])('%s of %s', async (kind, apiVersion, owner) => {
    const { cluster } = aContinuityWorld([], []);
    expect(await createOwners(cluster).of(controlled(kind, apiVersion), signal)).toEqual(owner);
  });

  it('is the Deployment above the ReplicaSet, looked up once', async () => {
    const { cluster } = aContinuityWorld([], [aReplicaSet()]);
    const owners = createOwners(cluster);
    const owner = { kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid-of-web' };
    expect(await owners.of(aMember('web-a'), signal)).toEqual(owner);
    expect(await owners.of(aMember('web-b'), signal)).toEqual(owner);
    expect(cluster.reads.getWorkload).toBe(1);
  });

  it('is not a ReplicaSet of the same name that came later', async () => {
    const { cluster } = aContinuityWorld([], [aReplicaSet({ uid: 'another' })]);
    const owner = await createOwners(cluster).of(aMember('web-a'), signal);
    expect(owner).toMatchObject({ kind: 'ReplicaSet', uid: 'uid-of-web-1' });
  });

  it('is nobody for an unmanaged pod', async () => {
    const { cluster } = aContinuityWorld([], []);
    expect(await createOwners(cluster).of(aPod({ controller: undefined }), signal)).toBeUndefined();
  });

  it('is asked for again after a passing error, not after a refusal', async () => {
    const { cluster } = aContinuityWorld([], [aReplicaSet()]);
    const owners = createOwners(cluster);
    cluster.failures.set('getWorkload', unavailable);
    await expect(owners.of(aMember('web-a'), signal)).rejects.toThrow('leader changed');
    cluster.failures.set('getWorkload', forbidden);
    await expect(owners.of(aMember('web-a'), signal)).rejects.toThrow('forbidden');
    cluster.failures.clear();
    await expect(owners.of(aMember('web-a'), signal)).rejects.toThrow('forbidden');
    expect(cluster.reads.getWorkload).toBe(2);
  });

  it('reads many ReplicaSets with one list', async () => {
    const sets = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5'];
    const world = aContinuityWorld(
      [],
      sets.map((name) => aReplicaSet({ name }, name === 'web-5' ? 'other' : 'web')),
    );
    const owners = createOwners(world.cluster);
    const pods = sets.map((set) => aMember(`${set}-x`, {}, set));
    const owner = { kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid-of-web' } as const;
    const members = await owners.members(owner, pods, signal);
    expect(members.map(({ name }) => name)).toEqual(['web-1-x', 'web-2-x', 'web-3-x', 'web-4-x']);
    expect(world.cluster.reads).toEqual({ listWorkloads: 1 });
  });
});

describe('baselines', () => {
  it('are read once for each owner, with what was available', async () => {
    const world = aContinuityWorld(
      [],
      [aReplicaSet(), aWorkload({ replicas: 3, readyReplicas: 3, availableReplicas: 2 })],
    );
    const baselines = await readBaselines(world.context, [
      aMember('web-a'),
      aMember('web-b'),
      controlled('Job', 'batch/v1'),
    ]);
    expect(baselines).toEqual([expect.objectContaining({ ready: 2, desired: 3 })]);
    expect(world.events).toEqual([]);
  });

  it('list where several owners share kind and namespace, and ask one by one where lists are forbidden', async () => {
    const sets = ['web', 'api'].map((name) => aWorkload({ kind: 'StatefulSet', name }));
    const pods = ['web', 'api'].map((name) =>
      aPod({
        name: `${name}-0`,
        controller: { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: `uid-of-${name}` },
      }),
    );
    const world = aContinuityWorld([], sets);
    expect(await readBaselines(world.context, pods)).toHaveLength(2);
    expect(world.cluster.reads).toEqual({ listWorkloads: 1 });
    world.cluster.failures.set('listWorkloads', forbidden);
    expect(await readBaselines(world.context, pods)).toHaveLength(2);
    expect(world.cluster.reads.getWorkload).toBe(2);
    expect(world.all('warning')).toEqual([]);
  });

  it('are missing, with one warning, for owners that may not be read or are of an unknown kind', async () => {
    const world = aContinuityWorld([], []);
    world.cluster.failures.set('getWorkload', forbidden);
    const pods = [aMember('web-a'), controlled('StatefulSet'), controlled('CloneSet', 'apps.kruise.io/v1alpha1')];
    expect(await readBaselines(world.context, pods)).toEqual([]);
    const { message } = world.only('warning');
    expect(message).toContain('ReplicaSet shop/web-1 of pod shop/web-a (it is forbidden)');
    expect(message).toContain('StatefulSet shop/db (it is forbidden)');
    expect(message).toContain('CloneSet shop/db (kmaint does not know this kind)');
  });

  it('are not lost to an error that passes', async () => {
    const world = aContinuityWorld([], [aReplicaSet(), aWorkload()]);
    world.cluster.failures.set('getWorkload', unavailable);
    world.clock.after(3000, () => world.cluster.failures.clear());
    const baselines = await finish(world.clock, readBaselines(world.context, [aMember('web-a')]));
    expect(baselines).toEqual([expect.objectContaining({ ready: 2 })]);
    expect(world.events).toEqual([]);
  });

  it.each<[string, readonly Workload[]]>([
    ['gone', []],
    ['another by now', [aWorkload({ uid: 'another' })]],
    ['being deleted', [aWorkload({ deletionTimestamp: '2026-01-01T00:00:00Z' })]],
  ])('leave out an owner that is %s', async (_, workloads) => {
    const world = aContinuityWorld([], [aReplicaSet(), ...workloads]);
    expect(await readBaselines(world.context, [aMember('web-a')])).toEqual([]);
    expect(world.events).toEqual([]);
  });
});
