import { describe, expect, it } from 'vitest';
import type { Baseline, OwnerState } from '../../../src/drain/continuity/baselines.ts';
import { awaitReplacements, shortageOf } from '../../../src/drain/continuity/replacements.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { aPod, aWorkload } from '../../support/objects.ts';
import { finish } from '../../support/world.ts';
import { aContinuityWorld, aMember, aReplicaSet, forbidden, unavailable, type ContinuityWorld } from './world.ts';

const owner = { kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid-of-web' } as const;
const baseline: Baseline = { owner, ready: 2, desired: 2 };
const short = aWorkload({ availableReplicas: 1, readyReplicas: 1 });
const limit = { timeoutMs: 300_000 };
const messages = (world: ContinuityWorld): string[] => world.all('node.waiting').map(({ message }) => message);

describe('an owner', () => {
  it.each<[string, OwnerState, boolean]>([
    ['has what it had', aWorkload(), true],
    ['has more', aWorkload({ replicas: 5, availableReplicas: 3 }), true],
    ['lacks one', short, false],
    ['has it ready, but not for its minReadySeconds', aWorkload({ availableReplicas: 1 }), false],
    ['was scaled down', aWorkload({ replicas: 1, availableReplicas: 1 }), true],
    ['was scaled to nothing', aWorkload({ replicas: 0, availableReplicas: 0 }), true],
    ['has a status that lags', aWorkload({ settled: false }), false],
    ['is gone', 'gone', true],
    ['cannot be read', { unknown: 'forbidden' }, false],
  ])('%s', (_, state, whole) => {
    expect(shortageOf(baseline, state) === undefined).toBe(whole);
  });

  it('that lacked pods before is not waited for beyond those', () => {
    expect(shortageOf({ owner, ready: 0, desired: 2 }, aWorkload({ availableReplicas: 0 }))).toBeUndefined();
  });
});

describe('waiting for replacements', () => {
  it('ends at once when all is whole, after a look at the pods themselves', async () => {
    const world = aContinuityWorld([aMember('web-a'), aMember('web-b')], [aWorkload(), aReplicaSet()]);
    expect(await finish(world.clock, awaitReplacements(world.context, [baseline], limit))).toEqual({ kind: 'ready' });
    expect(world.events).toEqual([]);
    expect(world.cluster.reads.listPods).toBe(1);
  });

  it('says the reason each time it changes, and goes on when the count is back', async () => {
    const starting = aMember('web-b', { ready: false, phase: 'Pending', nodeName: '' });
    const world = aContinuityWorld([aMember('web-a'), starting], [short, aReplicaSet()]);
    const done = finish(world.clock, awaitReplacements(world.context, [baseline], limit));
    const change = (ms: number, differences: Parameters<typeof aMember>[1]): unknown =>
      world.clock.after(ms, () => world.cluster.put({ ...starting, ...differences }));
    change(10_000, { unschedulableMessage: '0/1 nodes are available' });
    const backOff = [{ container: 'app', reason: 'ImagePullBackOff', message: undefined }];
    change(60_000, { nodeName: 'node2', waiting: backOff });
    world.clock.after(90_000, () => {
      world.cluster.put(aMember('web-b', { nodeName: 'node2' }));
      world.cluster.putWorkload(aWorkload());
    });
    expect(await done).toEqual({ kind: 'ready' });
    const has = 'Deployment shop/web has 1 of 2 ready: pod shop/web-b: ';
    expect(messages(world)).toEqual([
      `${has}has no node yet`,
      `${has}FailedScheduling: 0/1 nodes are available`,
      `${has}FailedScheduling for more than 30 s: 0/1 nodes are available`,
      `${has}ImagePullBackOff in container app`,
    ]);
    expect(world.all('node.waiting')[0]).toMatchObject({ node: 'node1', waitsFor: 'replacements' });
  });

  it('does not believe a status that is older than the eviction', async () => {
    const world = aContinuityWorld([aMember('web-a')], [aWorkload(), aReplicaSet()]);
    const done = finish(world.clock, awaitReplacements(world.context, [baseline], limit));
    world.clock.after(20_000, () => world.cluster.put(aMember('web-c')));
    expect(await done).toEqual({ kind: 'ready' });
    expect(messages(world)).toEqual(['Deployment shop/web has 1 of 2 ready: no pod has come in its place yet']);
    expect(world.clock.now() - Date.parse('2026-01-01T00:00:00Z')).toBeGreaterThanOrEqual(20_000);
  });

  it('does not count pods that are on their way out, nor those of others', async () => {
    const stranger = aPod({ name: 'other', controller: undefined });
    const leaving = aMember('web-b', { deletionTimestamp: '2026-01-01T00:00:30Z' });
    const world = aContinuityWorld([aMember('web-a'), leaving, stranger], [aWorkload(), aReplicaSet()]);
    const outcome = await finish(world.clock, awaitReplacements(world.context, [baseline], { timeoutMs: 7000 }));
    expect(outcome).toEqual({
      kind: 'timeout',
      message: 'Deployment shop/web has 1 of 2 ready: pod shop/web-b is still terminating',
    });
  });

  it('believes the status where pods may not be listed', async () => {
    const world = aContinuityWorld([], [aWorkload(), aReplicaSet()]);
    world.cluster.failures.set('listPods', forbidden);
    expect(await finish(world.clock, awaitReplacements(world.context, [baseline], limit))).toEqual({ kind: 'ready' });
  });

  it('times out exactly, with what is missing, and polls less often as time passes', async () => {
    const world = aContinuityWorld([aMember('web-a')], [short, aReplicaSet()]);
    const startMs = world.clock.now();
    const done = awaitReplacements(world.context, [baseline], { timeoutMs: 60_500 });
    await world.clock.advance(60_499);
    const reads = world.cluster.reads.getWorkload ?? 0;
    await world.clock.advance(1);
    expect(await done).toMatchObject({ kind: 'timeout', message: expect.stringContaining('1 of 2 ready') });
    expect(world.clock.now() - startMs).toBe(60_500);
    expect(reads).toBeGreaterThanOrEqual(12);
    expect(reads).toBeLessThanOrEqual(20);
    expect(world.clock.waiting).toBe(0);
  });

  it('looks again soon after something has changed', async () => {
    const world = aContinuityWorld([aMember('web-a')], [short, aReplicaSet()]);
    const done = awaitReplacements(world.context, [baseline], limit);
    await world.clock.advance(60_000);
    world.cluster.put(aMember('web-b', { ready: false }));
    while (messages(world).length < 2) await world.clock.advance(50);
    world.cluster.put(aMember('web-b'));
    world.cluster.putWorkload(aWorkload());
    await world.clock.advance(1250);
    expect(world.clock.waiting).toBe(0);
    expect(await done).toEqual({ kind: 'ready' });
  });

  it('is not ended by an error that passes', async () => {
    const world = aContinuityWorld([aMember('web-a'), aMember('web-b')], [aWorkload(), aReplicaSet()]);
    world.cluster.failures.set('listPods', unavailable);
    const done = finish(world.clock, awaitReplacements(world.context, [baseline], limit));
    world.clock.after(30_000, () => world.cluster.failures.clear());
    expect(await done).toEqual({ kind: 'ready' });
    expect(messages(world)).toEqual(['the cluster did not tell: etcdserver: leader changed']);
  });

  it('keeps waiting for an owner that may no longer be read', async () => {
    const world = aContinuityWorld([], [aWorkload()]);
    world.cluster.failures.set('getWorkload', forbidden);
    const outcome = await finish(world.clock, awaitReplacements(world.context, [baseline], { timeoutMs: 5000 }));
    expect(outcome).toEqual({ kind: 'timeout', message: 'Deployment shop/web cannot be read: it is forbidden' });
  });

  it('names what keeps the controller from creating a pod', async () => {
    const set = aReplicaSet({ replicas: 2, statusReplicas: 1 });
    const world = aContinuityWorld([aMember('web-a')], [short, set]);
    world.cluster.clusterEvents = [
      { type: 'Warning', reason: 'FailedCreate', message: 'exceeded quota: team', lastSeen: '', involvedUid: set.uid },
    ];
    const outcome = await finish(world.clock, awaitReplacements(world.context, [baseline], { timeoutMs: 5000 }));
    expect(outcome).toMatchObject({
      message: 'Deployment shop/web has 1 of 2 ready: FailedCreate: exceeded quota: team',
    });
  });

  it('counts what it does not name', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const sets = names.map((name) => aWorkload({ kind: 'StatefulSet', name, availableReplicas: 1 }));
    const world = aContinuityWorld([], sets);
    const baselines = sets.map(({ name, uid }): Baseline => {
      return { owner: { kind: 'StatefulSet', namespace: 'shop', name, uid }, ready: 2, desired: 2 };
    });
    const outcome = await finish(world.clock, awaitReplacements(world.context, baselines, { timeoutMs: 1000 }));
    const why = 'has 1 of 2 ready: no pod has come in its place yet';
    expect(outcome).toMatchObject({
      message: `StatefulSet shop/a ${why}; StatefulSet shop/b ${why}; StatefulSet shop/c ${why}; 2 more owners short of ready pods`,
    });
    expect(world.cluster.reads).toMatchObject({ listPods: world.cluster.reads.listWorkloads });
    expect(world.cluster.reads.getWorkload).toBeUndefined();
  });

  it('ends by an interrupt, with its reason', async () => {
    const world = aContinuityWorld([aMember('web-a')], [short, aReplicaSet()]);
    const done = awaitReplacements(world.context, [baseline], limit);
    const expectation = expect(done).rejects.toThrow('interrupted by SIGINT');
    await world.clock.advance(3000);
    world.interrupt(new InterruptedError('SIGINT'));
    await expectation;
    expect(world.clock.waiting).toBe(0);
  });
});
