/** The playground's time: what it does to timers before and after it has caught up with the machine's. */
import { describe, expect, it } from 'vitest';
import { playgroundClock } from '../../src/playground/time-scale.ts';
import { FakeClock } from '../support/clock.ts';

const never = new AbortController().signal;

describe('while it catches up', () => {
  it('starts in the past and ends at the present, firing what is due in order, at its own time', async () => {
    const machine = new FakeClock();
    const clock = playgroundClock(machine, { scale: 1, pastMs: 60_000 });
    expect(clock.now()).toBe(machine.now() - 60_000);
    const seen: [string, number][] = [];
    const note = (name: string): void => void seen.push([name, clock.monotonic()]);
    clock.after(30_000, () => note('late'));
    clock.after(10, () => note('first'));
    clock.after(10, () => note('second'));
    clock.after(20, () => clock.after(5, () => note('set by another')));
    void clock.sleep(15).then(() => note('slept'));
    clock.after(1000, () => note('never')).cancel();
    const later = clock.after(70_000, () => note('after the present'));
    await clock.catchUp(never);
    expect(seen).toEqual([
      ['first', 10],
      ['second', 10],
      ['slept', 15],
      ['set by another', 25],
      ['late', 30_000],
    ]);
    expect(clock.now()).toBe(machine.now());
    await machine.advance(9_999);
    expect(seen).toHaveLength(5);
    await machine.advance(1);
    expect(seen.at(-1)).toEqual(['after the present', 70_000]);
    later.cancel();
    expect(machine.waiting).toBe(0);
  });

  it('fires thousands of timers in order, whatever the order in which they were set', async () => {
    const clock = playgroundClock(new FakeClock(), { scale: 1, pastMs: 10_000 });
    const seen: number[] = [];
    let random = 1;
    for (let count = 0; count < 5000; count += 1) {
      random = (random * 48_271) % 2_147_483_647;
      const ms = random % 10_000;
      clock.after(ms, () => seen.push(ms));
    }
    await clock.catchUp(never);
    expect(seen).toHaveLength(5000);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('stops when it is told to', async () => {
    const clock = playgroundClock(new FakeClock(), { scale: 1, pastMs: 10_000 });
    const controller = new AbortController();
    let beats = 0;
    const beat = (): void => {
      beats += 1;
      if (beats === 3) controller.abort(new Error('enough'));
      clock.after(10, beat);
    };
    clock.after(10, beat);
    await expect(clock.catchUp(controller.signal)).rejects.toThrow('enough');
    expect(beats).toBe(3);
  });
});

describe('afterwards', () => {
  it.each([
    [1, 1000],
    [10, 100],
    [0.5, 2000],
  ])('at scale %d a second takes %d ms', async (scale, machineMs) => {
    const machine = new FakeClock();
    const clock = playgroundClock(machine, { scale, pastMs: 0 });
    await clock.catchUp(never);
    const startMs = clock.now();
    let fired = false;
    clock.after(1000, () => (fired = true));
    await machine.advance(machineMs - 1);
    expect(fired).toBe(false);
    await machine.advance(1);
    expect(fired).toBe(true);
    expect(clock.now() - startMs).toBe(1000);
    await machine.advance(0.3);
    expect(Number.isInteger(clock.now())).toBe(true);
    expect(clock.monotonic()).toBeCloseTo(1000 + 0.3 * scale);
  });

  it('gives up sleeping by a signal, and timers by their handle', async () => {
    const machine = new FakeClock();
    const clock = playgroundClock(machine, { scale: 2, pastMs: 5 });
    const beforehand = clock.after(1000, () => expect.unreachable());
    await clock.catchUp(never);
    beforehand.cancel();
    const controller = new AbortController();
    const slept = clock.sleep(1000, controller.signal);
    controller.abort(new Error('woken'));
    await expect(slept).rejects.toThrow('woken');
    expect(machine.waiting).toBe(0);
  });
});
