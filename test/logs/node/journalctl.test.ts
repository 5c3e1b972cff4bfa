/** journalctl here and over ssh: which words it is started with, and what becomes of how it ends. */
import { describe, expect, it } from 'vitest';
import type { ForegroundOptions, ForegroundOutcome } from '../../../src/process/foreground.ts';
import type { RunOptions, RunOutcome } from '../../../src/process/run.ts';
import { entryOfJson } from '../../../src/logs/node/journal-json.ts';
import { callFor, journalctlTime } from '../../../src/logs/node/journalctl.ts';
import type { NodeLogsOptions } from '../../../src/logs/node/options.ts';
import { options, start, type Running } from './world.ts';

const local = (changes: Partial<NodeLogsOptions> = {}): NodeLogsOptions =>
  options({ via: 'local', nodes: [], ...changes });
const ssh = (changes: Partial<NodeLogsOptions> = {}): NodeLogsOptions => options({ via: 'ssh', ...changes });

describe('callFor', () => {
  it('passes all on to journalctl, times as they are', () => {
    const asked = local({
      units: ['kubelet', 'containerd'],
      follow: true,
      since: 'yesterday',
      until: '-5min',
      tailLines: 7,
      grep: 'a b',
      boot: -1,
      output: 'cat',
    });
    expect(callFor(asked, undefined)).toEqual({
      file: 'journalctl',
      args: [
        '--no-pager',
        '--utc',
        '--output=cat',
        '--unit=kubelet',
        '--unit=containerd',
        '--follow',
        '--since=yesterday',
        '--until=-5min',
        '--lines=7',
        '--grep=a b',
        '--boot=-1',
      ],
    });
  });

  it('quotes what the shell of the node would take apart', () => {
    expect(callFor(ssh({ grep: "it's; rm -rf /" }), 'n1')).toEqual({
      file: 'ssh',
      args: [
        'n1',
        '--',
        'journalctl',
        '--no-pager',
        '--utc',
        '--output=short-precise',
        '--unit=kubelet',
        String.raw`'--grep=it'\''s; rm -rf /'`,
      ],
    });
  });

  it('reads files with tail', () => {
    const file = { file: 'pods/a b.log', units: [] };
    expect(callFor(ssh(file), 'n1').args).toEqual(['n1', '--', 'tail', '--lines=+1', '--', "'/var/log/pods/a b.log'"]);
    expect(callFor(local({ ...file, follow: true }), undefined)).toEqual({
      file: 'tail',
      args: ['--lines=10', '--follow=name', '--retry', '--', '/var/log/pods/a b.log'],
    });
  });
});

describe('journalctlTime', () => {
  it.each([
    ['today', 'today'],
    ['-1h', '-1h'],
    ['10m', '-10m'],
    ['2026-11-21 10:00', '2026-11-21 10:00'],
    ['2026-11-21T10:00:00', '2026-11-21 10:00:00'],
    ['2026-11-21T10:00:00.5Z', '@1795255200.5'],
    ['2026-11-21T10:00:00+08:00', '@1795226400'],
  ])('%s', (text, expected) => {
    expect(journalctlTime(text)).toBe(expected);
  });
});

/** Runs with programs that are only written down, and end as told. */
function recorded(asked: NodeLogsOptions, outcome: ForegroundOutcome | RunOutcome) {
  const foreground: ForegroundOptions[] = [];
  const collected: RunOptions[] = [];
  const run: Running = start(asked, {
    runForeground: (call) => {
      foreground.push(call);
      return Promise.resolve(outcome as ForegroundOutcome);
    },
    runProgram: (call) => {
      collected.push(call);
      return Promise.resolve(outcome as RunOutcome);
    },
    open: () => Promise.reject(new Error('no cluster is needed')),
  });
  return { run, foreground, collected };
}

const said = (exitCode: number, stdout: string, stderr = ''): RunOutcome => ({
  kind: 'exited',
  exitCode,
  stdout,
  stderr,
});

describe('one journal', () => {
  it.each([
    ['here', local({ follow: true }), 'journalctl'],
    ['over ssh', ssh({ follow: true }), 'ssh'],
  ])('has the terminal to itself: %s', async (_, asked, file) => {
    const { run, foreground, collected } = recorded(asked, { kind: 'exited', exitCode: 0 });
    expect(await run.ended).toBe(0);
    expect(foreground).toEqual([expect.objectContaining({ file, env: { PATH: '/bin' }, cwd: '/' })]);
    expect(foreground[0]?.args).toContain('--follow');
    expect(collected).toEqual([]);
  });

  it.each<[string, NodeLogsOptions, ForegroundOutcome, object | number]>([
    ['no entry matches', local(), { kind: 'exited', exitCode: 1 }, 1],
    ['the reader has seen enough', local(), { kind: 'killed', signalName: 'SIGPIPE' }, 0],
    ['it was ended', local(), { kind: 'killed', signalName: 'SIGKILL' }, { code: 'node-logs.program', exitCode: 1 }],
    [
      'there is none',
      local(),
      { kind: 'not-found' },
      { message: expect.stringContaining('no journalctl on this machine') },
    ],
    ['there is no ssh', ssh(), { kind: 'not-found' }, { hint: expect.stringContaining('--via api') }],
    [
      'it cannot start',
      local(),
      { kind: 'not-started', why: 'EACCES' },
      { message: expect.stringContaining('EACCES') },
    ],
    [
      'no connection',
      ssh(),
      { kind: 'exited', exitCode: 255 },
      { message: 'ssh to node n1 could not connect', hint: 'try: ssh n1 -- true' },
    ],
    [
      'no systemd there',
      ssh(),
      { kind: 'exited', exitCode: 127 },
      { message: expect.stringContaining('no journalctl') },
    ],
  ])('says how it ended: %s', async (_, asked, outcome, expected) => {
    const ended = await recorded(asked, outcome).run.ended;
    if (typeof expected === 'number') expect(ended).toBe(expected);
    else expect(ended).toMatchObject(expected);
  });
});

describe('several journals, and JSON', () => {
  it('are printed with the names of their nodes', async () => {
    const { run, collected, foreground } = recorded(ssh({ nodes: ['n1', 'n2'] }), said(0, 'a\nb\n', 'hint\n'));
    expect(await run.ended).toBe(0);
    expect(run.stdout.split('\n').toSorted().join('|')).toBe('|n1 a|n1 b|n2 a|n2 b');
    expect(run.stderr).toMatch(/^node n[12]: hint$/m);
    expect(collected.map(({ args }) => args[0])).toEqual(['n1', 'n2']);
    expect(foreground).toEqual([]);
  });

  it('have the form of -o json, wherever they come from', async () => {
    const entry = {
      __REALTIME_TIMESTAMP: '1795227378123456',
      _HOSTNAME: 'n7',
      _SYSTEMD_UNIT: 'kubelet.service',
      MESSAGE: 'größe',
    };
    const { run } = recorded(local({ output: 'json' }), said(0, `${JSON.stringify(entry)}\n`));
    expect(await run.ended).toBe(0);
    expect(JSON.parse(run.stdout)).toEqual({
      timestamp: '2026-11-21T02:16:18.123456Z',
      node: 'n7',
      unit: 'kubelet',
      message: 'größe',
    });
  });

  it('tell which one failed', async () => {
    const { run } = recorded(ssh({ nodes: ['n1', 'n2'] }), said(255, '', 'ssh: connect to host: refused\n'));
    expect(await run.ended).toBe(1);
    expect(run.stderr).toMatch(/node n1: ssh: connect to host: refused\nerror: node n1: ssh ended with 255/);
  });
});

describe('entryOfJson', () => {
  it.each([
    ['bytes', { MESSAGE: [103, 114, 195, 182] }, { message: 'grö' }],
    ['a message that is too long', { MESSAGE: null }, { message: '' }],
    ['no message', {}, { message: '' }],
    ['what systemd says of a unit', { UNIT: 'kubelet.service', _SYSTEMD_UNIT: 'init.scope' }, { unit: 'kubelet' }],
    ['the kernel', { SYSLOG_IDENTIFIER: 'kernel' }, { unit: 'kernel' }],
  ])('%s', (_, fields, expected) => {
    const text = JSON.stringify({ __REALTIME_TIMESTAMP: '1795227378000001', ...fields });
    expect(entryOfJson(text, 'n1')).toMatchObject({
      timestamp: '2026-11-21T02:16:18.000001Z',
      node: 'n1',
      ...expected,
    });
  });

  it.each(['', '{', '[]', '{"MESSAGE":"x"}'])('is none: %j', (text) => {
    expect(entryOfJson(text, 'n1')).toBeUndefined();
  });
});
