import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/cluster/connection.ts';
import { loadConnection, type KubeconfigWorld } from '../../src/cluster/kubeconfig/load.ts';
import { ClusterError } from '../../src/errors.ts';
import type { RunOptions, RunOutcome } from '../../src/process/run.ts';
import { FakeClock } from '../support/clock.ts';
import { pem, signal, testWorld } from './world.ts';

const v1 = 'client.authentication.k8s.io/v1';
const v1beta1 = 'client.authentication.k8s.io/v1beta1';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmaint-exec-'));
  await mkdir(join(folder, 'bin'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes a plugin that counts its runs, keeps what it was given, and then runs `script`. */
async function plugin(script: string): Promise<void> {
  const path = join(folder, 'bin/plugin');
  await writeFile(
    path,
    `#!${process.execPath}
const fs = require('node:fs');
const runs = ${JSON.stringify(join(folder, 'runs'))};
fs.appendFileSync(runs, 'x');
const run = fs.readFileSync(runs, 'utf8').length;
fs.writeFileSync(${JSON.stringify(join(folder, 'seen'))}, JSON.stringify({ args: process.argv.slice(2), env: process.env, cwd: process.cwd() }));
const answer = (status, apiVersion = ${JSON.stringify(v1)}) => console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion, status }));
${script}
`,
  );
  await chmod(path, 0o700);
}

async function runs(): Promise<number> {
  return (await readFile(join(folder, 'runs'), 'utf8').catch(() => '')).length;
}

async function seen(): Promise<{ args: string[]; env: Record<string, string>; cwd: string }> {
  return JSON.parse(await readFile(join(folder, 'seen'), 'utf8'));
}

/** A kubeconfig beside the plugin, with the exec block overridden. */
async function connect(
  exec: object = {},
  world: Partial<KubeconfigWorld> = {},
  cluster: object = {},
): Promise<Connection> {
  const path = join(folder, 'config');
  const config = {
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [
      {
        name: 'u',
        user: { exec: { apiVersion: v1, command: './bin/plugin', interactiveMode: 'IfAvailable', ...exec } },
      },
    ],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  };
  await writeFile(path, JSON.stringify(config));
  return loadConnection({ kubeconfig: path }, testWorld({ env: { PATH: process.env['PATH'] }, ...world }));
}

async function failure(connection: Connection): Promise<ClusterError> {
  const error: unknown = await connection.credentials({ signal }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ClusterError)) throw new Error('expected a ClusterError', { cause: error });
  expect(error.code).toBe('cluster.credentials');
  expect(`${error.message} ${error.hint}`).not.toContain('s3cr3t');
  return error;
}

describe('what a plugin is given', () => {
  it('its args, env, and a command relative to the kubeconfig; nothing runs before it is needed', async () => {
    await plugin(`answer({ token: 't' })`);
    const connection = await connect(
      { args: ['get', 'token'], env: [{ name: 'PROFILE', value: 'dev' }] },
      { env: { PATH: process.env['PATH'], PROFILE: 'prod', HOME: '/nowhere' }, workingDirectory: folder },
    );
    expect(await runs()).toBe(0);
    expect(connection.identity.user).toBe('u');
    const { headers } = await connection.credentials({ signal });
    expect(headers).toEqual({ Authorization: 'Bearer t' });
    const { args, env, cwd } = await seen();
    expect(args).toEqual(['get', 'token']);
    expect(env).toMatchObject({ PROFILE: 'dev', HOME: '/nowhere' });
    expect(cwd).toBe(folder);
  });

  it('KUBERNETES_EXEC_INFO without the cluster, unless it asks', async () => {
    await plugin(`answer({ token: 't' })`);
    await (await connect()).credentials({ signal });
    expect(JSON.parse((await seen()).env['KUBERNETES_EXEC_INFO'] ?? '')).toEqual({
      kind: 'ExecCredential',
      apiVersion: v1,
      spec: { interactive: false },
    });
  });

  it('the cluster when provideClusterInfo is set', async () => {
    await plugin(`answer({ token: 't' })`);
    const ca = Buffer.from(pem('ca.crt')).toString('base64');
    const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } }];
    const cluster = {
      'certificate-authority-data': ca,
      'tls-server-name': 'kubernetes',
      'proxy-url': 'http://127.0.0.1:3128',
      extensions,
    };
    await (await connect({ provideClusterInfo: true }, {}, cluster)).credentials({ signal });
    expect(JSON.parse((await seen()).env['KUBERNETES_EXEC_INFO'] ?? '').spec).toEqual({
      interactive: false,
      cluster: {
        server: 'https://127.0.0.1:6443',
        'certificate-authority-data': ca,
        'tls-server-name': 'kubernetes',
        'proxy-url': 'http://127.0.0.1:3128',
        config: { audience: 'a' },
      },
    });
  });

  it('a bare command from the PATH', async () => {
    await plugin(`answer({ token: 'from-path' })`);
    const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH']}` };
    const { headers } = await (await connect({ command: 'plugin' }, { env })).credentials({ signal });
    expect(headers).toEqual({ Authorization: 'Bearer from-path' });
  });

  const modes: { mode: string | undefined; apiVersion: string; terminal: boolean; stdin: 'inherit' | 'ignore' }[] = [
    { mode: 'Never', apiVersion: v1, terminal: true, stdin: 'ignore' },
    { mode: 'IfAvailable', apiVersion: v1, terminal: true, stdin: 'inherit' },
    { mode: 'IfAvailable', apiVersion: v1, terminal: false, stdin: 'ignore' },
    { mode: 'Always', apiVersion: v1, terminal: true, stdin: 'inherit' },
    { mode: undefined, apiVersion: v1beta1, terminal: true, stdin: 'inherit' },
  ];
  it.each(modes)(
    'interactiveMode $mode, terminal $terminal: stdin $stdin',
    async ({ mode, apiVersion, terminal, stdin }) => {
      const asked: RunOptions[] = [];
      const runProgram = (options: RunOptions): Promise<RunOutcome> => {
        asked.push(options);
        const stdout = JSON.stringify({ kind: 'ExecCredential', apiVersion, status: { token: 't' } });
        return Promise.resolve({ kind: 'exited', exitCode: 0, stdout, stderr: '' });
      };
      const connection = await connect(
        { interactiveMode: mode, apiVersion },
        { stdinIsTerminal: terminal, runProgram },
      );
      await connection.credentials({ signal });
      expect(asked).toHaveLength(1);
      expect(asked[0]).toMatchObject({ stdin, stderr: 'inherit', ownGroup: !terminal });
      const info = JSON.parse(asked[0]?.env['KUBERNETES_EXEC_INFO'] ?? '');
      expect(info.spec.interactive).toBe(stdin === 'inherit');
    },
  );

  it('is not run when it must ask and there is nobody to ask', async () => {
    await plugin(`answer({ token: 't' })`);
    expect((await failure(await connect({ interactiveMode: 'Always' }))).message).toContain('not a terminal');
    expect(await runs()).toBe(0);
  });
});

describe('how often it runs', () => {
  it('once for concurrent callers, and not again without an expiry', async () => {
    await plugin(`setTimeout(() => answer({ token: 't' + run }), 50)`);
    const connection = await connect();
    const all = await Promise.all(Array.from({ length: 5 }, () => connection.credentials({ signal })));
    all.push(await connection.credentials({ signal }));
    expect(all.map(({ headers }) => headers['Authorization'])).toEqual(Array.from({ length: 6 }, () => 'Bearer t1'));
    expect(await runs()).toBe(1);
  });

  it('again once the answer has expired', async () => {
    const clock = new FakeClock();
    await plugin(
      `answer({ token: 't' + run, expirationTimestamp: '${new Date(clock.now() + 60_000).toISOString()}' })`,
    );
    const connection = await connect({}, { clock });
    await connection.credentials({ signal });
    await clock.advance(59_000);
    expect((await connection.credentials({ signal })).headers['Authorization']).toBe('Bearer t1');
    await clock.advance(2000);
    expect((await connection.credentials({ signal })).headers['Authorization']).toBe('Bearer t2');
  });

  it('once more when the server rejected the answer, however many requests were rejected together', async () => {
    const clock = new FakeClock();
    await plugin(`answer({ token: 't' + run })`);
    const connection = await connect({}, { clock });
    await connection.credentials({ signal });
    const rejected = await Promise.all([1, 2, 3].map(() => connection.credentials({ signal, rejected: true })));
    expect(rejected.map(({ headers }) => headers['Authorization'])).toEqual(['Bearer t2', 'Bearer t2', 'Bearer t2']);
    expect((await connection.credentials({ signal, rejected: true })).headers['Authorization']).toBe('Bearer t2');
    await clock.advance(5000);
    expect((await connection.credentials({ signal, rejected: true })).headers['Authorization']).toBe('Bearer t3');
  });

  it('not at all beside --token or a client certificate', async () => {
    await plugin(`answer({ token: 't' })`);
    await connect();
    const connection = await loadConnection(
      { kubeconfig: join(folder, 'config'), token: 'flag' },
      testWorld({ env: { PATH: process.env['PATH'] } }),
    );
    expect((await connection.credentials({ signal })).headers).toEqual({ Authorization: 'Bearer flag' });
    expect(await runs()).toBe(0);
  });

  it('again after a failure', async () => {
    await plugin(`if (run === 1) process.exit(9); answer({ token: 't' + run })`);
    const connection = await connect();
    await failure(connection);
    expect((await connection.credentials({ signal })).headers['Authorization']).toBe('Bearer t2');
  });
});

describe('client certificates', () => {
  it('are used, change the fingerprint, and run out', async () => {
    const status = { clientCertificateData: pem('client.crt'), clientKeyData: pem('client.key') };
    await plugin(
      `answer(run === 1 ? ${JSON.stringify(status)} : ${JSON.stringify({ clientCertificateData: pem('other.crt'), clientKeyData: pem('other.key') })})`,
    );
    const connection = await connect();
    const first = await connection.credentials({ signal });
    expect(first.tls).toMatchObject({ cert: pem('client.crt'), key: pem('client.key') });
    expect(first.headers).toEqual({});
    const second = await connection.credentials({ signal, rejected: true });
    expect(second.tls.cert).toBe(pem('other.crt'));
    expect(second.tlsFingerprint).not.toBe(first.tlsFingerprint);

    const late = await connect({}, { clock: new FakeClock(Date.parse('2200-01-01T00:00:00Z')) });
    await expect(late.credentials({ signal })).rejects.toMatchObject({ code: 'cluster.certificate' });
  });
});

describe('failures', () => {
  const cases: { name: string; script: string; says: string }[] = [
    { name: 'non-zero exit', script: `console.log('s3cr3t'); process.exit(7)`, says: 'plugin failed with exit code 7' },
    { name: 'a signal', script: `process.kill(process.pid, 'SIGKILL')`, says: 'was ended by SIGKILL' },
    { name: 'no output', script: '', says: 'printed nothing' },
    { name: 'no JSON', script: `console.log('s3cr3t')`, says: 'did not print JSON' },
    {
      name: 'another apiVersion',
      script: `answer({ token: 's3cr3t' }, ${JSON.stringify(v1beta1)})`,
      says: `is configured to use ${v1}, but answered with ${v1beta1}`,
    },
    {
      name: 'another kind',
      script: `console.log(JSON.stringify({ kind: 'Pod', apiVersion: 'v1' }))`,
      says: 'printed a Pod',
    },
    { name: 'no status', script: `answer(null)`, says: 'without a status' },
    { name: 'an empty status', script: `answer({})`, says: 'neither a token nor a client certificate' },
    {
      name: 'half a certificate',
      script: `answer({ clientKeyData: 's3cr3t' })`,
      says: 'only one of client certificate and key',
    },
    {
      name: 'a broken certificate',
      script: `answer({ clientCertificateData: 's3cr3t', clientKeyData: 's3cr3t' })`,
      says: 'holds no PEM certificate',
    },
    {
      name: 'a broken expiry',
      script: `answer({ token: 's3cr3t', expirationTimestamp: 'soon' })`,
      says: 'no RFC 3339 time',
    },
    {
      name: 'a token of a wrong type',
      script: `answer({ token: { s3cr3t: 1 } })`,
      says: 'status.token must be a string, not a map',
    },
  ];
  it.each(cases)('$name', async ({ script, says }) => {
    await plugin(script);
    expect((await failure(await connect())).message).toContain(says);
  });

  it('not installed: shows the install hint, without escape sequences', async () => {
    const installHint = 'brew install it\u001B[31m\nor apt install it';
    const error = await failure(await connect({ command: 'no-such-plugin', installHint }));
    expect(error.message).toBe('the credential plugin no-such-plugin is not installed');
    expect(error.hint).toBe('brew install it[31m\nor apt install it');
  });

  it('ends the plugin when the last caller gives up', async () => {
    await plugin(
      `fs.writeFileSync(${JSON.stringify(join(folder, 'pid'))}, String(process.pid)); setInterval(() => {}, 1000)`,
    );
    const connection = await connect();
    const one = new AbortController();
    const two = new AbortController();
    const first = connection.credentials({ signal: one.signal });
    const second = connection.credentials({ signal: two.signal });
    const pid = await vi.waitFor(async () => Number.parseInt(await readFile(join(folder, 'pid'), 'utf8'), 10), 5000);
    one.abort(new Error('one gave up'));
    await expect(first).rejects.toThrow('one gave up');
    expect(process.kill(pid, 0)).toBe(true);
    two.abort(new Error('two gave up'));
    await expect(second).rejects.toThrow('two gave up');
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 5000);
  });
});
