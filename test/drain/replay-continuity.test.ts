/** Waiting between waves and at the end of a drain: replacements, volumes, and single replicas moved by a surge. */
import { describe, expect, it } from 'vitest';
import type { VolumeAttachment, VolumeClaim } from '../../src/cluster/volume.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import { restartedAtAnnotation } from '../../src/drain/continuity/surge-undo.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { InterruptedError } from '../../src/errors.ts';
import { aNode, aPod, aWorkload } from '../support/objects.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../support/world.ts';
import {
  aContinuityWorld,
  aMember,
  aReplicaSet,
  aSingle,
  playRollouts,
  type ContinuityWorld,
} from './continuity/world.ts';

const startMs = Date.parse('2026-01-01T00:00:00Z');
const run = (world: TestWorld, continuity: Partial<DrainOptions['continuity']>, options: Partial<DrainOptions> = {}) =>
  finish(
    world.clock,
    drainNodes(world, drainOptions({ continuity: { ...drainOptions().continuity, ...continuity }, ...options })),
  );

describe('--wait-replacements', () => {
  const set = { kind: 'ReplicaSet', name: 'web', uid: 'uid-of-web', replicas: 1 } as const;
  const one = { readyReplicas: 1, availableReplicas: 1 };
  const none = { readyReplicas: 0, availableReplicas: 0 };
  const replacement = aPod({ name: 'web-9', nodeName: 'node2', uid: 'uid-of-web-9' });

  /** An ordinary pod, and a critical one that may go only when the other is replaced. */
  function twoWaves(replacedAfterMs: number): TestWorld {
    const dns = { apiVersion: 'apps/v1', kind: 'DaemonLike', name: 'dns', uid: 'uid-of-dns' };
    const world = aWorld([aPod(), aPod({ name: 'dns-1', priority: 2_000_000_000, controller: dns })]);
    world.cluster.putWorkload(aWorkload({ ...set, ...one }));
    world.onEvent = (event) => {
      if (event.type === 'pod.evicting' && event.pod.name === 'web-1') {
        world.cluster.putWorkload(aWorkload({ ...set, ...none }));
        if (replacedAfterMs === Infinity) return;
        world.clock.after(replacedAfterMs, () => {
          world.cluster.put(replacement);
          world.cluster.putWorkload(aWorkload({ ...set, ...one }));
        });
      }
    };
    return world;
  }
  const evictedAtMs = (world: TestWorld, name: string): number => {
    const index = world.cluster.writes.indexOf(`evict shop/${name}`);
    return index === -1 ? NaN : (world.cluster.writtenAtMs[index] ?? NaN) - startMs;
  };

  it('begins no wave before the pods of the last one are ready elsewhere', async () => {
    const world = twoWaves(30_000);
    expect(await run(world, { replacementsMs: 60_000 })).toBe(0);
    expect(evictedAtMs(world, 'dns-1')).toBeGreaterThanOrEqual(30_000);
    expect(evictedAtMs(world, 'dns-1')).toBeLessThanOrEqual(36_000);
    expect(world.all('node.waiting').map(({ waitsFor }) => waitsFor)).toContain('replacements');
  });

  it('is not waited for without the flag', async () => {
    const world = twoWaves(30_000);
    expect(await run(world, {})).toBe(0);
    expect(evictedAtMs(world, 'dns-1')).toBeLessThan(3000);
  });

  it('that do not come in time end the drain with 124: the next wave stays, and what is missing is named', async () => {
    const world = twoWaves(Infinity);
    expect(await run(world, { replacementsMs: 20_000 })).toBe(124);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1']);
    expect(world.cluster.pods.has('shop/dns-1')).toBe(true);
    const end = world.only('node.finished');
    expect(end).toMatchObject({ outcome: 'timeout', gone: 1, cordonedByUs: true });
    expect(end.message).toMatch(/replacements were not ready in time: ReplicaSet shop\/web has 0 of 1 ready/);
    expect(end.durationMs).toBeLessThanOrEqual(22_000);
    expect(end.hint).toMatch(
      /^to see what keeps them: kubectl get pods -n shop -o wide --context test; .* a resume .*their owners only$/,
    );
    const { undo, resume } = world.only('run.finished');
    expect([undo, resume]).toEqual([['kmaint uncordon node1'], ['kmaint resume run-1']]);
  });

  it('that are missing in several namespaces are looked for in all of them', async () => {
    const world = twoWaves(Infinity);
    const pay = { ...set, namespace: 'pay', name: 'api', uid: 'uid-of-api' };
    const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api', uid: 'uid-of-api' };
    world.cluster.put(aPod({ namespace: 'pay', name: 'api-1', uid: 'uid-of-api-1', controller }));
    world.cluster.putWorkload(aWorkload({ ...pay, ...one }));
    expect(await run(world, { replacementsMs: 20_000 })).toBe(124);
    expect(world.only('node.finished').hint).toMatch(/kubectl get pods -A -o wide --context test/);
  });

  it('end by an interrupt', async () => {
    const world = twoWaves(Infinity);
    world.clock.after(10_000, () => world.interrupt(new InterruptedError('SIGINT')));
    expect(await run(world, { replacementsMs: 600_000 })).toBe(130);
    expect(world.cluster.pods.has('shop/dns-1')).toBe(true);
    expect(world.clock.waiting).toBe(0);
  });

  it('are not waited for after a pod that failed', async () => {
    const world = twoWaves(Infinity);
    world.cluster.answers.set('shop/web-1', [{ kind: 'fatal', message: 'no', status: 403, hint: undefined }]);
    expect(await run(world, { replacementsMs: 60_000 })).toBe(1);
    expect(world.clock.now() - startMs).toBeLessThan(3000);
  });
});

describe('--wait-volumes', () => {
  const metadata = {
    resourceVersion: '1',
    labels: {},
    annotations: {},
    finalizers: [],
    creationTimestamp: undefined,
    deletionTimestamp: undefined,
    generation: 1,
  };
  const attachment: VolumeAttachment = {
    ...metadata,
    name: 'csi-1',
    uid: 'uid-of-csi-1',
    nodeName: 'node1',
    volumeName: 'pv-1',
    attached: true,
  };
  const claim: VolumeClaim = {
    ...metadata,
    name: 'data',
    uid: 'uid-of-data',
    namespace: 'shop',
    volumeName: 'pv-1',
    accessModes: ['ReadWriteOnce'],
    storageClassName: undefined,
  };

  it('is done when the attachment is gone, not when the pods are', async () => {
    const world = aWorld([aPod()]);
    world.cluster.attachments = [attachment];
    world.clock.after(30_000, () => (world.cluster.attachments = []));
    expect(await run(world, { volumesMs: 60_000 })).toBe(0);
    expect(world.clock.now() - startMs).toBeGreaterThanOrEqual(30_000);
    expect(world.all('node.waiting').map(({ message }) => message)).toEqual(['1 volume still attached: pv-1']);
  });

  it('ends with 124 and the name of the volume', async () => {
    const world = aWorld([aPod()]);
    world.cluster.attachments = [attachment];
    expect(await run(world, { volumesMs: 10_000 })).toBe(124);
    expect(world.only('node.finished')).toMatchObject({
      gone: 1,
      left: [],
      message: 'its volumes are not detached: 1 volume still attached: pv-1',
      hint: 'to see them: kubectl get volumeattachments --context test',
    });
    expect(world.only('run.finished')).toMatchObject({
      undo: ['kmaint uncordon node1'],
      resume: ['kmaint resume run-1'],
    });
  });

  it('does not wait for the volume of a DaemonSet pod, which stays', async () => {
    const controller = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'uid-of-agent' };
    const volumes = [{ name: 'data', kind: 'persistentVolumeClaim' as const, inMemory: false, claimName: 'data' }];
    const world = aWorld([aPod(), aPod({ name: 'agent-1', controller, volumes })]);
    world.cluster.daemonSets.set('shop/agent', 'exists');
    world.cluster.claims = [claim];
    world.cluster.attachments = [attachment];
    expect(await run(world, { volumesMs: 10_000 })).toBe(0);
    expect(world.cluster.pods.has('shop/agent-1')).toBe(true);
  });
});

describe('--surge', () => {
  const newPod = aMember('web-b', { nodeName: 'node2' }, 'web-2');

  /** The only pod of `web`, beside one of many. */
  function aSurge(readyAfterMs: number): ContinuityWorld {
    const others = aReplicaSet({ name: 'shopfront' }, 'shopfront');
    const world = aContinuityWorld(
      [aMember('web-a'), aMember('front-1', {}, 'shopfront')],
      [aSingle(), aReplicaSet({ revision: '1' }), aWorkload({ name: 'shopfront' }), others],
    );
    world.cluster.nodes.set('node1', aNode());
    playRollouts(world, { readyAfterMs, newPod });
    return world;
  }

  it('moves the only pod of a Deployment without an eviction, and evicts the others', async () => {
    const world = aSurge(8000);
    const unserved: string[] = [];
    world.onEvent = ({ type }) => {
      const pods = [...world.cluster.pods.values()].filter(({ name, ready }) => name.startsWith('web-') && ready);
      if (pods.length === 0) unserved.push(type);
    };
    expect(await run(world, { surge: true })).toBe(0);
    expect(world.cluster.writes.filter((write) => !write.startsWith('annotate'))).toEqual([
      'cordon node1',
      'evict shop/front-1',
    ]);
    expect(unserved).toEqual([]);
    expect(world.all('pod.gone').map(({ pod, method }) => [pod.name, method])).toContainEqual(['web-a', 'surge']);
    expect(world.journal).toContainEqual(
      expect.objectContaining({ type: 'intent', step: expect.objectContaining({ kind: 'surge', name: 'web' }) }),
    );
  });

  it('that finds no room is undone; the pod stays, is named, and the others are gone', async () => {
    const world = aSurge(Infinity);
    expect(await run(world, { surge: true })).toBe(1);
    expect(world.cluster.pods.get('shop/web-a')).toEqual(aMember('web-a'));
    const { templateAnnotations } = world.cluster.workloads.get('Deployment/shop/web') ?? aSingle();
    expect(templateAnnotations[restartedAtAnnotation]).toBeUndefined();
    const end = world.only('node.finished');
    expect(end.left.map(({ name }) => name)).toEqual(['web-a']);
    expect(end.left[0]?.reason).toContain('the restart was undone');
    expect(world.cluster.pods.has('shop/front-1')).toBe(false);
  });

  it('is undone by an interrupt', async () => {
    const world = aSurge(Infinity);
    world.clock.after(20_000, () => world.interrupt(new InterruptedError('SIGINT')));
    expect(await run(world, { surge: true })).toBe(130);
    const { templateAnnotations } = world.cluster.workloads.get('Deployment/shop/web') ?? aSingle();
    expect(templateAnnotations[restartedAtAnnotation]).toBeUndefined();
    expect(world.only('node.finished').left.map(({ name }) => name)).toEqual(['web-a']);
  });

  it('is not done without the flag', async () => {
    const world = aSurge(8000);
    expect(await run(world, {})).toBe(0);
    expect(world.cluster.writes.toSorted()).toEqual(['cordon node1', 'evict shop/front-1', 'evict shop/web-a']);
  });
});
