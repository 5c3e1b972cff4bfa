/** The queues of disruption budgets: who may ask, when, and how seldom. */
import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Budget } from '../../src/cluster/budget.ts';
import type { RemovalOutcome } from '../../src/cluster/cluster.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { Turns, type Turn } from '../../src/drain/turns.ts';
import { FakeClock } from '../support/clock.ts';
import { aBudget, aPod } from '../support/objects.ts';

const accepted: RemovalOutcome = { kind: 'accepted' };
const refused: RemovalOutcome = { kind: 'blocked-budget', message: 'no', budget: 'web', needs: 1, has: 1 };
const { signal: never } = new AbortController();
setMaxListeners(0, never);

let clock: FakeClock;
let turns: Turns;
let granted: { readonly name: string; readonly turn: Turn }[];

beforeEach(() => {
  clock = new FakeClock();
  turns = new Turns(clock, () => 0);
  granted = [];
});

function queue(pod: Pod, signal: AbortSignal = never, named?: string): void {
  turns
    .take(() => pod, named, signal)
    .then(
      (turn) => granted.push({ name: pod.name, turn }),
      () => {},
    );
}

const names = (): string[] => granted.map(({ name }) => name);
const pods = (count: number, differences: Partial<Pod> = {}): Pod[] =>
  Array.from({ length: count }, (_, index) => aPod({ name: `web-${index}`, ...differences }));
const knows = (...budgets: Budget[]): void => turns.apply({ type: 'snapshot', items: budgets });
const changes = (budget: Budget): void => turns.apply({ type: 'changed', item: budget });

async function answer(outcome: RemovalOutcome | 'unused', index = granted.length - 1): Promise<void> {
  granted[index]?.turn.end(outcome);
  await clock.advance(0);
}

describe('turns', () => {
  it('pods without a budget all ask at once', async () => {
    knows(aBudget({ namespace: 'elsewhere' }));
    for (const pod of pods(50)) queue(pod);
    await clock.advance(0);
    expect(granted).toHaveLength(50);
  });

  it('a budget is asked one pod at a time, and as often as it allows', async () => {
    knows(aBudget({ disruptionsAllowed: 2 }));
    for (const pod of pods(5)) queue(pod);
    await clock.advance(0);
    expect(names()).toEqual(['web-0']);
    await answer(accepted);
    expect(names()).toEqual(['web-0', 'web-1']);
    await answer(accepted);
    await clock.advance(1500);
    expect(names()).toHaveLength(2);
    changes(aBudget({ disruptionsAllowed: 0, disruptedPods: new Set(['web-0', 'web-1']) }));
    await clock.advance(3000);
    expect(names()).toHaveLength(2);
    changes(aBudget({ disruptionsAllowed: 1 }));
    await clock.advance(0);
    expect(names()).toHaveLength(3);
  });

  it('news that are older than the last eviction do not count twice', async () => {
    knows(aBudget({ disruptionsAllowed: 1 }));
    for (const pod of pods(3)) queue(pod);
    await clock.advance(0);
    await answer(accepted);
    changes(aBudget({ disruptionsAllowed: 1 }));
    await clock.advance(500);
    expect(names()).toEqual(['web-0']);
    changes(aBudget({ disruptionsAllowed: 0, disruptedPods: new Set(['web-0']) }));
    changes(aBudget({ disruptionsAllowed: 1 }));
    await clock.advance(0);
    expect(names()).toEqual(['web-0', 'web-1']);
  });

  it('news that overtake the answer count', async () => {
    knows(aBudget({ disruptionsAllowed: 1 }));
    for (const pod of pods(2)) queue(pod);
    await clock.advance(0);
    changes(aBudget({ disruptionsAllowed: 0, disruptedPods: new Set(['web-0']) }));
    await answer(accepted);
    changes(aBudget({ disruptionsAllowed: 1 }));
    await clock.advance(0);
    expect(names()).toEqual(['web-0', 'web-1']);
  });

  it('an eviction that the budget never shows stops counting after 2 s', async () => {
    knows(aBudget({ disruptionsAllowed: 1 }));
    for (const pod of pods(2)) queue(pod);
    await clock.advance(0);
    await answer(accepted);
    await clock.advance(1999);
    expect(names()).toHaveLength(1);
    await clock.advance(1);
    expect(names()).toHaveLength(2);
  });

  it('unready pods go first, and those that cost nothing at once', async () => {
    const short = aBudget({ disruptionsAllowed: 1, currentHealthy: 0 });
    knows(short);
    const [first, second, third] = pods(3) as [Pod, Pod, Pod];
    queue({ ...first, name: 'busy' });
    await clock.advance(0);
    queue(first);
    queue({ ...second, ready: false });
    await answer(refused);
    expect(names()).toEqual(['busy']);
    changes(short);
    await clock.advance(0);
    expect(names()).toEqual(['busy', 'web-1']);
    await answer(accepted);
    queue({ ...third, ready: false });
    changes({ ...short, disruptionsAllowed: 0, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    await clock.advance(0);
    expect(names()).toEqual(['busy', 'web-1', 'web-2']);
  });

  it('without news the head of the queue asks again after 5 s, then ever more seldom', async () => {
    knows(aBudget({ disruptionsAllowed: 0 }));
    for (const pod of pods(3)) queue(pod);
    const atMs: number[] = [];
    const startMs = clock.monotonic();
    for (let second = 0; second < 120; second += 1) {
      const before = granted.length;
      await clock.advance(1000);
      if (granted.length === before) continue;
      atMs.push(clock.monotonic() - startMs);
      queue(aPod({ name: 'again' }));
      await answer(refused);
    }
    expect(atMs[0]).toBe(5000);
    const gaps = atMs.slice(1).map((at, index) => at - (atMs[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(31_000);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(29_000);
  });

  it('after an eviction of ours has used the budget up, its replacement is given 15 s, and news still count at once', async () => {
    const full = aBudget({ disruptionsAllowed: 0, disruptedPods: new Set(['web-0']) });
    knows(aBudget({ disruptionsAllowed: 1 }));
    for (const pod of pods(5)) queue(pod);
    await clock.advance(0);
    await answer(accepted);
    changes(full);
    await clock.advance(14_900);
    expect(names()).toEqual(['web-0']);
    await clock.advance(200);
    expect(names()).toEqual(['web-0', 'web-1']);
    await answer(refused);
    await clock.advance(3000);
    changes(aBudget({ disruptionsAllowed: 1 }));
    await clock.advance(0);
    expect(names()).toEqual(['web-0', 'web-1', 'web-2']);
    // Long after the last eviction that went through, somebody else has to be what holds it up.
    await answer(refused);
    await clock.advance(60_000);
    const before = names().length;
    changes(full);
    await answer(refused);
    await clock.advance(7000);
    expect(names().length).toBeGreaterThan(before);
  });

  it('a refusal that the numbers do not explain waits for news', async () => {
    knows(aBudget({ disruptionsAllowed: 3 }));
    for (const pod of pods(3)) queue(pod);
    await clock.advance(0);
    await answer(refused);
    await clock.advance(4000);
    expect(names()).toHaveLength(1);
    changes(aBudget({ disruptionsAllowed: 3 }));
    await clock.advance(0);
    expect(names()).toHaveLength(2);
  });

  it('a refusal that younger news had outrun waits for nothing, but only once', async () => {
    knows(aBudget({ disruptionsAllowed: 1 }));
    for (const pod of pods(4)) queue(pod);
    await clock.advance(0);
    // The server says no; before its answer is here, the budget allows the next one, and no further news will come.
    changes(aBudget({ disruptionsAllowed: 1 }));
    await answer(refused);
    expect(names()).toEqual(['web-0', 'web-1']);
    changes(aBudget({ disruptionsAllowed: 1 }));
    await answer(refused);
    await clock.advance(4900);
    expect(names()).toEqual(['web-0', 'web-1']);
    changes(aBudget({ disruptionsAllowed: 1 }));
    await clock.advance(0);
    expect(names()).toEqual(['web-0', 'web-1', 'web-2']);
  });

  it('a refusal that was outrun by news of nothing allowed asks nobody again', async () => {
    knows(aBudget({ disruptionsAllowed: 1 }));
    for (const pod of pods(2)) queue(pod);
    await clock.advance(0);
    changes(aBudget({ disruptionsAllowed: 0 }));
    await answer(refused);
    await clock.advance(4900);
    expect(names()).toEqual(['web-0']);
    changes(aBudget({ disruptionsAllowed: 1 }));
    await clock.advance(0);
    expect(names()).toEqual(['web-0', 'web-1']);
  });

  it('an eviction that was answered late counts for 2 s from its answer on', async () => {
    knows(aBudget({ disruptionsAllowed: 1 }));
    for (const pod of pods(2)) queue(pod);
    await clock.advance(3000);
    await answer(accepted);
    await clock.advance(1900);
    expect(names()).toEqual(['web-0']);
    await clock.advance(200);
    expect(names()).toEqual(['web-0', 'web-1']);
  });

  it('a budget that is still being computed is asked again when it is settled, or the server said so', async () => {
    knows(aBudget({ disruptionsAllowed: 1, settled: false }));
    queue(aPod());
    await clock.advance(1000);
    expect(names()).toEqual([]);
    changes(aBudget({ disruptionsAllowed: 1 }));
    await clock.advance(0);
    expect(names()).toHaveLength(1);
    queue(aPod({ name: 'web-2' }));
    await answer({ kind: 'settling', message: 'still being processed', retryAfterMs: 10_000 });
    await clock.advance(9900);
    expect(names()).toHaveLength(1);
    await clock.advance(200);
    expect(names()).toHaveLength(2);
  });

  it('where budgets may not be read, those that the server names have queues as well', async () => {
    queue(aPod());
    await clock.advance(0);
    expect(names()).toHaveLength(1);
    for (const pod of pods(3)) queue(pod, never, 'shop/web');
    await clock.advance(4900);
    expect(names()).toHaveLength(1);
    await clock.advance(200);
    expect(names()).toHaveLength(2);
    await answer(accepted);
    expect(names()).toHaveLength(3);
    await answer(refused);
    expect(names()).toHaveLength(3);
    await clock.advance(5000);
    expect(names()).toHaveLength(4);
  });

  it('a budget that is deleted holds nobody back', async () => {
    knows(aBudget({ disruptionsAllowed: 0 }));
    queue(aPod());
    turns.apply({ type: 'deleted', item: aBudget() });
    await clock.advance(0);
    expect(names()).toHaveLength(1);
  });

  it('who leaves the queue does not hold up those behind, and leaves no timer', async () => {
    knows(aBudget({ disruptionsAllowed: 0 }));
    const controller = new AbortController();
    queue(aPod(), controller.signal);
    await clock.advance(0);
    expect(clock.waiting).toBe(1);
    controller.abort(new Error('enough'));
    expect(clock.waiting).toBe(0);
    queue(aPod({ name: 'web-2' }));
    changes(aBudget({ disruptionsAllowed: 1 }));
    await clock.advance(0);
    expect(names()).toEqual(['web-2']);
    await answer('unused');
    queue(aPod({ name: 'web-3' }));
    await clock.advance(0);
    expect(names()).toEqual(['web-2', 'web-3']);
  });

  it('never has more evictions under way than the budget allowed, whatever the order of news', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 4 }),
        fc.array(fc.constantFrom('answer', 'show', 'replace', 'stale', 'tick'), { maxLength: 60 }),
        async (allowance, steps) => {
          clock = new FakeClock();
          turns = new Turns(clock, () => 0);
          granted = [];
          // The server's own book: evictions granted and not replaced yet, and what the watch has shown of it.
          let unreplaced: string[] = [];
          let shown = new Set<string>();
          let asked = 0;
          let refusals = 0;
          const view = (): Budget =>
            aBudget({
              disruptionsAllowed: Math.max(0, allowance - unreplaced.length),
              disruptedPods: new Set(unreplaced),
            });
          let last = view();
          turns.apply({ type: 'snapshot', items: [last] });
          for (const pod of pods(30)) queue(pod);
          await clock.advance(0);
          for (const step of steps) {
            if (step === 'answer' && asked < granted.length) {
              const { name } = granted[asked] as { name: string };
              const free = unreplaced.length < allowance;
              if (free) unreplaced.push(name);
              else refusals += 1;
              await answer(free ? accepted : refused, asked);
              asked += 1;
            } else if (step === 'show') {
              last = view();
              shown = new Set(unreplaced);
              turns.apply({ type: 'changed', item: last });
            } else if (step === 'replace' && shown.size > 0) {
              unreplaced = unreplaced.slice(1);
            } else if (step === 'stale') turns.apply({ type: 'changed', item: last });
            else if (step === 'tick') await clock.advance(100);
            await clock.advance(0);
            expect(granted.length - asked).toBeLessThanOrEqual(1);
          }
          // At most two tries for each pause of the fallback were in vain: news alone never mislead for long.
          expect(refusals).toBeLessThanOrEqual(2 + 2 * Math.floor(steps.length / 20));
        },
      ),
      { numRuns: 60 },
    );
  });
});
