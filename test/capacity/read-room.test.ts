import { describe, expect, it } from 'vitest';
import { boundVolumes, readRoom } from '../../src/capacity/read-room.ts';
import type { VolumeClaim } from '../../src/cluster/volume.ts';
import { ClusterError } from '../../src/errors.ts';
import { aPod } from '../support/objects.ts';
import { aWorld } from '../support/world.ts';
import { claimOf, volume } from './room.ts';

function claim(name: string, volumeName: string | undefined): VolumeClaim {
  const { claim: _, local: __, nodeTerms: ___, ...metadata } = volume(name);
  return { ...metadata, namespace: 'shop', volumeName, accessModes: [], storageClassName: undefined };
}

const signal = new AbortController().signal;

describe('reading the room', () => {
  it('tells bound, unbound and unknown claims apart', () => {
    const known = boundVolumes([claim('a', 'pv-a'), claim('b', undefined), claim('c', 'pv-c')], [volume('pv-a')]);
    expect([...known.keys()]).toEqual(['shop/a', 'shop/b']);
    expect(known.get('shop/a')).toMatchObject({ name: 'pv-a' });
    expect(known.get('shop/b')).toBe('unbound');
  });

  it('asks for volumes only where a pod has a claim', async () => {
    const without = aWorld([aPod()]);
    expect((await readRoom(without, { signal })).volumes).toEqual(new Map());
    expect(without.cluster.reads).toEqual({ listNodes: 1, listPods: 1 });
    const withOne = aWorld([aPod({ volumes: [claimOf('a')] })]);
    withOne.cluster.claims = [claim('a', 'pv-a')];
    withOne.cluster.persistentVolumes = [volume('pv-a')];
    expect((await readRoom(withOne, { signal })).volumes?.size).toBe(1);
  });

  it('knows nothing of volumes that may not be read, and says so; other failures end it', async () => {
    const world = aWorld([aPod({ volumes: [claimOf('a')] })]);
    const failing = (code: 'cluster.forbidden' | 'cluster.server') => (): Error => new ClusterError('no', { code });
    world.cluster.failures.set('listClaims', failing('cluster.forbidden'));
    expect((await readRoom(world, { signal })).volumes).toBeUndefined();
    expect(world.only('warning').message).toContain('volumes may not be read');
    world.cluster.failures.set('listClaims', failing('cluster.server'));
    await expect(readRoom(world, { signal })).rejects.toMatchObject({ code: 'cluster.server' });
  });
});
