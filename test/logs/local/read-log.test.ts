import { gzipSync } from 'node:zlib';
import { chmod, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LocalRequest } from '../../../src/logs/local/log-output.ts';
import {
  asNobody,
  line,
  lines,
  logFolder,
  put,
  reading,
  record,
  records,
  stampFor,
  temporaryRoot,
} from './node-folders.ts';

/** Lines 1–300: two packed files of 100, one plain file of 50, and the current one. */
async function rotatedLog(): Promise<string> {
  const root = await temporaryRoot(onTestFinished);
  await put(root, `${logFolder}/0.log.20261121-010000.gz`, gzipSync(records(1, 100)));
  await put(root, `${logFolder}/0.log.20261121-020000.gz`, gzipSync(records(101, 200)));
  await put(root, `${logFolder}/0.log.20261121-030000`, records(201, 250));
  await put(root, `${logFolder}/0.log`, records(251, 300));
  return root;
}

const rows: readonly [string, Partial<LocalRequest>, number, number][] = [
  ['all', {}, 1, 300],
  ['without what was rotated', { rotated: false }, 251, 300],
  ['the last line', { tail: 1 }, 300, 300],
  ['all of the current file', { tail: 50 }, 251, 300],
  ['one more', { tail: 51 }, 250, 300],
  ['up to a packed file', { tail: 100 }, 201, 300],
  ['into a packed file', { tail: 150 }, 151, 300],
  ['over two packed files', { tail: 250 }, 51, 300],
  ['more than there is', { tail: 5000 }, 1, 300],
  ['no more than the current file has', { tail: 100, rotated: false }, 251, 300],
  ['the first lines', { head: 120 }, 1, 120],
  ['the first of the last', { head: 3, tail: 10 }, 291, 293],
  ['since', { since: stampFor(230) }, 230, 300],
  ['until', { until: stampFor(120) }, 1, 120],
  ['the last before a time', { until: stampFor(260), tail: 20 }, 241, 260],
  ['the last before a time, in a packed file', { until: stampFor(130), tail: 20 }, 111, 130],
  ['since and until', { since: stampFor(99), until: stampFor(102) }, 99, 102],
  ['the last lines since', { since: stampFor(295), tail: 100 }, 295, 300],
];

test.each(rows)('%s', async (_, request, from, to) => {
  const { text, notices } = await reading(await rotatedLog(), request);
  expect(text).toBe(lines(from, to));
  expect(notices).toEqual([]);
});

test('nothing of the last zero lines', async () => {
  expect((await reading(await rotatedLog(), { tail: 0 })).text).toBe('');
});

test('files that were not touched since are not even opened', async () => {
  const root = await rotatedLog();
  await put(root, `${logFolder}/0.log.20261121-010000.gz`, 'no gzip at all');
  const before = new Date(Date.UTC(2026, 10, 20));
  await utimes(join(root, logFolder, '0.log.20261121-010000.gz'), before, before);
  const { text, notices } = await reading(root, { since: stampFor(150) });
  expect(text).toBe(lines(150, 300));
  expect(notices).toEqual([]);
});

test('damage is told, and what can be read is read', async () => {
  const root = await rotatedLog();
  const whole = gzipSync(records(101, 200));
  await put(root, `${logFolder}/0.log.20261121-020000.gz`, whole.subarray(0, whole.length - 12));
  const { text, gaps } = await reading(root);
  expect(text.startsWith(lines(1, 100))).toBe(true);
  expect(text.endsWith(lines(201, 300))).toBe(true);
  expect(gaps).toEqual([expect.stringContaining('0.log.20261121-020000.gz is damaged')]);
});

describe('the last lines', () => {
  /** Each line in three parts of 8 KiB, and one of stderr between them. */
  function partsOf(n: number): string {
    const at = stampFor(n);
    const part = 'x'.repeat(8192);
    return `${at} stdout P ${part}\n${at} stderr F err ${n}\n${at} stdout P ${part}\n${at} stdout F end ${n}\n`;
  }

  function linesOf(n: number): string {
    return `${stampFor(n)} err ${n}\n${stampFor(n)} ${'x'.repeat(16_384)}end ${n}\n`;
  }

  test.each([1, 2, 3, 4, 19])('%i of lines in parts are whole', async (tail) => {
    const root = await temporaryRoot(onTestFinished);
    await put(root, `${logFolder}/0.log`, Array.from({ length: 40 }, (_, index) => partsOf(index)).join(''));
    const all = Array.from({ length: 40 }, (_, index) => linesOf(index)).join('');
    const expected = `${all.trimEnd().split('\n').slice(-tail).join('\n')}\n`;
    expect((await reading(root, { tail })).text).toBe(expected);
  });

  test('of one stream', async () => {
    const root = await temporaryRoot(onTestFinished);
    const file = Array.from({ length: 5000 }, (_, n) => record(n, n % 100 === 0 ? 'stderr' : 'stdout')).join('');
    await put(root, `${logFolder}/0.log`, file);
    expect((await reading(root, { tail: 2, stream: 'stderr' })).text).toBe(line(4800) + line(4900));
    expect((await reading(root, { tail: 100, stream: 'stderr' })).text).toBe(
      Array.from({ length: 50 }, (_, n) => line(n * 100)).join(''),
    );
  });

  test('over many blocks, with a rare stream whose first part is far away', async () => {
    const root = await temporaryRoot(onTestFinished);
    const file = `${record(0, 'stderr')}${records(1, 20_000)}${record(20_001, 'stderr')}`;
    await put(root, `${logFolder}/0.log`, file);
    for (const tail of [1, 2, 3, 10_000]) {
      expect((await reading(root, { tail })).text).toBe(lines(20_002 - tail, 20_001));
    }
  });

  test('with a last one that has no line feed yet', async () => {
    const root = await temporaryRoot(onTestFinished);
    await put(root, `${logFolder}/0.log`, records(1, 9) + record(10).trimEnd());
    expect((await reading(root, { tail: 2 })).text).toBe(lines(9, 10));
  });

  test('of docker', async () => {
    const root = await temporaryRoot(onTestFinished);
    const json = (n: number, end = '\\n'): string =>
      `{"log":"line ${n}${end}","stream":"stdout","time":"${stampFor(n)}"}\n`;
    await put(root, `${logFolder}/0.log`, `${json(1)}${json(2, ' and ')}${json(3)}${json(4)}`);
    expect((await reading(root, { tail: 2 })).text).toBe(`${stampFor(2)} line 2 and line 3\n${line(4)}`);
  });
});

describe('runs', () => {
  test('the last one is read, or the one before', async () => {
    const root = await temporaryRoot(onTestFinished);
    await put(root, `${logFolder}/9.log`, records(1, 3));
    await put(root, `${logFolder}/10.log`, records(4, 6));
    expect((await reading(root)).text).toBe(lines(4, 6));
    expect((await reading(root, { previous: true })).text).toBe(lines(1, 3));
  });

  test('there may be none before', async () => {
    const root = await temporaryRoot(onTestFinished);
    await put(root, `${logFolder}/0.log`, records(1, 3));
    const { text, notices } = await reading(root, { previous: true });
    expect(text).toBe('');
    expect(notices).toEqual(['there is no log of a run before the last one']);
  });
});

test('a link is followed inside the root, to docker’s own files', async () => {
  const root = await temporaryRoot(onTestFinished);
  const docker = '/var/lib/docker/containers/abc/abc-json.log';
  const json = (n: number): string => `{"log":"line ${n}\\n","stream":"stdout","time":"${stampFor(n)}"}\n`;
  await put(root, `${docker}.2.gz`, gzipSync(json(1)));
  await put(root, `${docker}.1`, json(2));
  await put(root, docker, json(3));
  await put(root, `${logFolder}/x`, '');
  await symlink(docker, join(root, logFolder, '0.log'));
  expect((await reading(root)).text).toBe(lines(1, 3));
});

test('odd lines are shown as found, and counted', async () => {
  const root = await temporaryRoot(onTestFinished);
  await put(root, `${logFolder}/0.log`, `${record(1)}odd\n${record(2)}`);
  const { text, notices } = await reading(root);
  expect(text).toBe(`${line(1)}odd\n${line(2)}`);
  expect(notices).toEqual(['1 line is no log record, shown as found']);
});

test('a log that is gone is told', async () => {
  const root = await temporaryRoot(onTestFinished);
  const { notices } = await reading(root);
  expect(notices).toEqual(['its log was removed']);
});

test('something that is no file is refused', async () => {
  const root = await temporaryRoot(onTestFinished);
  await put(root, `${logFolder}/0.log/inside`, '');
  await expect(reading(root)).rejects.toMatchObject({ code: 'logs.local-unreadable' });
});

test('what may not be read is refused', async () => {
  const root = await rotatedLog();
  await chmod(root, 0o755);
  await chmod(join(root, logFolder, '0.log'), 0);
  await expect(asNobody(() => reading(root))).rejects.toMatchObject({
    code: 'logs.local-denied',
    exitCode: 3,
    hint: 'run the same command as root: sudo kmaint logs --local …',
  });
});
