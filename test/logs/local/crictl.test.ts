import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import { askCrictl, parseContainers } from '../../../src/logs/local/crictl.ts';
import { createSeenLines, readByCrictl } from '../../../src/logs/local/crictl-logs.ts';
import type { LocalRequest } from '../../../src/logs/local/log-output.ts';
import { programRunner, type RunOptions, type RunOutcome, type RunProgram } from '../../../src/process/run.ts';
import { FakeClock } from '../../support/clock.ts';
import { collector, line, put, stampFor, temporaryRoot } from './node-folders.ts';

const listed = readFileSync(new URL('../../../fixtures/exec/crictl-ps.json', import.meta.url), 'utf8');
const webId = '5f1d2c3b4a5968778695a4b3c2d1e0f5f1d2c3b4a5968778695a4b3c2d1e0f5a';
const firstWebId = '6a7b8c9d0e1f2031425364758697a8b9cadbecfd0e1f2031425364758697a8b9';

describe('the list', () => {
  test('is one container for all of its runs, without those of no pod', () => {
    const containers = parseContainers(listed);
    expect(containers?.map(({ pod, container, containerId, runs }) => ({ pod, container, containerId, runs }))).toEqual(
      [
        { pod: 'web-1', container: 'web', containerId: webId, runs: [0, 1] },
        { pod: 'etcd-n1', container: 'etcd', containerId: expect.stringMatching(/^e7c0ffee/) as string, runs: [0] },
      ],
    );
    expect(containers?.[0]?.place).toEqual({
      kind: 'runtime',
      ids: new Map([
        [1, webId],
        [0, firstWebId],
      ]),
    });
  });

  test.each(['', 'x', '[]', '{"containers":[{"id":1}]}'])('%j is none', (text) => {
    expect(parseContainers(text)).toBeUndefined();
  });

  test('may be empty', () => {
    expect(parseContainers('{}')).toEqual([]);
  });
});

describe('answers', () => {
  const rows: readonly [RunOutcome, object][] = [
    [{ kind: 'not-found' }, { kind: 'absent' }],
    [
      { kind: 'not-started', why: 'EACCES' },
      { kind: 'failed', why: 'EACCES' },
    ],
    [
      { kind: 'timed-out', stdout: '', stderr: '' },
      { kind: 'failed', why: 'crictl ps took longer than 30 s' },
    ],
    [
      { kind: 'killed', signalName: 'SIGKILL', stdout: '', stderr: '' },
      { kind: 'failed', why: 'crictl ps was ended by SIGKILL' },
    ],
    [
      { kind: 'exited', exitCode: 1, stdout: '', stderr: 'a\nb\n' },
      { kind: 'failed', why: 'b' },
    ],
    [
      { kind: 'exited', exitCode: 1, stdout: '', stderr: '' },
      { kind: 'failed', why: 'crictl ps ended with 1' },
    ],
    [
      { kind: 'exited', exitCode: 0, stdout: 'x', stderr: 'y' },
      { kind: 'printed', stdout: 'x', stderr: 'y' },
    ],
  ];

  test.each(rows)('%j', async (outcome, answer) => {
    const asked: RunOptions[] = [];
    const run: RunProgram = async (options) => {
      asked.push(options);
      return outcome;
    };
    const env = { PATH: '/bin' };
    expect(await askCrictl({ run, env }, ['ps', '--all'], new AbortController().signal)).toEqual(answer);
    expect(asked[0]).toMatchObject({ file: 'crictl', args: ['ps', '--all'], env, stdin: 'ignore' });
  });
});

test('the program itself is found by the PATH that is handed in, and its streams stay apart', async () => {
  const root = await temporaryRoot(onTestFinished);
  await put(root, '/bin/crictl', '#!/bin/sh\necho "$1 $2 $RUNTIME"\necho problem >&2\n');
  await chmod(join(root, 'bin/crictl'), 0o755);
  const env = { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, RUNTIME: 'unix:///run/x.sock' };
  const deps = { run: programRunner(realClock), env };
  expect(await askCrictl(deps, ['ps', '--all'], new AbortController().signal)).toEqual({
    kind: 'printed',
    stdout: 'ps --all unix:///run/x.sock\n',
    stderr: 'problem\n',
  });
  const elsewhere = { ...deps, env: { PATH: join(root, 'empty') } };
  expect(await askCrictl(elsewhere, ['ps'], new AbortController().signal)).toEqual({ kind: 'absent' });
});

/** A runtime whose logs grow: answers as `crictl logs --since` does. */
function runtime(logs: Record<string, { stdout: string; stderr: string }>, list: () => string) {
  const asked: string[] = [];
  const run: RunProgram = async ({ args }) => {
    asked.push(args.join(' '));
    if (args[0] === 'ps') return { kind: 'exited', exitCode: 0, stdout: list(), stderr: '' };
    const log = logs[args.at(-1) ?? ''];
    if (!log) return { kind: 'exited', exitCode: 1, stdout: '', stderr: 'no such container' };
    const since = args.includes('--since') ? (args[args.indexOf('--since') + 1] ?? '') : '';
    const from = (text: string): string =>
      text
        .split('\n')
        .filter((one) => one !== '' && one >= since)
        .map((one) => `${one}\n`)
        .join('');
    return { kind: 'exited', exitCode: 0, stdout: from(log.stdout), stderr: from(log.stderr) };
  };
  return { run, asked };
}

function start(logs: Record<string, { stdout: string; stderr: string }>, request: LocalRequest, list = () => listed) {
  const clock = new FakeClock();
  const { run, asked } = runtime(logs, list);
  const collected = collector();
  const controller = new AbortController();
  const web = parseContainers(listed)?.[0];
  if (web?.place.kind !== 'runtime') throw new Error('the fixture has no web');
  const deps = { run, env: {}, clock };
  const ended = readByCrictl({ ...web, place: web.place }, request, collected.sink, deps, controller.signal);
  ended.catch(() => {});
  return { clock, asked, collected, controller, ended };
}

describe('logs', () => {
  test('both streams in the order of time', async () => {
    const log = { stdout: line(1) + line(4), stderr: line(2) + line(3) };
    const { collected, ended, asked } = start({ [webId]: log }, { follow: false, tail: 3 });
    await ended;
    expect(collected.text).toBe(line(2) + line(3) + line(4));
    expect(asked).toEqual([`logs --timestamps --tail 3 ${webId}`]);
  });

  test('cut where they are longer than is wanted', async () => {
    const log = { stdout: `${stampFor(1)} ${'x'.repeat(10)}\n${line(2)}`, stderr: '' };
    const { collected, ended } = start({ [webId]: log }, { follow: false, maxLineBytes: 6 });
    await ended;
    expect(collected.text).toBe(
      Buffer.from(`${stampFor(1)} xxxxxx…[truncated 4 bytes]\n${line(2)}`).toString('latin1'),
    );
    expect(collected.truncated).toBe(1);
  });

  test('of one stream, and of the run before', async () => {
    const log = { stdout: line(1), stderr: line(2) + line(3) };
    const { collected, ended } = start(
      { [firstWebId]: log },
      { follow: true, previous: true, stream: 'stderr', tail: 1 },
    );
    await ended;
    expect(collected.text).toBe(line(3));
  });

  test('are asked for again and again, and nothing is told twice', async () => {
    const log = { stdout: line(1) + line(1) + line(2), stderr: '' };
    const { collected, clock, controller, ended, asked } = start(
      { [webId]: log },
      { follow: true, since: stampFor(0) },
    );
    await clock.advance(0);
    expect(collected.text).toBe(line(1) + line(1) + line(2));
    log.stdout += line(2) + line(3);
    log.stderr += line(3);
    await clock.advance(1000);
    expect(collected.text).toBe(line(1) + line(1) + line(2) + line(2) + line(3) + line(3));
    await clock.advance(3000);
    expect(collected.text.split('\n')).toHaveLength(7);
    expect(asked[1]).toContain('--since 2026-11-20T23:59:58.002000000Z');
    controller.abort(new Error('stopped'));
    await expect(ended).rejects.toThrow('stopped');
  });

  test('what is missing of a file that was rotated away is told once', async () => {
    const log = { stdout: line(1) + line(2), stderr: line(1) };
    const { collected, clock, controller, ended } = start({ [webId]: log }, { follow: true });
    await clock.advance(2000);
    expect(collected.gaps).toEqual([]);
    Object.assign(log, { stdout: '', stderr: '' });
    await clock.advance(3000);
    const gap = 'the log was rotated, and the runtime gives only its newest file: lines may be missing';
    expect(collected.gaps).toEqual([gap]);
    log.stdout = line(5);
    await clock.advance(3000);
    expect(collected.text).toBe(line(1) + line(1) + line(2) + line(5));
    expect(collected.gaps).toEqual([gap]);
    log.stdout = line(9);
    await clock.advance(1000);
    expect(collected.text.endsWith(line(5) + line(9))).toBe(true);
    expect(collected.gaps).toEqual([gap, gap]);
    controller.abort(new Error('stopped'));
    await expect(ended).rejects.toThrow('stopped');
  });

  test('go on with the next run', async () => {
    const nextId = 'aaaa'.repeat(16);
    let now = listed;
    const logs = { [webId]: { stdout: line(1), stderr: '' }, [nextId]: { stdout: line(2), stderr: '' } };
    const { collected, clock, controller, ended } = start(logs, { follow: true }, () => now);
    await clock.advance(6000);
    expect(collected.text).toBe(line(1));
    now = listed.replace(webId, nextId).replace('"attempt": 1', '"attempt": 2');
    await clock.advance(6000);
    expect(collected.text).toBe(line(1) + line(2));
    expect(collected.notices).toEqual(['the container was started again']);
    controller.abort(new Error('stopped'));
    await expect(ended).rejects.toThrow('stopped');
  });

  test('end when the container was removed', async () => {
    const { collected, clock, ended } = start(
      { [webId]: { stdout: line(1), stderr: '' } },
      { follow: true },
      () => '{}',
    );
    await clock.advance(6000);
    await ended;
    expect(collected.text).toBe(line(1));
  });

  test('a runtime that gives none says why', async () => {
    const { ended } = start({}, { follow: false });
    await expect(ended).rejects.toMatchObject({
      code: 'logs.local-runtime',
      message: expect.stringContaining('no such container') as string,
    });
  });
});

test('lines with the newest time are counted, not compared', () => {
  const seen = createSeenLines();
  const of = (...numbers: number[]) => numbers.map((n) => ({ stamp: stampFor(n), text: line(n) }));
  expect(seen.fresh(of(1, 2, 2))).toHaveLength(3);
  expect(seen.fresh(of(2, 2))).toHaveLength(0);
  expect(seen.fresh(of(1, 2, 2, 2, 3))).toEqual(of(2, 3));
  expect(seen.last).toBe(stampFor(3));
});
