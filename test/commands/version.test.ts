/** `version` says what it is, asks the server for 3 seconds at most, and does not fail for its silence. */
import { EventEmitter } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import type { Io } from '../../src/cli/io.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { version } from '../../src/commands/version.ts';
import { InterruptedError } from '../../src/errors.ts';
import { FakeClock } from '../support/clock.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function listen(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  return `--server=http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function run(argv: readonly string[]): {
  ended: Promise<number>;
  stdout: () => string;
  stderr: () => string;
  clock: FakeClock;
  controller: AbortController;
} {
  const words = readCommandLine(['version', ...argv], globalFlags, [version]);
  const flags = [...version.flags, ...globalFlags];
  const { settings, problems } = readSettings({
    flags,
    verbs: [{ name: 'version', flags }],
    verb: 'version',
    given: words.given,
    env: {},
    file: undefined,
  });
  expect([...words.problems, ...problems]).toEqual([]);
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const io: Io = {
    argv,
    programName: 'kmaint',
    env: {},
    stdin: new PassThrough(),
    stdout,
    stderr,
    homeDirectory: '/nonexistent',
    workingDirectory: '/',
    platform: { os: 'linux', arch: 'x64', node: 'v20.20.2' },
    signals: new EventEmitter(),
    self: { pid: 1, isAlive: () => true },
    leave: () => {},
  };
  const clock = new FakeClock();
  const controller = new AbortController();
  const work = version.prepare({ settings, operands: [], programName: 'kmaint', problem: () => {} });
  const ended = work({
    io,
    settings,
    clock,
    signal: controller.signal,
    verb: 'version',
    warnings: [],
    commandLine: { again: () => '', command: () => '' },
  });
  return {
    ended,
    stdout: () => String(stdout.read() ?? ''),
    stderr: () => String(stderr.read() ?? ''),
    clock,
    controller,
  };
}

describe('version', () => {
  it('prints the lines of kubectl, and the server', async () => {
    const address = await listen((_, response) => response.end(JSON.stringify({ gitVersion: 'v1.36.3' })));
    const { ended, stdout, stderr } = run([address]);
    await expect(ended).resolves.toBe(0);
    expect(stdout()).toMatch(
      /^Client Version: v\d+\.\d+\.\d+\nNode Version: v20\.20\.2\nPlatform: linux\/x64\nServer Version: v1\.36\.3\n$/,
    );
    expect(stderr()).toBe('');
  });

  it('is one JSON object', async () => {
    const address = await listen((_, response) => response.end(JSON.stringify({ gitVersion: 'v1.36.3' })));
    const { ended, stdout } = run([address, '-o', 'json']);
    await ended;
    expect(JSON.parse(stdout())).toMatchObject({
      clientVersion: { nodeVersion: 'v20.20.2', platform: 'linux/x64' },
      serverVersion: { gitVersion: 'v1.36.3' },
    });
  });

  it('asks nobody with --client', async () => {
    let asked = 0;
    const address = await listen(() => (asked += 1));
    const { ended, stdout } = run([address, '--client']);
    await expect(ended).resolves.toBe(0);
    expect(stdout()).not.toContain('Server');
    expect(asked).toBe(0);
  });

  it('gives up a silent server after 3 seconds, and says so', async () => {
    let asked: () => void = () => {};
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    const { ended, stdout, stderr, clock } = run([await listen(() => asked())]);
    await arrived;
    await clock.advance(2999);
    expect(stdout()).toBe('');
    await clock.advance(1);
    await expect(ended).resolves.toBe(0);
    expect(stdout()).toContain('Client Version');
    expect(stderr()).toBe('server version unknown: no answer within 3 seconds\n');
  });

  it('says why there is no server to ask', async () => {
    const { ended, stderr } = run(['--kubeconfig=/nonexistent']);
    await expect(ended).resolves.toBe(0);
    expect(stderr()).toMatch(/^server version unknown: .*\/nonexistent/);
  });

  it('can be interrupted', async () => {
    let asked: () => void = () => {};
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    const { ended, controller } = run([await listen(() => asked())]);
    await arrived;
    const reason = new InterruptedError('SIGINT');
    controller.abort(reason);
    await expect(ended).rejects.toBe(reason);
  });
});
