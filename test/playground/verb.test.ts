/** `kmaint playground` as a user runs it: the built program, off a terminal. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../.ci/bundle.ts';
import { connect, waitFor } from '../support/api.ts';

const root = resolve(import.meta.dirname, '../..');
const node = process.env['KMAINT_TEST_NODE'] ?? process.execPath;
let folder = '';
let program = '';
let temporary = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmaint-verb-'));
  program = join(folder, 'bin/kmaint.js');
  temporary = join(folder, 'tmp');
  await mkdir(join(folder, 'bin'));
  await mkdir(temporary);
  await copyFile(join(root, 'bin/kmaint.js'), program);
  await bundle(root, join(folder, 'dist'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));
// Whatever a test did: nothing of a playground stays behind.
afterEach(async () => expect(await readdir(temporary)).toEqual([]));

interface Running {
  readonly stdout: () => string;
  readonly stderr: () => string;
  kill(signalName: NodeJS.Signals): void;
  readonly exitCode: Promise<number | null>;
}

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(node, [program, 'playground', ...words], {
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: temporary, ...env },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  return {
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    kill: (signalName) => void child.kill(signalName),
    exitCode: new Promise((done) => child.on('close', done)),
  };
}

async function ended(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const running = start(words, env);
  const exitCode = await running.exitCode;
  return { exitCode, stdout: running.stdout(), stderr: running.stderr() };
}

const script = (code: string): readonly string[] => ['--', node, '-e', code];

it('help says what it does and what it does not', async () => {
  const { exitCode, stdout, stderr } = await ended(['--help']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  await expect(stdout).toMatchFileSnapshot(join(root, 'fixtures/output/cli-help-playground.txt'));
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});

describe('until Ctrl-C', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('it runs, says where, and at %s leaves nothing behind', async (signalName, exitCode) => {
    const running = start([]);
    await waitFor('its first words', () => Promise.resolve(running.stderr().includes('uncordon') || undefined));
    const [path = '', set] = running.stdout().split('\n');
    expect(path).toMatch(/\/kmaint-playground-\w+\/kubeconfig$/);
    expect(set).toBe(`export KUBECONFIG=${path}`);
    expect(running.stderr()).toContain('playground two-nodes: 2 nodes, 15 pods, https://127.0.0.1:');
    expect(running.stderr()).toContain('kmaint drain k8s-node1 --force');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const api = connect(path);
    expect(await api.list('/api/v1/pods')).toHaveLength(15);
    running.kill(signalName);
    expect(await running.exitCode).toBe(exitCode);
    expect(existsSync(path)).toBe(false);
    await expect(api.list('/api/v1/nodes')).rejects.toThrow('ECONNREFUSED');
    api.close();
  });

  it('says it as JSON when asked, and nothing more with -q', async () => {
    const running = start(['-q', '-o', 'json']);
    await waitFor('its kubeconfig', () => Promise.resolve(running.stdout().includes('}') || undefined));
    expect(JSON.parse(running.stdout())).toEqual({
      kubeconfig: expect.stringContaining('/kmaint-playground-'),
      server: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    });
    running.kill('SIGTERM');
    expect(await running.exitCode).toBe(143);
    expect(running.stderr()).toBe('');
  });
});

describe('with a command', () => {
  it('drains the worker of the default cluster, with the same program', async () => {
    const { exitCode, stdout, stderr } = await ended(['--', node, program, 'drain', 'k8s-node1', '--force', '--yes']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('node/k8s-node1 drained\n');
    expect(stderr).toContain('drain done: 1 node, 4 pods gone');
  });

  it('gives it the exit code, the streams and the KUBECONFIG, and takes away what leads elsewhere', async () => {
    const seen = `const { env } = process; console.log(JSON.stringify([env.KUBECONFIG, env.KMAINT_KUBECONFIG ?? null, env.KMAINT_TIMEOUT]));`;
    const { exitCode, stdout, stderr } = await ended(script(`${seen} console.error('said'); process.exit(42)`), {
      KUBECONFIG: '/another',
      KMAINT_KUBECONFIG: '/another',
      KMAINT_TIMEOUT: '5m',
    });
    expect(exitCode).toBe(42);
    expect(JSON.parse(stdout)).toEqual([expect.stringContaining(temporary), null, '5m']);
    expect(stderr).toMatch(/^playground two-nodes: .*\nsaid\n$/);
  });

  it('waits for its end at a signal, so that it can end in good order', async () => {
    const code = `
      process.on('SIGTERM', () => setTimeout(() => { console.log(require('fs').existsSync(process.env.KUBECONFIG)); process.exit(7); }, 200));
      console.log('ready');`;
    const running = start(script(`${code} setInterval(() => {}, 1000)`));
    await waitFor('the command', () => Promise.resolve(running.stdout().includes('ready') || undefined));
    running.kill('SIGTERM');
    expect(await running.exitCode).toBe(7);
    expect(running.stdout()).toBe('ready\ntrue\n');
  });

  it('ends with 128 + n when a signal ended it', async () => {
    expect((await ended(script(`process.kill(process.pid, 'SIGKILL')`))).exitCode).toBe(137);
  });
});

describe('what cannot be', () => {
  const usage = async (words: readonly string[], ...texts: readonly string[]): Promise<void> => {
    const { exitCode, stdout, stderr } = await ended(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('error: ');
    for (const text of texts) expect(stderr).toContain(text);
  };

  it('a cluster that does not exist', async () => {
    await usage(['three-zone'], 'neither a file nor a cluster called "three-zone"', 'did you mean three-zones?');
    await usage(['./no.yaml'], 'cannot read ./no.yaml: there is no such file');
  });

  it('a file that is no YAML, or no seed', async () => {
    await writeFile(join(folder, 'broken.yaml'), 'a: 1\n---\nkind: Pod\n  x: [\n');
    await usage(['broken.yaml'], 'broken.yaml:4:', '(document 2) is not YAML');
    await writeFile(join(folder, 'odd'), '{apiVersion: v1, kind: Pood, metadata: {name: a}}\n---\n{kind: Pod}\n');
    await usage(['odd'], 'odd:1 (document 1): the playground has no Pood', 'odd:3 (document 2): has no apiVersion');
  });

  it('a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    await usage([`--port=${port}`], `port ${port} is taken`, 'without --port');
    server.close();
  });

  it('a command that does not exist', async () => {
    await usage(['--', 'no-such-program'], 'there is no program called "no-such-program"');
    await usage(['--'], '-- needs a command after it');
  });
});
