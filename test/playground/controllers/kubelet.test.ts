import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/playground/controllers/models.ts';
import { conditionOf, isReady, podDraft, startWorld, types, type TestWorld } from './world.ts';

const kmaint = (annotations: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`kmaint.test/${name}`, value]));

async function worldWithPod(annotations: Record<string, string> = {}, more: object = {}): Promise<TestWorld> {
  const world = await startWorld(['n1']);
  const draft = podDraft('p', { annotations: kmaint(annotations) });
  world.create(types.pods, { ...draft, metadata: { ...draft.metadata, ...more } });
  return world;
}

const podOf = (world: TestWorld): Pod | undefined => world.get(types.pods, 'p');

describe('the kubelet', () => {
  test('starts a pod after a second, with everything that clients look at', async () => {
    const world = await worldWithPod();
    await world.clock.advance(990);
    expect(podOf(world)?.status?.phase).toBe('Pending');
    await world.clock.advance(20);
    const status = podOf(world)?.status;
    expect(status).toMatchObject({ phase: 'Running', hostIP: '192.168.64.2', podIP: '10.244.0.1' });
    expect(status?.conditions?.map(({ type, status: is }) => `${type}=${is}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
    expect(status?.containerStatuses).toEqual([
      expect.objectContaining({
        name: 'app',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: '2026-01-01T00:00:01Z' } },
        containerID: expect.stringMatching(/^containerd:\/\/[\da-f]{64}$/),
        imageID: expect.stringMatching(/^app:1@sha256:[\da-f]{64}$/),
      }),
    ]);
  });

  test('obeys ready-after-ms and unready', async () => {
    const world = await worldWithPod({ 'ready-after-ms': '5000', unready: 'true' });
    await world.clock.advance(4900);
    expect(podOf(world)?.status?.phase).toBe('Pending');
    await world.clock.advance(200);
    expect(podOf(world)?.status?.phase).toBe('Running');
    expect(isReady(podOf(world) as Pod)).toBe(false);
  });

  test.each([
    ['Succeeded', {}, 0],
    ['Failed', { 'complete-phase': 'Failed' }, 1],
  ])('ends a pod by itself: %s', async (phase, annotations, exitCode) => {
    const world = await worldWithPod({ 'complete-after-ms': '2000', ...annotations });
    await world.clock.advance(2900);
    expect(podOf(world)?.status?.phase).toBe('Running');
    await world.clock.advance(200);
    expect(podOf(world)?.status?.phase).toBe(phase);
    expect(podOf(world)?.status?.containerStatuses).toMatchObject([
      { ready: false, state: { terminated: { exitCode } } },
    ]);
    expect(isReady(podOf(world) as Pod)).toBe(false);
  });

  test.each([
    ['by default', {}, 1000],
    ['as annotated', { 'gone-after-ms': '8000' }, 8000],
  ])('lets a deleted pod go %s', async (_name, annotations, goneMs) => {
    const world = await worldWithPod(annotations);
    await world.clock.advance(2000);
    world.delete(types.pods, 'p');
    expect(podOf(world)?.metadata.deletionGracePeriodSeconds).toBe(30);
    await world.clock.advance(goneMs - 10);
    expect(podOf(world)).toBeDefined();
    await world.clock.advance(20);
    expect(podOf(world)).toBeUndefined();
    expect(world.events('Killing')).toEqual(['Stopping container app']);
  });

  test('leaves a pod with a finalizer behind, until that is taken away', async () => {
    const world = await worldWithPod({}, { finalizers: ['kmaint.test/hold'] });
    await world.clock.advance(2000);
    world.delete(types.pods, 'p');
    await world.clock.advance(60_000);
    expect(podOf(world)?.metadata.deletionGracePeriodSeconds).toBe(0);
    world.change(types.pods, 'p', (pod) => ({ ...pod, metadata: { ...pod.metadata, finalizers: [] } }));
    await world.clock.advance(10);
    expect(podOf(world)).toBeUndefined();
  });

  test('a deletion asked for before the pod runs still takes its time', async () => {
    const world = await worldWithPod({ 'ready-after-ms': '5000' });
    await world.clock.advance(100);
    world.delete(types.pods, 'p');
    await world.clock.advance(990);
    expect(podOf(world)?.status?.phase).toBe('Pending');
    await world.clock.advance(20);
    expect(podOf(world)).toBeUndefined();
  });

  test('takes a seeded pod that runs as it is', async () => {
    const world = await startWorld(['n1'], { controllers: false });
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    world.create(types.pods, podDraft('p', { spec: { nodeName: 'n1' } }));
    world.change(types.pods, 'p', (pod) => ({ ...pod, status }), 'status');
    const version = podOf(world)?.metadata.resourceVersion;
    const { startControllers } = await import('../../../src/playground/controllers/start.ts');
    startControllers(world);
    await world.clock.advance(60_000);
    expect(podOf(world)?.metadata.resourceVersion).toBe(version);
    expect(conditionOf(podOf(world), 'Ready')?.['status']).toBe('True');
  });
});
