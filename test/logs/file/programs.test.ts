/** What kmaint runs in containers to read files, with the programs that images have: coreutils', busybox's, and fewer. */
import { spawnSync } from 'node:child_process';
import { appendFile, mkdir, rename, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { realClock, type Clock } from '../../../src/clock.ts';
import { readSize } from '../../../src/logs/file/commands.ts';
import {
  otherSize,
  otherTail,
  readCommand,
  sizeCommand,
  usualPrograms,
  type Programs,
} from '../../../src/logs/file/programs.ts';
import { container, folder, lines, read, said, type Followed } from './container.ts';

const at = (name: string): string => path.join(folder, name);
const once = { follow: false };
const hasBusybox = spawnSync('busybox', ['true']).status === 0;
const busybox = { stat: ['busybox', 'stat'], tail: ['busybox', 'tail'], wc: ['busybox', 'wc'] };
const machine = { stat: ['stat'], tail: ['tail'], wc: ['wc'] };

const has = (run: Followed, text: string): Promise<void> =>
  expect.poll(() => run.text, { timeout: 10_000, interval: 10 }).toBe(text);
const untilRead = (): Promise<void> =>
  expect.poll(() => container.follows, { timeout: 10_000, interval: 10 }).toBe(true);
const notRetries = (run: Followed): string[] => said(run).filter((text) => text !== 'retry');

/** A program of that name that knows fewer options, and says so as busybox does. */
function without(option: string, program: readonly string[]): string[] {
  const refuse = `for word; do case $word in ${option}) echo "x: invalid option -- '${option}'
BusyBox v1.36.1 multi-call binary.

Usage: x [-y] FILE" >&2; exit 1;; --) break;; esac; done; exec "$@"`;
  return ['sh', '-c', refuse, 'sh', ...program];
}

/** A clock on which pauses pass a hundred times as fast. */
const hasty: Clock = { ...realClock, sleep: (ms, signal) => realClock.sleep(ms / 100, signal) };

describe.each([
  { title: 'of the machine', present: true, programs: machine },
  {
    title: hasBusybox ? 'of busybox' : 'of busybox (left out: no busybox on the PATH)',
    present: hasBusybox,
    programs: busybox,
  },
])('the programs $title', ({ present, programs }) => {
  describe.skipIf(!present)('by their command lines', () => {
    const run = ([name = '', ...words]: readonly string[]) => {
      const [file = '', ...first] = programs[name as keyof typeof programs];
      const { status, stdout, stderr } = spawnSync(file, [...first, ...words], {
        cwd: folder,
        env: { PATH: process.env['PATH'], LC_ALL: 'C' },
        encoding: 'latin1',
      });
      return { end: { kind: 'exited', code: status ?? -1 } as const, stdout, stderr };
    };
    const sizes: readonly Programs[] = [usualPrograms, { ...usualPrograms, size: 'wc' }];

    it.each(sizes)('tell how long a file is, and that there is none: $size', async (wanted) => {
      const name = `-n 5; it's`;
      await writeFile(at(name), 'a'.repeat(70_001));
      await writeFile(at('empty'), '');
      const size = (file: string) => {
        const { end, stdout, stderr } = run(sizeCommand(wanted, file));
        return readSize(end, stdout, stderr);
      };
      expect(size(name)).toEqual({ kind: 'size', bytes: 70_001 });
      expect(size('empty')).toEqual({ kind: 'size', bytes: 0 });
      expect(size('none')).toEqual({
        kind: 'missing',
        why: expect.stringMatching(/^(?!stat|wc|tail|busybox).*none.*: No such file or directory$/),
      });
    });

    it.each([
      [0, 'one\ntwo\n'],
      [2, 'e\ntwo\n'],
      [8, ''],
      [9, ''],
      [100_000, ''],
    ])('print a file from the byte %d on', async (from, expected) => {
      await writeFile(at('-f'), 'one\ntwo\n');
      expect(run(readCommand(usualPrograms, '-f', from, false))).toEqual({
        end: { kind: 'exited', code: 0 },
        stdout: expected,
        stderr: '',
      });
    });

    it('end with 1 where there is no file, or none that can be read', async () => {
      await mkdir(at('folder'));
      for (const name of ['none', 'folder']) {
        const { end, stderr } = run(readCommand(usualPrograms, name, 0, false));
        expect(end.code).toBe(1);
        expect(stderr).toMatch(/No such file|Is a directory/);
      }
    });

    it('refuse an option that they do not know in words that are known', () => {
      const [stat, tail] = [run(['stat', '-Y', 'x']), run(['tail', '-Y', 'x'])];
      expect(otherSize(usualPrograms, stat.end, stat.stderr)).toEqual({ ...usualPrograms, size: 'wc' });
      expect(otherTail(usualPrograms, tail.end, tail.stderr)).toEqual({ ...usualPrograms, follow: '-f' });
    });
  });

  describe.skipIf(!present)('in a container', { timeout: 60_000 }, () => {
    beforeEach(() => {
      container.programs = programs;
    });

    it('read a file once, whole or its last lines', async () => {
      await writeFile(at('app.log'), lines(1, 30_000));
      const whole = read('app.log', { request: once });
      expect(await whole.ended).toEqual({ kind: 'ended' });
      expect(whole.text === lines(1, 30_000)).toBe(true);
      const last = read('app.log', { request: { ...once, tailLines: 20_000 } });
      await last.ended;
      expect(last.text === lines(10_001, 30_000)).toBe(true);
      expect([...said(whole), ...said(last)]).toEqual([]);
    });

    it('wait for a file that is not there, and say so once', async () => {
      const run = read('app.log');
      await expect.poll(() => said(run).length, { timeout: 10_000 }).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(said(run)).toEqual([expect.stringContaining('No such file')]);
      await writeFile(at('app.log'), lines(1, 2));
      await has(run, lines(1, 2));
      container.cut();
      await untilRead();
      await appendFile(at('app.log'), lines(3, 3));
      await has(run, lines(1, 3));
    });

    it('go on over rotations while lines are written, and over a cut after each', async () => {
      const logged = (from: number, to: number): string => lines(from, to, ' of some words, as most have');
      await writeFile(at('app.log'), logged(1, 3));
      const run = read('app.log');
      await has(run, logged(1, 3));
      let written = 3;
      for (let round = 1; round <= 3; round += 1) {
        await untilRead();
        await appendFile(at('app.log'), logged(written + 1, written + 40));
        await rename(at('app.log'), at(`app.log.${round}`));
        await writeFile(at('app.log'), logged(written + 41, written + 40 + round));
        written += 40 + round;
        await has(run, logged(1, written));
        container.cut();
        await appendFile(at('app.log'), logged(written + 1, written + 90));
        written += 90;
        await has(run, logged(1, written));
      }
      expect(said(run).join()).not.toContain('gap');
    });

    it('go on in a file that was emptied, and do not double what came since after a cut', async () => {
      await writeFile(at('app.log'), lines(1, 300));
      const run = read('app.log');
      await has(run, lines(1, 300));
      await untilRead();
      await truncate(at('app.log'), 0);
      // Both look once a second where nothing tells them.
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await appendFile(at('app.log'), lines(301, 500));
      await has(run, lines(1, 500));
      container.cut();
      await appendFile(at('app.log'), lines(501, 502));
      await has(run, lines(1, 502));
      expect(said(run).join()).not.toContain('gap');
    });
  });
});

describe.skipIf(!hasBusybox)(`busybox${hasBusybox ? '' : ' (left out: none on the PATH)'}`, () => {
  it('cannot count to the end of a very long file, which is told', async () => {
    container.programs = busybox;
    await writeFile(at('app.log'), '');
    await truncate(at('app.log'), 5 * 2 ** 30);
    const run = read('app.log', { request: { ...once, tailLines: 1 } });
    const ended = await run.ended;
    expect(String('error' in ended && ended.error)).toMatch(
      /so long that the tail of its image cannot count.*Next: kubectl exec -n default web-1 -c app --context prod -- tail -n 100 -F -- app\.log$/,
    );
  });

  it('is enough without links to its parts', async () => {
    container.programs = { busybox: ['busybox'] };
    await writeFile(at('app.log'), lines(1, 9));
    const run = read('app.log', { request: { ...once, tailLines: 2 } });
    expect(await run.ended).toEqual({ kind: 'ended' });
    expect(run.text).toBe(lines(8, 9));
    expect(said(run)).toEqual([]);
  });
});

describe('fewer programs', { timeout: 30_000 }, () => {
  it.each([
    ['no stat', { tail: ['tail'], wc: ['wc'] }],
    ['a stat that knows no -c', { tail: ['tail'], wc: ['wc'], stat: without('-c', ['stat']) }],
  ])('are enough: %s', async (_, programs) => {
    container.programs = programs;
    await writeFile(at('app.log'), lines(1, 9));
    const run = read('app.log', { request: { tailLines: 2 } });
    await has(run, lines(8, 9));
    await untilRead();
    container.cut();
    await appendFile(at('app.log'), lines(10, 10));
    await has(run, lines(8, 10));
    expect(said(run)).toEqual([]);
    expect(container.commands.filter(([name]) => name === 'stat').length).toBe(1);
  });

  it('a tail that does not follow by name is looked after', async () => {
    container.programs = { ...machine, tail: without('-F', ['tail']) };
    const run = read('app.log', { clock: hasty });
    await expect.poll(() => container.commands.length, { timeout: 10_000 }).toBeGreaterThan(4);
    await writeFile(at('app.log'), lines(1, 9));
    await has(run, lines(1, 9));
    await rename(at('app.log'), at('app.log.1'));
    await appendFile(at('app.log.1'), lines(10, 12));
    await has(run, lines(1, 12));
    await writeFile(at('app.log'), lines(13, 14));
    await has(run, lines(1, 14));
    expect(notRetries(run).filter((text) => !text.startsWith('gap: '))).toEqual([]);
    const retry = run.notices.find((notice) => notice.kind === 'retry');
    expect(retry?.message).toContain('No such file');
  });

  it.each([
    ['no tail', { stat: ['stat'], wc: ['wc'] }],
    ['no length', { tail: ['tail'] }],
  ])('are told: %s', async (_, programs) => {
    container.programs = programs;
    await writeFile(at('app.log'), lines(1, 9));
    const ended = await read('app.log').ended;
    expect(String('error' in ended && ended.error)).toContain('its image has no tail, or neither stat nor wc. Next:');
  });
});
