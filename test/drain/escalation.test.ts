/** Going past budgets: only when asked, only in time, only the pod that was meant, and recorded. */
import { describe, expect, it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { aBudget, aPod, aPolicy } from '../support/objects.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../support/world.ts';

const never = aBudget({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 });
const run = (world: TestWorld, options: Partial<DrainOptions>): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));

function blocked(pod = aPod({ terminationGracePeriodSeconds: 20 })): TestWorld {
  const world = aWorld([pod]);
  world.cluster.budgets = [never];
  world.cluster.judge = () => ({ kind: 'blocked-budget', message: 'no', budget: 'web', needs: 1, has: 1 });
  return world;
}

const deletions = (world: TestWorld): readonly (readonly [string, number])[] => {
  const startMs = Date.parse('2026-01-01T00:00:00Z');
  return world.cluster.writes.flatMap((write, index) =>
    write.startsWith('delete') ? [[write, (world.cluster.writtenAtMs[index] ?? 0) - startMs] as const] : [],
  );
};

describe('escalation', () => {
  it('deletes so early that the pod can be gone by the deadline', async () => {
    const world = blocked();
    expect(await run(world, { escalation: { deadlineMs: 60_000, rung: 'delete' } })).toBe(0);
    const [[write, atMs] = ['', 0], ...others] = deletions(world);
    expect(write).toBe('delete shop/web-1 grace 20');
    expect(atMs).toBeGreaterThanOrEqual(39_000);
    expect(atMs).toBeLessThanOrEqual(42_000);
    expect(others).toEqual([]);
    expect(world.only('pod.escalated')).toMatchObject({ rung: 'delete', pod: { name: 'web-1' } });
  });

  it('never happens without the flag', async () => {
    const world = blocked();
    expect(await run(world, { timeoutMs: 300_000 })).toBe(124);
    expect(deletions(world)).toEqual([]);
    expect(world.cluster.pods.has('shop/web-1')).toBe(true);
  });

  it('never happens by --force alone', async () => {
    const world = blocked();
    expect(await run(world, { timeoutMs: 300_000, policy: aPolicy({ force: true }) })).toBe(124);
    expect(deletions(world)).toEqual([]);
  });

  it('gives at least a second, whatever was asked', async () => {
    const world = blocked();
    await run(world, {
      escalation: { deadlineMs: 10_000, rung: 'delete' },
      policy: aPolicy({ gracePeriodSeconds: 0 }),
    });
    expect(deletions(world).map(([write]) => write)).toEqual(['delete shop/web-1 grace 1']);
  });

  it('never touches a pod of the same name that came meanwhile', async () => {
    const world = blocked();
    const done = run(world, { escalation: { deadlineMs: 60_000, rung: 'delete' } });
    await world.clock.advance(30_000);
    world.cluster.put(aPod({ uid: 'another', nodeName: 'node2' }));
    expect(await done).toBe(0);
    expect(deletions(world)).toEqual([]);
    expect(world.cluster.pods.get('shop/web-1')?.uid).toBe('another');
  });

  it('takes one step a second', async () => {
    const world = aWorld(
      Array.from({ length: 5 }, (_, index) => aPod({ name: `web-${index}`, terminationGracePeriodSeconds: 1 })),
    );
    world.cluster.budgets = [never];
    world.cluster.judge = () => ({ kind: 'blocked-budget', message: 'no', budget: 'web', needs: 1, has: 1 });
    expect(await run(world, { escalation: { deadlineMs: 10_000, rung: 'delete' } })).toBe(0);
    const times = deletions(world).map(([, atMs]) => atMs);
    expect(times).toHaveLength(5);
    for (const [index, atMs] of times.entries()) {
      if (index > 0) expect(atMs - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
    }
  });

  it('lets a pod go by itself that its budget frees in time', async () => {
    const world = blocked();
    const done = run(world, { escalation: { deadlineMs: 60_000, rung: 'delete' } });
    await world.clock.advance(10_000);
    world.cluster.judge = () => undefined;
    world.cluster.putBudget({ ...never, disruptionsAllowed: 1 });
    expect(await done).toBe(0);
    expect(deletions(world)).toEqual([]);
  });

  it('does not remove objects of a node that nobody has proven dead', async () => {
    const world = blocked();
    world.cluster.goneAfterMs = Infinity;
    expect(await run(world, { escalation: { deadlineMs: 30_000, rung: 'force' }, timeoutMs: 120_000 })).toBe(124);
    expect(deletions(world).map(([write]) => write)).toEqual(['delete shop/web-1 grace 20']);
  });
});

describe('waves', () => {
  const critical = { name: 'dns-1', priority: 2_000_000_000 };

  it('those that others need go when the others are gone', async () => {
    const world = aWorld([aPod(critical), aPod({ name: 'web-1' }), aPod({ name: 'node-1', priority: 2_000_001_000 })]);
    expect(await run(world, {})).toBe(0);
    const order = world.events.flatMap((event) =>
      event.type === 'pod.evicting' || event.type === 'pod.gone' ? [`${event.type} ${event.pod.name}`] : [],
    );
    expect(order).toEqual([
      'pod.evicting web-1',
      'pod.gone web-1',
      'pod.evicting dns-1',
      'pod.gone dns-1',
      'pod.evicting node-1',
      'pod.gone node-1',
    ]);
    expect(world.all('wave.started').map(({ wave, waves, label }) => [wave, waves, label])).toEqual([
      [1, 3, 'ordinary'],
      [2, 3, 'cluster-critical'],
      [3, 3, 'node-critical'],
    ]);
  });

  it('nothing is said of waves where there is one', async () => {
    const world = aWorld([aPod()]);
    expect(await run(world, {})).toBe(0);
    expect(world.all('wave.started')).toEqual([]);
  });

  it('none begins after a failure', async () => {
    const world = aWorld([aPod(critical), aPod({ name: 'web-1' })]);
    world.cluster.answers.set('shop/web-1', [{ kind: 'fatal', message: 'forbidden', status: 403, hint: undefined }]);
    expect(await run(world, {})).toBe(1);
    expect(world.cluster.pods.has('shop/dns-1')).toBe(true);
  });
});
