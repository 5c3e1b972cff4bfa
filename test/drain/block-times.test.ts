/** When a pod that is blocked is said to be asked again: the time that its budget's queue really keeps. */
import { describe, expect, it } from 'vitest';
import type { RemovalOutcome } from '../../src/cluster/cluster.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import { Turns } from '../../src/drain/turns.ts';
import { FakeClock } from '../support/clock.ts';
import { aBudget, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../support/world.ts';

const accepted: RemovalOutcome = { kind: 'accepted' };
const refused: RemovalOutcome = { kind: 'blocked-budget', message: 'no', budget: 'web', needs: 1, has: 1 };
const { signal } = new AbortController();

describe('the time of the next try in a queue', () => {
  it.each<[what: string, outcome: RemovalOutcome, allowed: number, leftMs: number]>([
    ['refused, the usual pause', refused, 0, 5000],
    [
      'being computed, as long as the server said',
      { kind: 'settling', message: 'wait', retryAfterMs: 12_000 },
      0,
      12_000,
    ],
    ['used up by an eviction of ours, until its replacement can be there', accepted, 0, 15_000],
    ['allowed, but an eviction of ours is not seen yet', accepted, 1, 2000],
  ])('%s', async (_, outcome, allowed, leftMs) => {
    const clock = new FakeClock();
    const turns = new Turns(clock, () => 0);
    const [first, second] = ['web-1', 'web-2'].map((name) => aPod({ name })) as [
      ReturnType<typeof aPod>,
      ReturnType<typeof aPod>,
    ];
    turns.apply({ type: 'snapshot', items: [aBudget({ disruptionsAllowed: 1 })] });
    const turn = await turns.take(() => first, undefined, signal);
    let asked = false;
    void turns.take(() => second, undefined, signal).then(() => (asked = true));
    expect(turns.retryInMs(second, undefined)).toBeUndefined();
    turn.end(outcome);
    if (outcome.kind === 'accepted' && allowed === 0) {
      turns.apply({ type: 'changed', item: aBudget({ disruptionsAllowed: 0, disruptedPods: new Set(['web-1']) }) });
    }
    expect(turns.retryInMs(second, undefined)).toBe(leftMs);
    expect(turns.retryInMs(second, 'shop/web')).toBe(leftMs);
    await clock.advance(leftMs - 100);
    expect([asked, turns.retryInMs(second, undefined)]).toEqual([false, 100]);
    await clock.advance(100);
    expect(asked).toBe(true);
    expect(turns.retryInMs(second, undefined)).toBeUndefined();
  });

  it('is unknown for a pod that no budget guards', () => {
    const turns = new Turns(new FakeClock());
    turns.apply({ type: 'snapshot', items: [aBudget({ namespace: 'elsewhere' })] });
    expect(turns.retryInMs(aPod(), undefined)).toBeUndefined();
    expect(turns.retryInMs(aPod(), 'shop/unheard-of')).toBeUndefined();
  });
});

describe('pod.blocked', () => {
  /** Two pods of a budget that allows one; that one's replacement does not come for a minute. */
  function usedUp(): TestWorld {
    const world = aWorld([aPod(), aPod({ name: 'web-2' })]);
    world.cluster.budgets = [aBudget()];
    world.onEvent = (event) => {
      if (event.type !== 'pod.evicting' || event.pod.name !== 'web-1') return;
      world.cluster.putBudget(aBudget({ disruptionsAllowed: 0, currentHealthy: 1, disruptedPods: new Set(['web-1']) }));
      world.clock.after(60_000, () => world.cluster.putBudget(aBudget()));
    };
    return world;
  }

  it('names the long pause of a budget that the run itself has used up, and keeps it', async () => {
    const world = usedUp();
    world.cluster.answers.set('shop/web-2', [{ ...refused, budget: undefined }]);
    let toldAtMs = 0;
    const before = world.onEvent;
    world.onEvent = (event) => {
      if (event.type === 'pod.blocked' && toldAtMs === 0) toldAtMs = world.clock.now();
      before(event);
    };
    expect(await finish(world.clock, drainNodes(world, drainOptions()))).toBe(0);
    const [told] = world.all('pod.blocked');
    expect(told).toMatchObject({ reason: 'budget', budget: 'web', attempts: 0 });
    expect(told?.retryInMs).toBeGreaterThan(10_000);
    const asked = world.cluster.writes.indexOf('evict shop/web-2');
    const waitedMs = (world.cluster.writtenAtMs[asked] ?? 0) - toldAtMs;
    expect(Math.abs(waitedMs - (told?.retryInMs ?? 0))).toBeLessThanOrEqual(100);
  });

  it('names the usual pause where only the server knows of the budget, and keeps it but for the jitter', async () => {
    const world = aWorld([aPod()]);
    world.cluster.answers.set('shop/web-1', [refused]);
    expect(await finish(world.clock, drainNodes(world, drainOptions()))).toBe(0);
    const [, first = 0, second = 0] = world.cluster.writtenAtMs;
    expect(world.only('pod.blocked').retryInMs).toBe(5000);
    expect(second - first).toBeGreaterThanOrEqual(5000);
    expect(second - first).toBeLessThanOrEqual(6100);
  });
});
