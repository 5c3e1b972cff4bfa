/** What leaves a run: lines in order, files, notices, a terminal; numbers are those of the list of cases. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { openLogCluster } from '../../src/cluster/log-cluster.ts';
import { runLogs } from '../../src/logs/run.ts';
import { connectionTo } from '../door/connection.ts';
import { MemoryStream } from '../report/memory-stream.ts';
import { lineAt, sendStatus, type ApiContainer, type LogApi, type LogAsked } from '../support/log-api.ts';
import { eachOnItsApi, until } from '../support/log-run.ts';
import { optionsOf } from './options-of.ts';

let api: LogApi;
const start = eachOnItsApi((one) => (api = one));

const running: ApiContainer = { state: 'running', id: 'one' };
const messages = (...lines: readonly string[]): string => lines.map((line) => line.slice(31)).join('');

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kmaint-cases-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('one log of several in order that cannot be read', () => {
  const lines = Array.from({ length: 12 }, (_, at) => lineAt(at, `line ${String(at)}`));
  const ofPod = (pod: string): string[] => lines.filter((_, at) => `web-${String((at % 3) + 1)}` === pod);
  const refuse = (code: number) => (response: ServerResponse) => sendStatus(response, code, 'not this one');

  beforeEach(() => {
    for (const name of ['web-1', 'web-2', 'web-3']) api.put({ name, containers: { app: running } });
  });

  it.each<[string, (response: ServerResponse, before: number) => void, readonly number[]]>([
    ['for it is forbidden', refuse(403), []],
    ['for its server fails each time', refuse(500), []],
    [
      'to its end: two lines, and then nothing but failures',
      (response, before) => {
        if (before > 0) return sendStatus(response, 500, 'not this one');
        response.writeHead(200);
        response.write(ofPod('web-2').slice(0, 2).join(''), () => response.socket?.resetAndDestroy());
      },
      [1, 4],
    ],
  ])(
    'case 57: %s: the others are whole and in order, and it is told',
    { timeout: 30_000 },
    async (_, answer, given) => {
      api.onLog = ({ pod }, response) => {
        const before = api.asked.filter((asked) => asked.pod === pod).length - 1;
        if (pod === 'web-2') answer(response, before);
        else response.writeHead(200).end(ofPod(pod).join(''));
      };
      const run = start('web --sort --no-follow -o raw');
      expect(await run.done).toBe(1);
      const expected = lines.filter((__, at) => at % 3 !== 1 || given.includes(at));
      expect(run.out()).toBe(messages(...expected));
      const failures = run.err().match(/^error: .*$/gm);
      expect(failures).toEqual([expect.stringMatching(/^error: web-2 › app: .*not this one/)]);
      for (const pod of ['web-1', 'web-3']) expect(run.err()).toContain(`- ${pod} › app\n`);
      await until('no connection', () => api.connections === 0);
    },
  );
});

describe('case 58: files of logs', () => {
  it('are one for each container, with all its runs one after the other and no line twice', async () => {
    const folder = await makeFolder();
    const first = [lineAt(1, 'first run'), lineAt(2, 'last words')];
    const second = [lineAt(5, 'second run'), lineAt(6, 'goes on')];
    const side = [lineAt(1, 'beside'), lineAt(7, 'still beside')];
    const open = new Map<string, ServerResponse>();
    let isSecond = false;
    api.put({ name: 'web-1', containers: { app: running, side: running } });
    api.onLog = ({ container, query }, response) => {
      const isPrevious = query['previous'] === 'true';
      const run = isSecond && !isPrevious ? second.slice(0, 1) : first;
      response.writeHead(200);
      response.write(container === 'side' ? (side[0] ?? '') : run.join(''));
      if (isPrevious || query['follow'] !== 'true') response.end();
      else open.set(`${container} ${String(isSecond)}`, response);
    };
    const run = start(`web -o raw --output-dir ${folder}`);
    const text = (name: string): Promise<string> =>
      readFile(path.join(folder, 'default/web-1', name), 'utf8').catch(() => '');
    await expect.poll(() => text('app.log'), { timeout: 10_000 }).toBe(messages(...first));
    isSecond = true;
    const last = { id: 'one', reason: 'Error', exitCode: 1 };
    api.put({
      name: 'web-1',
      containers: { app: { state: 'running', id: 'two', restarts: 1, last }, side: running },
    });
    open.get('app false')?.end();
    await until('the next run', () => open.has('app true'));
    open.get('app true')?.write(second[1]);
    open.get('side false')?.write(side[1]);
    await expect.poll(() => text('app.log'), { timeout: 10_000 }).toBe(messages(...first, ...second));
    await expect.poll(() => text('side.log'), { timeout: 10_000 }).toBe(messages(...side));
    run.interrupt();
    expect(await run.done).toBe(130);
    expect([await text('app.log'), await text('side.log')]).toEqual([messages(...first, ...second), messages(...side)]);
    const all = await readdir(folder, { recursive: true });
    expect(all.toSorted()).toEqual(['default', 'default/web-1', 'default/web-1/app.log', 'default/web-1/side.log']);
    expect(run.out()).toBe('');
  });

  it.skipIf(!existsSync('/dev/full'))(
    'of which the disk takes one no longer: it is named, and the others are whole',
    async () => {
      const folder = await makeFolder();
      await mkdir(path.join(folder, 'default/web-2'), { recursive: true });
      await symlink('/dev/full', path.join(folder, 'default/web-2/app.log'));
      const names = ['web-1', 'web-2', 'web-3'];
      for (const name of names) api.put({ name, containers: { app: running } });
      const lines = Array.from({ length: 1000 }, (_, at) => lineAt(at, `line ${String(at)}`));
      api.onLog = (_, response) => void response.writeHead(200).end(lines.join(''));
      const run = start(`web --no-follow -o raw --output-dir ${folder}`);
      await expect(run.done).rejects.toMatchObject({
        code: 'logs.folder',
        exitCode: 1,
        message: expect.stringContaining('default/web-2/app.log: ENOSPC'),
      });
      for (const name of ['web-1', 'web-3']) {
        // oxlint-disable-next-line no-await-in-loop -- few
        const text = await readFile(path.join(folder, 'default', name, 'app.log'), 'utf8');
        expect(text === messages(...lines), name).toBe(true);
      }
      // Whoever ends the program says it: once.
      expect(run.err()).not.toMatch(/ENOSPC|error:/);
    },
  );
});

describe('what is said of lines that are not whole', () => {
  const recordBytes = 16_384;
  const long = 'x'.repeat(2 * recordBytes + 100);

  beforeEach(() => api.put({ name: 'web-1', containers: { app: running } }));

  /** A runtime that keeps lines in records, by which tails count. */
  function records(...lines: readonly string[]): (asked: LogAsked, response: ServerResponse) => void {
    const all = lines.flatMap((line) => {
      const parts = line.slice(31, -1).match(new RegExp(`.{1,${String(recordBytes)}}`, 'g')) ?? [];
      return parts.map((part, at) => ({ stamp: line.slice(0, 31), part, ends: at === parts.length - 1 }));
    });
    return ({ query }, response) => {
      const tail = all.slice(-Number(query['tailLines'] ?? Infinity));
      const text = tail.map(({ stamp, part, ends }, at) => {
        const begins = at === 0 || tail[at - 1]?.ends === true;
        return `${begins ? stamp : ''}${part}${ends ? '\n' : ''}`;
      });
      response.writeHead(200).end(text.join('').slice(0, Number(query['limitBytes'] ?? Infinity)));
    };
  }

  const begun = '+ web-1 › app\n';
  const left = '- web-1 › app\n';
  const cut = '! web-1 › app: lines of more than 1024 bytes are cut (--max-line-bytes)\n';
  const fragment = '! web-1 › app: the first line is only the end of a longer one: --tail counts pieces of 16 KiB\n';

  it.each([
    ['', `${begun}${cut}${left}`],
    [' --only-log-lines', ''],
  ])('case 38: that some are cut, once for the log:%s', async (flag, said) => {
    api.onLog = records(lineAt(1, long), lineAt(2, 'next'), lineAt(3, long));
    const run = start(`web --no-follow -o raw --max-line-bytes 1024${flag}`);
    expect(await run.done).toBe(0);
    const shown = `${'x'.repeat(1024)}…[truncated ${String(long.length - 1024)} bytes]`;
    expect(run.out()).toBe(`${shown}\nnext\n${shown}\n`);
    expect(run.err()).toBe(said);
  });

  it('case 38: nothing where none is longer than that', async () => {
    api.onLog = records(lineAt(1, 'y'.repeat(1024)));
    const run = start('web --no-follow -o raw --max-line-bytes 1024');
    expect(await run.done).toBe(0);
    expect([run.out(), run.err()]).toEqual([`${'y'.repeat(1024)}\n`, `${begun}${left}`]);
  });

  it.each([
    ['', 1, 100, `${begun}${fragment}${left}`],
    [' --only-log-lines', 1, 100, ''],
    ['', 3, long.length, `${begun}${left}`],
  ])('case 42: that the first is a fragment:%s, a tail of %i', async (flag, tail, bytes, said) => {
    api.onLog = records(lineAt(1, 'before'), lineAt(2, long));
    const run = start(`web --no-follow -o raw --tail=${String(tail)}${flag}`);
    expect(await run.done).toBe(0);
    expect(run.out()).toBe(`${'x'.repeat(bytes)}\n`);
    expect(run.err()).toBe(said);
  });

  it('case 42: that the first is a fragment, while following', async () => {
    const answer = records(lineAt(1, 'before'), lineAt(2, long));
    api.onLog = (asked, response) => {
      if (asked.query['follow'] !== 'true') return answer(asked, response);
      response.writeHead(200);
      response.write(lineAt(2, 'x'.repeat(100)));
    };
    const run = start('web -o raw --tail=1');
    await until('the notice', () => run.err() === `${begun}${fragment}`);
    run.interrupt();
    expect([await run.done, run.out()]).toEqual([130, `${'x'.repeat(100)}\n`]);
  });
});

describe('--control-chars auto', () => {
  const title = '\u001B]0;owned\u0007';
  const lines = [
    lineAt(1, `${title}\u001B[2J\u001B[1;1Hcleared`),
    lineAt(2, '\u001B[31mred'),
    lineAt(3, '\u001B[32mgreen\u001B[0m'),
    lineAt(4, 'plain'),
  ];

  beforeEach(() => {
    api.put({ name: 'web-1', containers: { app: running } });
    api.onLog = (_, response) => void response.writeHead(200).end(lines.join(''));
  });

  it.each([
    ['--control-chars auto', 'never'],
    ['', 'never'],
    ['', 'always'],
  ] as const)(
    'case 46: on a terminal shows what acts on it, and ends colours with their line: %j, colours %s',
    async (words, color) => {
      const stdout = Object.assign(new MemoryStream(), { isTTY: true });
      const stderr = new MemoryStream();
      const asked = optionsOf(...`web --no-follow --only-log-lines -o raw ${words}`.trim().split(' '));
      expect(asked.problems).toEqual([]);
      const exitCode = await runLogs(
        {
          io: { stdin: new PassThrough(), stdout, stderr, env: { TERM: 'xterm' } },
          clock: realClock,
          signal: new AbortController().signal,
          programName: 'kmaint',
          warnings: [],
          color,
          run: () => Promise.reject(new Error('no program is run here')),
          open: () =>
            Promise.resolve(
              openLogCluster(connectionTo(api.url), { clock: realClock, userAgent: 'kmaint/test', warn: () => {} }),
            ),
        },
        asked.options,
      );
      expect([exitCode, stderr.text]).toEqual([0, '']);
      expect(stdout.text.split('\n')).toEqual([
        String.raw`\x1b]0;owned\x07\x1b[2J\x1b[1;1Hcleared`,
        '\u001B[31mred\u001B[0m',
        '\u001B[32mgreen\u001B[0m',
        'plain',
        '',
      ]);
    },
  );

  it.each([' --control-chars auto', ''])('case 46: in a pipe leaves all as it is:%s', async (words) => {
    const run = start(`web --no-follow --only-log-lines -o raw${words}`);
    expect([await run.done, run.err()]).toEqual([0, '']);
    expect(run.out()).toBe(messages(...lines));
  });
});
