/** 100,000 lines are written while their file is rotated, packed, emptied and the container restarted. */
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { following, line, logFolder, put, record, temporaryRoot } from './node-folders.ts';

const total = 100_000;
const perTurn = 250;

/** Writes all lines, `perTurn` of them at a time, and lets `between` do its worst after every turn. */
async function writeAll(path: string, between: (turn: number, reopen: (path: string) => void) => void): Promise<void> {
  let file = openSync(path, 'a');
  const reopen = (next: string): void => {
    closeSync(file);
    file = openSync(next, 'a');
  };
  for (let turn = 0; turn < total / perTurn; turn += 1) {
    for (let n = 0; n < perTurn; n += 1) writeSync(file, record(turn * perTurn + n, n % 5 === 0 ? 'stderr' : 'stdout'));
    between(turn, reopen);
    // Sometimes the follower gets a turn or a few, and sometimes none.
    for (let pause = turn % 4; pause > 0; pause -= 1) await new Promise((resolve) => setImmediate(resolve));
  }
  closeSync(file);
}

const expected = Array.from({ length: total }, (_, n) => line(n)).join('');

function dated(turn: number): string {
  return `20261121-${String(turn).padStart(6, '0')}`;
}

test(
  'renamed every few hundred lines, packed one rotation later, the oldest removed',
  { timeout: 60_000 },
  async () => {
    const root = await temporaryRoot(onTestFinished);
    await put(root, `${logFolder}/0.log`, '');
    const path = join(root, logFolder, '0.log');
    const log = following(root);
    const rotated: string[] = [];
    await writeAll(path, (turn, reopen) => {
      if (turn % 3 !== 2) return;
      const last = rotated.at(-1);
      if (last !== undefined) {
        writeFileSync(`${last}.tmp`, gzipSync(readFileSync(last), { level: 1 }));
        renameSync(`${last}.tmp`, `${last}.gz`);
        rmSync(last);
      }
      renameSync(path, `${path}.${dated(turn)}`);
      rotated.push(`${path}.${dated(turn)}`);
      reopen(path);
      // The kubelet keeps five; more are left where the follower is still at one of those.
      if (rotated.length > 5 && log.text.includes(line((turn - 9) * perTurn))) rmSync(`${rotated.shift()}.gz`);
    });
    await log.until((text) => text.length >= expected.length);
    await log.stop();
    expect(log.text).toBe(expected);
    expect(log.notices).toEqual([]);
  },
);

test('emptied in place every few hundred lines', { timeout: 60_000 }, async () => {
  const root = await temporaryRoot(onTestFinished);
  await put(root, `${logFolder}/0.log`, '');
  const path = join(root, logFolder, '0.log');
  const log = following(root);
  let written = '';
  for (let turn = 0; turn < 100; turn += 1) {
    const text = Array.from({ length: 1000 }, (_, n) => record(turn * 1000 + n)).join('');
    appendFileSync(path, text);
    written += text;
    // Emptied twice without a look in between, the first part would be gone for everybody.
    const seen = line(turn * 1000);
    await log.until((got) => got.includes(seen));
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
  }
  appendFileSync(path, record(total));
  await log.until((text) => text.endsWith(line(total)));
  await log.stop();
  expect(log.text).toBe(`${written}${record(total)}`.replaceAll(' stdout F ', ' '));
  expect(log.notices.filter((notice) => !notice.includes('emptied in place'))).toEqual([]);
});

test('restarted every thousand lines, the run before the last removed', { timeout: 60_000 }, async () => {
  const root = await temporaryRoot(onTestFinished);
  await put(root, `${logFolder}/0.log`, record(total));
  const pathOf = (run: number): string => join(root, logFolder, `${run}.log`);
  const log = following(root);
  // Runs before the one that is the last at the start are not read.
  await log.until((text) => text === line(total));
  let run = 0;
  await writeAll(pathOf(0), (turn, reopen) => {
    if (turn % 20 !== 10) return;
    run += 1;
    reopen(pathOf(run));
  });
  await log.until((text) => text.length >= line(total).length + expected.length);
  await log.stop();
  expect(log.text).toBe(line(total) + expected);
  expect(log.notices.length).toBe(run);
});
