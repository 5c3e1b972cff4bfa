/** The order in which the pods of a node go, and those that a drain only waits for. */
import { describe, expect, it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { aPod, aPolicy } from '../support/objects.ts';
import { aWorld, drainOptions, finish, names, type TestWorld } from '../support/world.ts';

const startMs = Date.parse('2026-01-01T00:00:00Z');
const run = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));

describe('--order', () => {
  it('lets the database go when its users are gone', async () => {
    const world = aWorld([
      aPod({ name: 'db-0', labels: { tier: 'db' } }),
      aPod({ name: 'web-1', labels: { tier: 'web' } }),
      aPod({ name: 'web-2', labels: { tier: 'web' } }),
    ]);
    const order = [{ order: 1, selector: 'tier=db' }];
    expect(await run(world, { policy: aPolicy({ order }) })).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1', 'evict shop/web-2', 'evict shop/db-0']);
  });
});

describe('the label cluster.x-k8s.io/drain=wait-completed', () => {
  const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'backup', uid: 'uid-of-backup' };
  const working = aPod({ name: 'backup-1', controller: job, labels: { 'cluster.x-k8s.io/drain': 'wait-completed' } });

  it('lets a Job finish: its pod is never evicted, and counts as done although it stays', async () => {
    const world = aWorld([working, aPod()]);
    world.clock.after(40_000, () =>
      world.cluster.put({ ...working, phase: 'Succeeded', ready: false, finished: true }),
    );
    expect(await run(world)).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1']);
    expect(world.clock.now() - startMs).toBeGreaterThanOrEqual(40_000);
    expect(names(world.all('pod.skipped'))).toEqual(['shop/backup-1']);
    expect(world.only('node.finished').left).toEqual([]);
  });

  it('is bounded by --timeout, which says what it waited for', async () => {
    const world = aWorld([working]);
    expect(await run(world, { timeoutMs: 5000 })).toBe(124);
    expect(world.cluster.writes).toEqual(['cordon node1']);
    expect(world.only('node.finished').left).toMatchObject([
      { name: 'backup-1', reason: expect.stringContaining('wait-completed') },
    ]);
  });
});
