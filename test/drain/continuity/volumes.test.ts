import { describe, expect, it } from 'vitest';
import type { VolumeAttachment, VolumeClaim } from '../../../src/cluster/volume.ts';
import { awaitVolumes } from '../../../src/drain/continuity/volumes.ts';
import { aNode, aPod } from '../../support/objects.ts';
import { finish } from '../../support/world.ts';
import { aContinuityWorld, forbidden, type ContinuityWorld } from './world.ts';

const metadata = {
  uid: 'uid',
  resourceVersion: '1',
  labels: {},
  annotations: {},
  finalizers: [],
  creationTimestamp: undefined,
  deletionTimestamp: undefined,
  generation: 1,
};
const attachment = (name: string, differences: Partial<VolumeAttachment> = {}): VolumeAttachment => ({
  ...metadata,
  name: `csi-${name}`,
  nodeName: 'node1',
  volumeName: name,
  attached: true,
  ...differences,
});
const claim = (name: string, volumeName: string | undefined): VolumeClaim => ({
  ...metadata,
  namespace: 'shop',
  name,
  volumeName,
  accessModes: ['ReadWriteOnce'],
  storageClassName: undefined,
});
const mounting = (...claims: readonly string[]) =>
  aPod({
    name: 'agent',
    volumes: claims.map((claimName) => ({ name: 'data', kind: 'persistentVolumeClaim', inMemory: false, claimName })),
  });
const limit = { timeoutMs: 60_000 };
const messages = (world: ContinuityWorld): string[] => world.all('node.waiting').map(({ message }) => message);

function aVolumeWorld(attachments: readonly VolumeAttachment[], claims: readonly VolumeClaim[] = []): ContinuityWorld {
  const world = aContinuityWorld([], []);
  world.cluster.attachments = attachments;
  world.cluster.claims = claims;
  return world;
}

describe('waiting for volumes', () => {
  it('ends when the attachments are gone, not when they say that they are detached', async () => {
    const world = aVolumeWorld(
      [attachment('pv-1'), attachment('pv-2', { attached: false })],
      [claim('data-0', 'pv-1'), claim('pending', undefined)],
    );
    const done = finish(world.clock, awaitVolumes(world.context, [], limit));
    world.clock.after(5000, () => (world.cluster.attachments = [attachment('pv-2', { attached: false })]));
    world.clock.after(15_000, () => (world.cluster.attachments = []));
    expect(await done).toEqual({ kind: 'ready' });
    expect(messages(world)).toEqual([
      '2 volumes still attached: pv-1 (claim shop/data-0), pv-2',
      '1 volume still attached: pv-2',
    ]);
    expect(world.all('node.waiting')[0]).toMatchObject({ node: 'node1', waitsFor: 'volumes' });
    expect(world.cluster.reads.listClaims).toBe(1);
  });

  it('does not wait for volumes of other nodes, nor of pods that stay', async () => {
    const world = aVolumeWorld(
      [attachment('pv-1', { nodeName: 'node2' }), attachment('pv-2'), attachment('pv-3')],
      [claim('cache', 'pv-2'), claim('agent-data', 'pv-3')],
    );
    const ephemeral = aPod({
      name: 'agent',
      volumes: [{ name: 'data', kind: 'ephemeral', inMemory: false, claimName: undefined }],
    });
    const staying = [{ ...mounting('cache'), name: 'other' }, ephemeral];
    expect(await finish(world.clock, awaitVolumes(world.context, staying, limit))).toEqual({ kind: 'ready' });
    expect(world.events).toEqual([]);
  });

  it('waits for the volume of a claim of the same name in another namespace, and of a finished pod', async () => {
    const elsewhere = { ...claim('cache', 'pv-2'), namespace: 'other' };
    const world = aVolumeWorld([attachment('pv-1'), attachment('pv-2')], [claim('cache', 'pv-1'), elsewhere]);
    const finished = { ...mounting('cache'), finished: true };
    expect(await finish(world.clock, awaitVolumes(world.context, [mounting('cache')], limit))).toEqual({
      kind: 'timeout',
      message: '1 volume still attached: pv-2 (claim other/cache)',
    });
    const outcome = await finish(world.clock, awaitVolumes(world.context, [finished], limit));
    expect(outcome).toMatchObject({ kind: 'timeout', message: expect.stringContaining('2 volumes') });
  });

  it('waits for an inline volume, whoever uses it', async () => {
    const world = aVolumeWorld([attachment('x', { volumeName: undefined })]);
    expect(await finish(world.clock, awaitVolumes(world.context, [aPod()], limit))).toEqual({
      kind: 'timeout',
      message: '1 volume still attached: an inline volume (VolumeAttachment csi-x)',
    });
  });

  it("waits for what the node's status lists beyond the volumes of pods that stay", async () => {
    const world = aVolumeWorld([]);
    world.cluster.nodes.set('node1', aNode({ volumesAttached: ['kubernetes.io/iscsi/1', 'kubernetes.io/iscsi/2'] }));
    const done = finish(world.clock, awaitVolumes(world.context, [mounting('cache')], limit));
    world.clock.after(5000, () =>
      world.cluster.nodes.set('node1', aNode({ volumesAttached: ['kubernetes.io/iscsi/1'] })),
    );
    expect(await done).toEqual({ kind: 'ready' });
    expect(messages(world)).toEqual([
      "1 volume still in the node's status: kubernetes.io/iscsi/1, kubernetes.io/iscsi/2",
    ]);
  });

  it('names a few and counts the others', async () => {
    const world = aVolumeWorld(['1', '2', '3', '4', '5', '6', '7'].map((name) => attachment(name)));
    const outcome = await finish(world.clock, awaitVolumes(world.context, [], { timeoutMs: 1000 }));
    expect(outcome).toMatchObject({ message: '7 volumes still attached: 1, 2, 3, 4, 5 and 2 more' });
  });

  it('does not wait for what it may not read, and says so', async () => {
    const world = aVolumeWorld([attachment('pv-1')]);
    world.cluster.failures.set('listVolumeAttachments', forbidden);
    const outcome = await finish(world.clock, awaitVolumes(world.context, [], limit));
    expect(outcome).toMatchObject({ kind: 'unknown', message: expect.stringContaining('it is forbidden') });
    expect(world.only('warning').message).toContain('volumes of node1 are not waited for');
  });

  it('takes claims from the volumes where the claims may not be read', async () => {
    const world = aVolumeWorld([attachment('pv-1')]);
    world.cluster.failures.set('listClaims', forbidden);
    world.cluster.persistentVolumes = [
      { ...metadata, name: 'pv-1', local: false, nodeTerms: [], claim: { namespace: 'shop', name: 'cache' } },
    ];
    const outcome = await finish(world.clock, awaitVolumes(world.context, [mounting('cache')], limit));
    expect(outcome).toEqual({ kind: 'ready' });
  });

  it('waits for all without the names of claims, but not when pods that stay mount some', async () => {
    const world = aVolumeWorld([attachment('pv-1')]);
    world.cluster.failures.set('listClaims', forbidden);
    world.cluster.failures.set('listPersistentVolumes', forbidden);
    const outcome = await finish(world.clock, awaitVolumes(world.context, [], limit));
    expect(outcome).toEqual({ kind: 'timeout', message: '1 volume still attached: pv-1' });
    const unknown = await finish(world.clock, awaitVolumes(world.context, [mounting('cache')], limit));
    expect(unknown).toMatchObject({ kind: 'unknown', message: expect.stringContaining('cannot be told apart') });
  });
});
