import { describe, expect, it } from 'vitest';
import { surge, surgeTimeoutMs, type SurgeOutcome } from '../../../src/drain/continuity/surge.ts';
import { restartedAtAnnotation } from '../../../src/drain/continuity/surge-undo.ts';
import { ClusterError, InterruptedError } from '../../../src/errors.ts';
import { aNode } from '../../support/objects.ts';
import { finish } from '../../support/world.ts';
import {
  aContinuityWorld,
  aMember,
  aReplicaSet,
  aSingle,
  forbidden,
  playRollouts,
  unavailable,
  type ContinuityWorld,
} from './world.ts';

const key = 'Deployment/shop/web';
const stamp = '2026-01-01T00:00:00.000Z';
const pod = aMember('web-a');
const newPod = aMember('web-b', { nodeName: 'node2' }, 'web-2');
const stamped = `annotate ${key} ${JSON.stringify({ [restartedAtAnnotation]: stamp })}`;
const undone = `annotate ${key} ${JSON.stringify({ [restartedAtAnnotation]: null })}`;
const intent = { type: 'intent', node: 'node1', step: { kind: 'surge', namespace: 'shop', name: 'web', stamp } };
const done = { type: 'done', node: 'node1', step: 'surge', of: 'shop/web' };

function aSurgeWorld(readyAfterMs: number, node = 'node2'): ContinuityWorld {
  const world = aContinuityWorld([pod], [aSingle(), aReplicaSet({ revision: '1' })]);
  playRollouts(world, { readyAfterMs, newPod: { ...newPod, nodeName: node } });
  return world;
}

const run = (world: ContinuityWorld, timeoutMs = surgeTimeoutMs): Promise<SurgeOutcome> =>
  finish(world.clock, surge(world.context, aSingle(), pod, { timeoutMs }));
const steps = (world: ContinuityWorld): string[] => world.all('node.step').map(({ message }) => message);
const stampOf = ({ cluster }: ContinuityWorld): string | undefined =>
  cluster.workloads.get(key)?.templateAnnotations[restartedAtAnnotation];

describe('a surge', () => {
  it('restarts the rollout and waits until the new pod is ready elsewhere and the old one gone', async () => {
    const world = aSurgeWorld(8000);
    world.onEvent = ({ type }) => {
      if (type === 'node.step' && world.all('node.step').length === 2) {
        expect(world.cluster.pods.has('shop/web-a')).toBe(false);
        expect(world.cluster.pods.get('shop/web-b')?.ready).toBe(true);
      }
    };
    expect(await run(world)).toEqual({ kind: 'moved' });
    expect(world.cluster.writes).toEqual([stamped]);
    expect(world.entries).toEqual([intent, done]);
    expect(steps(world)).toEqual([
      'restarts Deployment shop/web: its only pod is here',
      'moved Deployment shop/web to node2: pod shop/web-b is ready',
    ]);
    expect(world.all('node.waiting').map(({ waitsFor, message }) => [waitsFor, message])).toEqual([
      ['surge', 'Deployment shop/web: no pod has come in its place yet'],
      ['surge', 'Deployment shop/web: pod shop/web-b: runs on node2 but is not ready yet'],
      ['surge', 'Deployment shop/web: its new pod is ready, and pod shop/web-a has not ended yet'],
    ]);
  });

  it('writes its intent before the first change, and changes nothing when that fails', async () => {
    const world = aSurgeWorld(1000);
    const journal = { runId: 'run-1', write: () => Promise.reject(new Error('disk full')) };
    const broken = surge({ ...world.context, journal }, aSingle(), pod);
    await expect(finish(world.clock, broken)).rejects.toThrow('disk full');
    expect(world.cluster.writes).toEqual([]);
  });

  it('changes nothing when it is interrupted while its intent is written', async () => {
    const world = aSurgeWorld(1000);
    const write = async (): Promise<void> => world.interrupt(new InterruptedError('SIGINT'));
    const moving = surge({ ...world.context, journal: { runId: 'run-1', write } }, aSingle(), pod);
    await expect(finish(world.clock, moving)).rejects.toThrow('interrupted by SIGINT');
    expect(world.cluster.writes).toEqual([]);
  });

  it('is undone after its time, with what it waited for', async () => {
    const world = aSurgeWorld(Infinity);
    const backOff = [{ container: 'app', reason: 'ImagePullBackOff', message: 'no such image' }];
    world.clock.after(1000, () => world.cluster.put({ ...newPod, ready: false, waiting: backOff }));
    const why = 'pod shop/web-b: ImagePullBackOff in container app: no such image';
    expect(await run(world, 60_000)).toEqual({
      kind: 'failed',
      message: `Deployment shop/web was not moved: it took longer than 1m00s (Deployment shop/web: ${why}); the restart was undone`,
    });
    expect(world.cluster.writes).toEqual([stamped, undone]);
    expect(world.entries).toEqual([intent, done]);
    expect(steps(world).at(-1)).toBe('Deployment shop/web: the restart was undone');
    expect(world.cluster.pods.has('shop/web-a')).toBe(true);
  });

  it('puts a former stamp back', async () => {
    const former = '2025-06-01T00:00:00Z';
    const world = aSurgeWorld(Infinity);
    world.cluster.putWorkload(aSingle({ templateAnnotations: { [restartedAtAnnotation]: former } }));
    await run(world, 10_000);
    expect(stampOf(world)).toBe(former);
  });

  it('leaves alone what somebody rolled out on top of it', async () => {
    const world = aSurgeWorld(Infinity);
    world.clock.after(5000, () => {
      const now = world.cluster.workloads.get(key);
      if (!now) return;
      world.cluster.putWorkload({ ...now, generation: now.generation + 1, resourceVersion: 'theirs' });
      const set = { templateAnnotations: { [restartedAtAnnotation]: stamp }, name: 'web-3', revision: '3' };
      world.cluster.putWorkload(aReplicaSet(set));
    });
    expect(await run(world, 30_000)).toMatchObject({ message: expect.stringContaining('something newer') });
    expect(world.cluster.writes).toEqual([stamped]);
  });

  it('undoes itself although the Deployment was scaled meanwhile', async () => {
    const world = aSurgeWorld(Infinity);
    world.clock.after(5000, () => {
      const now = world.cluster.workloads.get(key);
      if (now) world.cluster.putWorkload({ ...now, generation: now.generation + 1, replicas: 2, resourceVersion: 'x' });
    });
    expect(await run(world, 30_000)).toMatchObject({ message: expect.stringContaining('was undone') });
    expect(stampOf(world)).toBeUndefined();
  });

  it('ends when somebody takes its stamp away', async () => {
    const world = aSurgeWorld(Infinity);
    world.clock.after(5000, () => world.cluster.putWorkload(aSingle({ resourceVersion: 'theirs' })));
    const outcome = await run(world);
    expect(outcome).toMatchObject({ message: expect.stringContaining('somebody else changed its template') });
    expect(outcome).toMatchObject({ message: expect.stringContaining('no restart of ours to undo') });
    expect(world.cluster.writes).toEqual([stamped]);
  });

  it('keeps a rollout that is complete when only the old pod does not end', async () => {
    const world = aSurgeWorld(3000);
    world.cluster.remove = () => {};
    expect(await run(world, 30_000)).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/shop\/web-a has not ended yet\); the new pod was ready by then/),
    });
    expect(world.cluster.writes).toEqual([stamped]);
  });

  it('does not claim that a pod has moved which came to the node again', async () => {
    const world = aSurgeWorld(3000, 'node1');
    expect(await run(world)).toMatchObject({ kind: 'failed', message: expect.stringContaining('came to node1 again') });
    expect(world.cluster.writes).toEqual([stamped]);
  });

  it('is undone by an interrupt, which then goes on', async () => {
    const world = aSurgeWorld(Infinity);
    const moving = finish(world.clock, surge(world.context, aSingle(), pod));
    const expectation = expect(moving).rejects.toThrow('interrupted by SIGINT');
    world.clock.after(5000, () => world.interrupt(new InterruptedError('SIGINT')));
    await expectation;
    expect(world.cluster.writes).toEqual([stamped, undone]);
    expect(steps(world).at(-1)).toContain('was undone');
    expect(world.entries).toEqual([intent, done]);
  });

  it('says how to undo by hand when the cluster does not answer, and leaves the journal open', async () => {
    const world = aSurgeWorld(Infinity);
    world.clock.after(5000, () => world.cluster.failures.set('getWorkload', unavailable));
    const outcome = await run(world, 10_000);
    expect(outcome).toMatchObject({
      message: expect.stringContaining('could not be undone'),
    });
    expect(outcome).toMatchObject({
      message: expect.stringContaining('kubectl rollout undo deployment/web -n shop --context test'),
    });
    expect(world.entries).toEqual([intent]);
  });
});

describe('the stamp of a surge', () => {
  it('is put on what is read anew after a conflict', async () => {
    const world = aSurgeWorld(3000);
    world.cluster.putWorkload(aSingle({ resourceVersion: 'newer' }));
    const write = world.cluster.annotateTemplate.bind(world.cluster);
    let tries = 0;
    world.cluster.annotateTemplate = (workload, annotations) => {
      tries += 1;
      if (tries === 1) world.cluster.putWorkload(aSingle({ resourceVersion: 'newest' }));
      return write(workload, annotations);
    };
    expect(await run(world)).toEqual({ kind: 'moved' });
    expect(tries).toBe(2);
    expect(world.entries).toEqual([intent, done]);
  });

  it('is not put on what is no longer eligible after a conflict', async () => {
    const world = aSurgeWorld(3000);
    const write = world.cluster.annotateTemplate.bind(world.cluster);
    world.cluster.annotateTemplate = (workload, annotations) => {
      world.cluster.putWorkload(aSingle({ resourceVersion: 'newest', paused: true }));
      return write(workload, annotations);
    };
    expect(await run(world)).toMatchObject({ message: expect.stringContaining('its rollout is paused') });
    expect(world.cluster.writes).toEqual([]);
  });

  it('counts as put when only the answer was lost, and is undone all the same', async () => {
    const world = aSurgeWorld(Infinity);
    const write = world.cluster.annotateTemplate.bind(world.cluster);
    let tries = 0;
    world.cluster.annotateTemplate = async (workload, annotations) => {
      const changed = await write(workload, annotations);
      tries += 1;
      if (tries === 1) throw new ClusterError('reset', { code: 'cluster.unreachable' });
      return changed;
    };
    expect(await run(world, 10_000)).toMatchObject({ message: expect.stringContaining('was undone') });
    expect(world.cluster.writes).toEqual([stamped, undone]);
  });

  it('differs from one of the same moment', async () => {
    const world = aSurgeWorld(3000);
    const same = aSingle({ templateAnnotations: { [restartedAtAnnotation]: stamp } });
    world.cluster.putWorkload(same);
    expect(await finish(world.clock, surge(world.context, same, pod))).toEqual({ kind: 'moved' });
    expect(stampOf(world)).toBe('2026-01-01T00:00:00.001Z');
  });

  it.each<[string, (world: ContinuityWorld) => unknown, string]>([
    ['the Deployment is gone', ({ cluster }) => cluster.workloads.clear(), 'deleted meanwhile'],
    ['another has its name', ({ cluster }) => cluster.putWorkload(aSingle({ uid: 'other' })), 'deleted meanwhile'],
    ['the pod is gone', ({ cluster }) => cluster.remove('shop/web-a'), 'pod shop/web-a is gone already'],
    ['the pod is another', ({ cluster }) => cluster.put({ ...pod, uid: 'other' }), 'is gone already'],
    ['the node is not cordoned', ({ cluster }) => cluster.nodes.set('node1', aNode()), 'is not cordoned'],
    ['it may not be read', ({ cluster }) => cluster.failures.set('getWorkload', forbidden), 'it is forbidden'],
    ['it may not be written', ({ cluster }) => cluster.failures.set('annotateTemplate', forbidden), 'it is forbidden'],
    ['the server is down', ({ cluster }) => cluster.failures.set('getWorkload', unavailable), 'leader changed'],
  ])('is not put where %s', async (_, change, message) => {
    const world = aSurgeWorld(3000);
    change(world);
    expect(await run(world)).toMatchObject({ kind: 'failed', message: expect.stringContaining(message) });
    expect(world.cluster.writes).toEqual([]);
    expect(world.clock.waiting).toBe(0);
  });
});
