import { describe, expect, it } from 'vitest';
import { surgeCandidates } from '../../../src/drain/continuity/surge-candidates.ts';
import { aPod, aWorkload } from '../../support/objects.ts';
import { finish } from '../../support/world.ts';
import { aContinuityWorld, aMember, aReplicaSet, aSingle, forbidden, unavailable } from './world.ts';

const mounting = (claimName: string) => ({
  volumes: [{ name: 'data', kind: 'persistentVolumeClaim', inMemory: false, claimName } as const],
});
const claim = (name: string, namespace: string, accessMode: string) => ({
  ...aPod({ name, namespace }),
  volumeName: 'pv',
  accessModes: [accessMode],
  storageClassName: undefined,
});

describe('candidates for a surge', () => {
  it('are pods of Deployments of one replica; larger ones and others are none of its business', async () => {
    const single = aSingle();
    const world = aContinuityWorld(
      [],
      [single, aReplicaSet(), aWorkload({ name: 'api' }), aReplicaSet({ name: 'api-1' }, 'api')],
    );
    const pod = aMember('web-a');
    const pods = [pod, aMember('api-a', {}, 'api-1'), aPod({ name: 'bare', controller: undefined })];
    expect(await surgeCandidates(world.context, pods)).toEqual([{ pod, deployment: single }]);
    expect(world.events).toEqual([]);
  });

  it('may mount what both pods can mount', async () => {
    const world = aContinuityWorld([], [aSingle(), aReplicaSet()]);
    world.cluster.claims = [claim('data', 'shop', 'ReadWriteMany'), claim('data', 'other', 'ReadWriteOnce')];
    expect(await surgeCandidates(world.context, [aMember('web-a', mounting('data'))])).toHaveLength(1);
  });

  it('are warned about when their eviction means downtime', async () => {
    const world = aContinuityWorld([], [aSingle(), aReplicaSet()]);
    world.cluster.claims = [claim('data', 'shop', 'ReadWriteOnce')];
    expect(await surgeCandidates(world.context, [aMember('web-a', mounting('data'))])).toEqual([]);
    expect(world.only('warning').message).toBe(
      'Deployment shop/web has one replica and cannot be surged: it mounts a ReadWriteOnce volume (claim data); its eviction means downtime',
    );
  });

  it('are warned about when their claims may not be read', async () => {
    const world = aContinuityWorld([], [aSingle(), aReplicaSet()]);
    world.cluster.failures.set('listClaims', forbidden);
    expect(await surgeCandidates(world.context, [aMember('web-a', mounting('data'))])).toEqual([]);
    expect(world.only('warning').message).toContain('is unknown (it is forbidden)');
  });

  it('include no StatefulSet, which is warned about', async () => {
    const world = aContinuityWorld([], [aSingle({ kind: 'StatefulSet', name: 'db' })]);
    const controller = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'uid-of-db' };
    expect(await surgeCandidates(world.context, [aPod({ controller })])).toEqual([]);
    expect(world.only('warning').message).toContain('StatefulSet shop/db has one replica and cannot be surged: only');
  });

  it('include nobody whose owner cannot be read, and that is said', async () => {
    const world = aContinuityWorld([], []);
    world.cluster.failures.set('getWorkload', forbidden);
    expect(await surgeCandidates(world.context, [aMember('web-a')])).toEqual([]);
    expect(world.only('warning').message).toContain('pod shop/web-a is not surged');
  });

  it('are not lost to an error that passes', async () => {
    const world = aContinuityWorld([], [aSingle(), aReplicaSet()]);
    world.cluster.failures.set('getWorkload', unavailable);
    world.clock.after(3000, () => world.cluster.failures.clear());
    expect(await finish(world.clock, surgeCandidates(world.context, [aMember('web-a')]))).toHaveLength(1);
    expect(world.events).toEqual([]);
  });

  it('include no pod that is ending, nor one whose Deployment was created anew', async () => {
    const world = aContinuityWorld([], [aSingle({ uid: 'another' }), aReplicaSet()]);
    const ending = aMember('web-b', { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(await surgeCandidates(world.context, [aMember('web-a'), ending])).toEqual([]);
    expect(world.events).toEqual([]);
  });
});
