import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveCount, runWindow } from '../../../src/drain/rolling/window.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { FakeClock } from '../../support/clock.ts';

describe('the number of nodes', () => {
  it.each([
    [{ count: 3 }, 10, 3],
    [{ count: 3 }, 2, 3],
    [{ percent: 25 }, 10, 2],
    [{ percent: 29 }, 100, 29],
    [{ percent: 10 }, 3, 1],
    [{ percent: 100 }, 7, 7],
    [{ percent: 50 }, 0, 1],
  ])('%j of %d nodes is %d', (count, total, expected) => {
    expect(resolveCount(count, total)).toBe(expected);
  });
});

interface Item {
  readonly id: number;
  readonly exclusive: boolean;
  readonly takesMs: number;
  readonly fails: boolean;
}

/** Runs the window in fake time and writes down who worked when. */
async function observe(items: readonly Item[], limit: number, stopAfter = Infinity) {
  const clock = new FakeClock(0);
  const controller = new AbortController();
  const begun: number[] = [];
  const inWork = new Set<Item>();
  const seen = { most: 0, mostExclusive: 0, idle: false, ended: 0 };
  let settled = false;
  const window = runWindow(
    items,
    {
      limit,
      exclusive: ({ exclusive }) => exclusive,
      signal: controller.signal,
      stop: () => begun.length >= stopAfter,
    },
    async (item) => {
      begun.push(item.id);
      inWork.add(item);
      seen.most = Math.max(seen.most, inWork.size);
      seen.mostExclusive = Math.max(seen.mostExclusive, [...inWork].filter(({ exclusive }) => exclusive).length);
      await clock.sleep(item.takesMs);
      inWork.delete(item);
      seen.ended += 1;
      if (item.fails) throw new Error(`item ${item.id}`);
    },
  ).finally(() => (settled = true));
  window.catch(() => {});
  for (let passed = 0; !settled && passed < 100_000; passed += 1000) await clock.advance(1000);
  const failure = await window.then(
    () => undefined,
    (error: unknown) => error,
  );
  return { begun, seen, failure, inWork };
}

const itemsOf = (most: number): fc.Arbitrary<Item[]> =>
  fc
    .array(
      fc.record({
        exclusive: fc.boolean(),
        takesMs: fc.integer({ min: 1, max: 400 }),
        fails: fc.boolean(),
      }),
      { maxLength: most },
    )
    .map((items) => items.map((item, id) => ({ ...item, id })));

describe('a window', () => {
  it('keeps its limit, its exclusive items apart and its order, and works on everything', async () => {
    await fc.assert(
      fc.asyncProperty(itemsOf(8), fc.integer({ min: 1, max: 4 }), async (items, limit) => {
        const { begun, seen, failure, inWork } = await observe(items, limit);
        expect(begun.toSorted((a, b) => a - b)).toEqual(items.map(({ id }) => id));
        expect(seen.most).toBeLessThanOrEqual(limit);
        expect(seen.mostExclusive).toBeLessThanOrEqual(1);
        expect(inWork.size).toBe(0);
        for (const exclusive of [true, false]) {
          const ids = items.filter((item) => item.exclusive === exclusive).map(({ id }) => id);
          expect(begun.filter((id) => ids.includes(id))).toEqual(ids);
        }
        expect(failure !== undefined).toBe(items.some(({ fails }) => fails));
      }),
      { numRuns: 40 },
    );
  });

  it('begins none after stop, and leaves those in work to their end', async () => {
    await fc.assert(
      fc.asyncProperty(itemsOf(8), fc.integer({ min: 1, max: 4 }), fc.nat(8), async (items, limit, stopAfter) => {
        const { begun, seen } = await observe(items, limit, stopAfter);
        expect(begun).toHaveLength(Math.min(items.length, stopAfter));
        expect(seen.ended).toBe(begun.length);
      }),
      { numRuns: 40 },
    );
  });

  const node = (id: number, exclusive = false, takesMs = 100, fails = false): Item => ({
    id,
    exclusive,
    takesMs,
    fails,
  });

  it('fills a slot as soon as it is free', async () => {
    const { begun, seen } = await observe([node(1, false, 300), node(2), node(3), node(4)], 2);
    expect(begun).toEqual([1, 2, 3, 4]);
    expect(seen.most).toBe(2);
  });

  it('lets a worker overtake a control-plane node that has to wait', async () => {
    const { begun, seen } = await observe([node(1, true, 300), node(2, true), node(3, false, 50), node(4, true)], 3);
    expect(begun).toEqual([1, 3, 2, 4]);
    expect(seen.mostExclusive).toBe(1);
  });

  it('throws the first failure, after all others have ended', async () => {
    const { failure, seen } = await observe(
      [node(1, false, 50, true), node(2, false, 300), node(3, false, 90, true)],
      2,
    );
    expect(failure).toEqual(new Error('item 1'));
    expect(seen.ended).toBe(3);
  });

  it('begins none after an interrupt, and says so', async () => {
    const controller = new AbortController();
    const interrupt = new InterruptedError('SIGINT');
    const begun: string[] = [];
    const window = runWindow(
      ['node1', 'node2'],
      { limit: 1, exclusive: () => false, signal: controller.signal, stop: () => false },
      async (name) => {
        begun.push(name);
        controller.abort(interrupt);
      },
    );
    await expect(window).rejects.toBe(interrupt);
    expect(begun).toEqual(['node1']);
  });

  it('does not mind an interrupt when nothing was left to begin', async () => {
    const controller = new AbortController();
    await runWindow(
      ['node1'],
      { limit: 1, exclusive: () => false, signal: controller.signal, stop: () => false },
      async () => controller.abort(new InterruptedError('SIGINT')),
    );
  });

  it('refuses to be of no size', async () => {
    const { signal } = new AbortController();
    const options = { limit: 0, exclusive: () => false, signal, stop: () => false };
    await expect(runWindow(['node1'], options, async () => {})).rejects.toThrow(RangeError);
  });
});
