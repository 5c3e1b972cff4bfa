// Proves that the pid-file lock lets one in at a time and outlives a dead holder.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.ts';
import { startTicksOf } from './processes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kmaint-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => join(folder, 'lock');
const nobodyWaits = (): void => expect.unreachable('nobody should have to wait');

test('one at a time, and the second is told whom it waits for', async () => {
  const order: string[] = [];
  const waitedFor: number[] = [];
  const first = withLock(file(), 5000, nobodyWaits, async () => {
    order.push('first in');
    await new Promise<void>((resolve) => setImmediate(resolve));
    order.push('first out');
  });
  const second = withLock(
    file(),
    5000,
    (pid) => waitedFor.push(pid),
    async () => {
      order.push('second in');
    },
  );
  await Promise.all([first, second]);
  expect(order).toEqual(['first in', 'first out', 'second in']);
  expect(waitedFor).toEqual([process.pid]);
});

test('a lock whose holder is gone is taken over', async () => {
  // Our own pid with another start time: the pid was recycled.
  writeFileSync(file(), `${String(process.pid)} 1\n`);
  expect(await withLock(file(), 0, nobodyWaits, async () => 'in')).toBe('in');
});

test('a living holder is waited for, not for ever', async () => {
  writeFileSync(file(), `${String(process.pid)} ${startTicksOf(process.pid) ?? ''}\n`);
  await expect(
    withLock(
      file(),
      0,
      () => undefined,
      async () => 'in',
    ),
  ).rejects.toThrow(`is held by process ${String(process.pid)}, which is still running`);
});

test('the lock is free again after a failure', async () => {
  const failing = withLock(file(), 0, nobodyWaits, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(await withLock(file(), 0, nobodyWaits, async () => 'in')).toBe('in');
});
