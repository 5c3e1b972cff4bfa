import { gzipSync } from 'node:zlib';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../../support/clock.ts';
import {
  add,
  following,
  line,
  lines,
  logFolder,
  podFolder,
  put,
  record,
  records,
  stampFor,
  temporaryRoot,
} from './node-folders.ts';

const current = `${logFolder}/0.log`;

async function rootWith(text: string): Promise<string> {
  const root = await temporaryRoot(onTestFinished);
  await put(root, current, text);
  return root;
}

function inLog(root: string, name: string): string {
  return join(root, logFolder, name);
}

async function rotate(root: string, stamp: string): Promise<void> {
  await rename(inLog(root, '0.log'), inLog(root, `0.log.${stamp}`));
}

test('what is written is told, in order, until the signal', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root);
  await log.until((text) => text === lines(1, 3));
  await add(root, current, record(4).slice(0, 20));
  await add(root, current, record(4).slice(20) + record(5));
  await log.until((text) => text === lines(1, 5));
  expect(await log.stop()).toMatchObject({ message: 'stopped' });
});

test('only what is written from now on', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root, { tail: 0 });
  await add(root, `${logFolder}/other`, '');
  for (let n = 4; log.text === ''; n += 1) {
    await add(root, current, record(n));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await log.stop();
  expect(log.text).toMatch(/^\S+ line [4-9]|^\S+ line \d\d+/);
  expect(log.text).not.toContain(line(3));
});

test('a rotation by renaming loses and doubles nothing', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root);
  await log.until((text) => text === lines(1, 3));
  await rotate(root, '20261121-010000');
  await add(root, `${logFolder}/0.log.20261121-010000`, records(4, 5));
  await put(root, current, records(6, 7));
  await log.until((text) => text === lines(1, 7));
  await add(root, current, record(8));
  await log.until((text) => text === lines(1, 8));
  await log.stop();
  expect(log.notices).toEqual([]);
});

test('case 71: events alone wake it, over a rotation too', async () => {
  const root = await rootWith(records(1, 3));
  // No time passes: nothing is looked at now and then.
  const log = following(root, {}, new FakeClock());
  await log.until((text) => text === lines(1, 3));
  await add(root, current, record(4));
  await log.until((text) => text === lines(1, 4));
  await rotate(root, '20261121-010000');
  await put(root, current, record(5));
  await log.until((text) => text === lines(1, 5));
  await add(root, current, record(6));
  await log.until((text) => text === lines(1, 6));
  await log.stop();
});

test('what is still written to the old file after the new one began is not lost', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root);
  await log.until((text) => text === lines(1, 3));
  await rotate(root, '20261121-010000');
  await put(root, current, record(5));
  await log.until((text) => text === lines(1, 3) + line(5));
  await add(root, `${logFolder}/0.log.20261121-010000`, record(4));
  await log.until((text) => text === lines(1, 3) + line(5) + line(4));
  await log.stop();
});

test('several rotations between two looks, the older ones packed', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root);
  await log.until((text) => text === lines(1, 3));
  // In one go, so that the follower cannot look in between: this thread has to give it its turn.
  const { appendFileSync, renameSync, rmSync, writeFileSync } = await import('node:fs');
  appendFileSync(inLog(root, '0.log'), record(4));
  renameSync(inLog(root, '0.log'), inLog(root, '0.log.20261121-010000'));
  writeFileSync(inLog(root, '0.log.20261121-010000.gz'), gzipSync(records(1, 4)));
  rmSync(inLog(root, '0.log.20261121-010000'));
  writeFileSync(inLog(root, '0.log.20261121-020000.gz'), gzipSync(records(5, 900)));
  writeFileSync(inLog(root, '0.log.20261121-030000'), records(901, 950));
  writeFileSync(inLog(root, '0.log'), records(951, 960));
  await log.until((text) => text.endsWith(line(960)));
  await log.stop();
  expect(log.text).toBe(lines(1, 960));
  expect(log.notices).toEqual([]);
});

test('rotated faster than read: what was removed is told', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root);
  await log.until((text) => text === lines(1, 3));
  const { rmSync, writeFileSync } = await import('node:fs');
  rmSync(inLog(root, '0.log'));
  writeFileSync(inLog(root, '0.log.20261121-030000'), records(8, 9));
  writeFileSync(inLog(root, '0.log'), record(10));
  await log.until((text) => text === lines(1, 3) + lines(8, 10));
  await log.stop();
  expect(log.gaps).toEqual(['the log was rotated faster than it could be read: lines may be missing']);
});

test('runs that came and went unread are told', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root);
  await log.until((text) => text === lines(1, 3));
  await put(root, `${logFolder}/3.log`, record(9));
  await log.until((text) => text === lines(1, 3) + line(9));
  await log.stop();
  expect(log.gaps).toEqual(['2 runs came and went, and their logs were removed before they could be read']);
  expect(log.notices.at(-1)).toBe('the container was started again (run 3)');
});

test('a line in parts goes on in the next file', async () => {
  const root = await rootWith(`${stampFor(1)} stdout P begun `);
  const log = following(root);
  await add(root, current, `here, \n${record(2, 'stderr')}`);
  await log.until((text) => text === line(2));
  await rotate(root, '20261121-010000');
  await put(root, current, `${stampFor(3)} stdout F ended there\n`);
  await log.until((text) => text === `${line(2)}${stampFor(1)} begun here, ended there\n`);
  await log.stop();
});

test('a file that is removed and comes again', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root);
  await log.until((text) => text === lines(1, 3));
  await rm(inLog(root, '0.log'));
  await put(root, current, records(4, 5));
  await log.until((text) => text === lines(1, 5));
  await log.stop();
});

test('a restart: the old run to its end, then the new one', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root, { tail: 1 });
  await log.until((text) => text === line(3));
  await add(root, current, `${record(4)}${stampFor(5)} stdout P line 5`);
  await put(root, `${logFolder}/1.log`, records(6, 8));
  await log.until((text) => text === lines(3, 8));
  await rm(inLog(root, '0.log'));
  await put(root, `${logFolder}/2.log`, record(9));
  await log.until((text) => text === lines(3, 9));
  await log.stop();
  expect(log.notices).toEqual(['the container was started again (run 1)', 'the container was started again (run 2)']);
  expect(log.gaps).toEqual([]);
});

test('a container that has not written yet', async () => {
  const root = await temporaryRoot(onTestFinished);
  await put(root, `${logFolder}/other`, '');
  const log = following(root);
  await put(root, current, records(1, 2));
  await log.until((text) => text === lines(1, 2));
  await log.stop();
  expect(log.notices).toEqual([]);
});

test('ends with what was read when the pod is removed', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root);
  await log.until((text) => text === lines(1, 3));
  await add(root, current, record(4));
  await rm(join(root, podFolder), { recursive: true });
  await log.ended;
  expect(log.text).toBe(lines(1, 4));
});

test('ends when all of the first lines are there', async () => {
  const root = await rootWith(records(1, 3));
  const log = following(root, { head: 5 });
  await log.until((text) => text === lines(1, 3));
  await add(root, current, records(4, 9));
  await log.ended;
  expect(log.text).toBe(lines(1, 5));
});

test('the run before the last one is not followed', async () => {
  const root = await rootWith(records(1, 3));
  await put(root, `${logFolder}/1.log`, record(4));
  const log = following(root, { previous: true });
  await log.ended;
  expect(log.text).toBe(lines(1, 3));
});

test('a reader that is slow is waited for', async () => {
  const root = await rootWith(records(1, 20_000));
  const { followLog } = await import('../../../src/logs/local/follow-log.ts');
  const { realClock } = await import('../../../src/clock.ts');
  let busy = false;
  let blocks = 0;
  let text = '';
  await followLog(
    { kind: 'files', folder: logFolder, file: undefined },
    { follow: false },
    {
      async block(block) {
        expect(busy).toBe(false);
        busy = true;
        const before = block.toString('latin1');
        await new Promise((resolve) => setImmediate(resolve));
        // The block is the reader's own: nobody writes to it while it is waited for.
        expect(block.toString('latin1')).toBe(before);
        text += before;
        blocks += 1;
        busy = false;
      },
      notice: () => {},
      gap: () => {},
    },
    { root, clock: realClock },
    new AbortController().signal,
  );
  expect(blocks).toBeGreaterThan(3);
  expect(text).toBe(lines(1, 20_000));
});
