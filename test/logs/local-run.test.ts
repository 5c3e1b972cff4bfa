/** `--local` from its words to its bytes: what it does where lines are missing. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { runLogsOn, until, type LogRun } from '../support/log-run.ts';
import { dayOfStamps, logFolder, put, record, records, stampFor, temporaryRoot } from './local/node-folders.ts';
import { optionsOf } from './options-of.ts';

const beganAt = realClock.now();
/** Begins in the first hours of the day of the records: a tail looks back two days, unless told otherwise. */
const clock = { ...realClock, now: () => dayOfStamps + 10_800_000 + realClock.now() - beganAt };

/** Nothing is asked of a cluster: nobody listens there. */
function runLocal(root: string, ...words: readonly string[]): LogRun {
  return runLogsOn('http://127.0.0.1:9', ['--local', '--root', root, ...words], { clock });
}

const missing = 'the log was rotated faster than it could be read: lines may be missing';

/** Reads three lines of a log, which is then rotated twice at once. */
async function rotated(...words: readonly string[]): Promise<LogRun> {
  const root = await temporaryRoot(onTestFinished);
  const file = (name: string): string => join(root, logFolder, name);
  await put(root, `${logFolder}/0.log`, records(1, 3));
  const run = runLocal(root, '-o', 'raw', ...words);
  onTestFinished(() => run.interrupt());
  await until('three lines', () => run.out() === 'line 1\nline 2\nline 3\n');
  rmSync(file('0.log'));
  writeFileSync(file('0.log.20261121-030000'), records(8, 9));
  writeFileSync(file('0.log'), record(10));
  return run;
}

test('a gap is told, and the tail goes on', async () => {
  const run = await rotated();
  await until('what is left', () => run.out().endsWith('line 8\nline 9\nline 10\n'));
  expect(run.err()).toContain(`! default web-1 › web: ${missing}\n`);
  run.interrupt();
  expect(await run.done).toBe(130);
});

test('--on-gap=fail ends there, with exit code 1 and without the lines behind it', async () => {
  const run = await rotated('--on-gap=fail');
  await expect(run.done).rejects.toMatchObject({
    code: 'logs.gap',
    exitCode: 1,
    message: 'default/web-1, container web: lines may be missing, and --on-gap=fail ends the tail there',
    // It is read on the node already.
    hint: undefined,
  });
  expect(run.err()).toContain(missing);
  expect(run.out()).toBe('line 1\nline 2\nline 3\n');
});

test('--on-gap=ignore goes on silently', async () => {
  const run = await rotated('--on-gap=ignore');
  await until('what is left', () => run.out().endsWith('line 10\n'));
  expect(run.err()).not.toContain('missing');
  run.interrupt();
  expect(await run.done).toBe(130);
});

test('without following, a file that cannot be read to its end is a gap', async () => {
  const root = await temporaryRoot(onTestFinished);
  await put(root, `${logFolder}/0.log.20261121-020000.gz`, Buffer.from('no gzip'));
  await put(root, `${logFolder}/0.log`, records(1, 3));
  const run = runLocal(root, '--no-follow', '-o', 'raw', '--on-gap=fail');
  await expect(run.done).rejects.toMatchObject({ code: 'logs.gap', exitCode: 1 });
  expect(run.err()).toContain('0.log.20261121-020000.gz is damaged');
});

test.each(['none', 'file'])('a root that is no folder is refused (%s)', async (name) => {
  const folder = await temporaryRoot(onTestFinished);
  await put(folder, 'file', '');
  const root = join(folder, name);
  const run = runLocal(root, '--no-follow');
  const message = expect.stringContaining(`--root ${root} is n`) as string;
  await expect(run.done).rejects.toMatchObject({ exitCode: 2, message, hint: `ls -ld ${root}` });
});

test('that nothing fits yet is told once, and what comes is followed', async () => {
  const root = await temporaryRoot(onTestFinished);
  const run = runLocal(root, 'web', '-o', 'raw');
  onTestFinished(() => run.interrupt());
  const said = `no container on this machine matches web yet: waiting for one; see what is there: kmaint logs --local --root ${root} --dry-run\n`;
  await until('the news', () => run.err() === said);
  // More than one look at the folders.
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await put(root, `${logFolder}/0.log`, records(1, 3));
  await until('the lines', () => run.out() === 'line 1\nline 2\nline 3\n');
  expect(run.err().split('waiting for one')).toHaveLength(2);
  run.interrupt();
  expect(await run.done).toBe(130);
});

describe('--max-line-bytes', () => {
  /** Reads once a log of these records. */
  async function read(log: string | Buffer, ...words: readonly string[]): Promise<LogRun> {
    const root = await temporaryRoot(onTestFinished);
    await put(root, `${logFolder}/0.log`, log);
    const run = runLocal(root, '--no-follow', '-o', 'raw', ...words);
    expect(await run.done).toBe(0);
    return run;
  }
  /** One line in records of 16 KiB, as a runtime writes it. */
  function inRecords(line: Buffer): Buffer {
    const pieces: Buffer[] = [];
    for (let at = 0; at < line.length; at += 16_384) {
      const tag = at + 16_384 < line.length ? 'P' : 'F';
      pieces.push(Buffer.from(`${stampFor(1)} stdout ${tag} `), line.subarray(at, at + 16_384), Buffer.from('\n'));
    }
    return Buffer.concat(pieces);
  }
  const said = (bytes: number): string =>
    `! default web-1 › web: lines of more than ${bytes} bytes are cut (--max-line-bytes)\n`;
  const count = (text: string, part: string): number => text.split(part).length - 1;

  test('cuts a line of many records, and says so once', async () => {
    const long = inRecords(Buffer.from('x'.repeat(40_960)));
    const run = await read(Buffer.concat([long, long, Buffer.from(record(2))]), '--max-line-bytes', '4096');
    const cut = `${'x'.repeat(4096)}…[truncated 36864 bytes]\n`;
    expect(run.out()).toBe(`${cut}${cut}line 2\n`);
    expect(count(run.err(), said(4096))).toBe(1);
  });

  test.each<[string, (text: string) => string]>([
    ['of containerd', (text) => `${stampFor(1)} stdout F ${text}\n`],
    ['in another zone', (text) => `2026-11-21T02:00:00.000000001+02:00 stdout F ${text}\n`],
    ['of docker', (text) => `${JSON.stringify({ log: `${text}\n`, stream: 'stdout', time: stampFor(1) })}\n`],
  ])('cuts a line of one record %s', async (_, recordOf) => {
    const log = ['x'.repeat(1025), 'y'.repeat(1024), 'z'].map(recordOf).join('');
    const run = await read(log, '--max-line-bytes', '1024');
    expect(run.out()).toBe(`${'x'.repeat(1024)}…[truncated 1 bytes]\n${'y'.repeat(1024)}\nz\n`);
    expect(count(run.err(), said(1024))).toBe(1);
  });

  test('cuts between characters, also those of two records', async () => {
    // The euro sign has three bytes, of which one is in the first record.
    const line = Buffer.from(`${'x'.repeat(16_383)}€${'y'.repeat(100)}`);
    for (const bytes of [16_384, 16_385]) {
      const run = await read(inRecords(line), '--max-line-bytes', String(bytes));
      expect(run.out()).toBe(`${'x'.repeat(16_383)}…[truncated 103 bytes]\n`);
    }
    const whole = await read(inRecords(line), '--max-line-bytes', '16386');
    expect(whole.out()).toBe(`${'x'.repeat(16_383)}€…[truncated 100 bytes]\n`);
  });

  test('prints a longer one whole where that is allowed', async () => {
    const line = 'x'.repeat(2_000_000);
    const run = await read(inRecords(Buffer.from(line)), '--max-line-bytes', '10000000');
    expect(run.out() === `${line}\n`).toBe(true);
    expect(run.err()).not.toContain('--max-line-bytes');
  });

  test.each([
    ['of a line that is left out', ['--tail', '1']],
    ['with --only-log-lines', ['--only-log-lines']],
  ])('says nothing %s', async (_, words) => {
    const log = Buffer.concat([inRecords(Buffer.from('x'.repeat(40_960))), Buffer.from(record(2))]);
    const run = await read(log, '--max-line-bytes', '4096', ...words);
    expect(run.out()).toContain('line 2\n');
    expect(run.err()).not.toContain('--max-line-bytes');
  });

  test('is at most what a string can hold', () => {
    expect(optionsOf('--max-line-bytes', '268435456').problems).toEqual([]);
    expect(optionsOf('--max-line-bytes', '268435457').problems).toHaveLength(1);
  });
});
