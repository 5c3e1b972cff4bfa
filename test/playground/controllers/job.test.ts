import { describe, expect, test } from 'vitest';
import { conditionOf, startWorld, types, type Loose, type TestWorld } from './world.ts';

async function worldWith(spec: object, annotations: Record<string, string>): Promise<TestWorld> {
  const world = await startWorld();
  const kmaint = Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`kmaint.test/${name}`, value]));
  world.create(types.jobs, {
    metadata: { name: 'job' },
    spec: {
      ...spec,
      template: {
        metadata: { annotations: kmaint },
        spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1' }] },
      },
    },
  });
  await world.clock.advance(10);
  return world;
}

const job = (world: TestWorld): Loose => world.get(types.jobs, 'job') as Loose;

describe('a Job', () => {
  test('runs as many pods at once as its parallelism, until its completions are reached', async () => {
    const world = await worldWith({ completions: 3, parallelism: 2 }, { 'complete-after-ms': '2000' });
    expect(world.pods()).toHaveLength(2);
    expect(world.pods()[0]?.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
    await world.clock.advance(3500);
    expect(job(world).status).toMatchObject({ active: 1, succeeded: 2 });
    await world.clock.advance(3500);
    expect(job(world).status).toMatchObject({ succeeded: 3, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(job(world).status['active']).toBeUndefined();
    expect(conditionOf(job(world), 'Complete')).toMatchObject({ status: 'True', reason: 'CompletionsReached' });
    expect(conditionOf(job(world), 'SuccessCriteriaMet')).toMatchObject({ status: 'True' });
    expect(world.pods().map(({ metadata, status }) => [status?.phase, metadata.finalizers])).toEqual([
      ['Succeeded', undefined],
      ['Succeeded', undefined],
      ['Succeeded', undefined],
    ]);
  });

  test('tries failed pods again, each time later, until its limit', async () => {
    const world = await worldWith({ backoffLimit: 1 }, { 'complete-after-ms': '1000', 'complete-phase': 'Failed' });
    await world.clock.advance(5000);
    expect(job(world).status).toMatchObject({ failed: 1 });
    expect(world.pods()).toHaveLength(1);
    await world.clock.advance(20_000);
    expect(job(world).status).toMatchObject({ failed: 2 });
    expect(conditionOf(job(world), 'Failed')).toMatchObject({
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    });
    expect(world.events('BackoffLimitExceeded')).toEqual(['Job has reached the specified backoff limit']);
    await world.clock.advance(600_000);
    expect(world.pods()).toHaveLength(2);
  });

  test('lets an evicted pod go and counts it as failed', async () => {
    const world = await worldWith({}, {});
    await world.clock.advance(2000);
    const [pod] = world.pods();
    world.delete(types.pods, pod?.metadata.name ?? '');
    await world.clock.advance(2000);
    expect(world.pods()).toEqual([]);
    expect(job(world).status).toMatchObject({ failed: 1 });
    await world.clock.advance(10_000);
    expect(world.pods()).toHaveLength(1);
  });

  test('is deleted with its pods when its time after the end has passed', async () => {
    const world = await worldWith({ ttlSecondsAfterFinished: 5 }, { 'complete-after-ms': '1000' });
    await world.clock.advance(5000);
    expect(world.get(types.jobs, 'job')).toBeDefined();
    await world.clock.advance(5000);
    expect(world.get(types.jobs, 'job')).toBeUndefined();
    expect(world.pods()).toEqual([]);
  });
});
