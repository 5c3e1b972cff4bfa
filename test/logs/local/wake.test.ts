import { describe, expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import { createWake } from '../../../src/logs/local/wake.ts';
import { FakeClock } from '../../support/clock.ts';
import { add, put, temporaryRoot } from './node-folders.ts';

const times = { watchedMs: 2000, unwatchedMs: 250 };

function settled(promise: Promise<void>): { done: boolean } {
  const state = { done: false };
  void promise.then(() => (state.done = true));
  return state;
}

describe('without a watch', () => {
  test('it looks often', async () => {
    const clock = new FakeClock();
    const wake = createWake(clock, new AbortController().signal, times);
    wake.add('/nowhere/at/all');
    expect(wake.namesChanged()).toBe(true);
    expect(wake.namesChanged()).toBe(false);
    const woken = settled(wake.wait());
    await clock.advance(249);
    expect(woken.done).toBe(false);
    await clock.advance(1);
    expect(woken.done).toBe(true);
    expect(wake.namesChanged()).toBe(true);
  });
});

describe('with a watch', () => {
  test('it waits for events, and looks now and then', async () => {
    const root = await temporaryRoot(onTestFinished);
    const clock = new FakeClock();
    const wake = createWake(clock, new AbortController().signal, times);
    onTestFinished(() => wake.close());
    wake.add(root);
    wake.namesChanged();
    const woken = settled(wake.wait());
    await clock.advance(1999);
    expect(woken.done).toBe(false);
    expect(wake.namesChanged()).toBe(false);
    await clock.advance(1);
    expect(woken.done).toBe(true);
    expect(wake.namesChanged()).toBe(true);
  });

  test('it tells growth from new names', async () => {
    const root = await temporaryRoot(onTestFinished);
    await put(root, '/0.log', '');
    const wake = createWake(realClock, new AbortController().signal, { watchedMs: 60_000, unwatchedMs: 60_000 });
    onTestFinished(() => wake.close());
    wake.add(root);
    wake.namesChanged();
    await add(root, '/0.log', 'x');
    await wake.wait();
    expect(wake.namesChanged()).toBe(false);
    await put(root, '/1.log', '');
    for (let changed = false; !changed; changed = wake.namesChanged()) await wake.wait();
  });
});

test('the signal ends the wait', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const wake = createWake(clock, controller.signal, times);
  const waiting = wake.wait();
  controller.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  await expect(wake.wait()).rejects.toThrow('stopped');
  expect(clock.waiting).toBe(0);
});
