import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { realClock } from '../../src/clock.ts';
import type { Connection, ConnectionOptions } from '../../src/cluster/connection.ts';
import { loadConnection } from '../../src/cluster/kubeconfig/load.ts';
import { programRunner } from '../../src/process/run.ts';
import { startEchoServer, type EchoServer, type Seen } from './echo-server.ts';
import { fixtures, signal, testWorld } from './world.ts';

let folder: string;
let echo: EchoServer;
beforeAll(async () => {
  echo = await startEchoServer();
  folder = await mkdtemp(join(tmpdir(), 'kmaint-kubectl-'));
  await cp(fixtures, folder, { recursive: true });
  // All fixtures point at the one server; the path tells which cluster was meant.
  for (const name of ['first.yaml', 'second.yaml', 'no-current.yaml']) {
    const text = await readFile(join(folder, name), 'utf8');
    const here = text
      .replaceAll(/https:\/\/127\.0\.0\.1:(\d+)/g, `https://127.0.0.1:${echo.port}/p$1`)
      .replaceAll('http://127.0.0.1:3128', `http://127.0.0.1:${echo.proxyPort}`);
    await writeFile(join(folder, name), here);
  }
});
afterAll(async () => {
  echo.close();
  await rm(folder, { recursive: true, force: true });
});

const run = programRunner(realClock);

function environment(files: readonly string[]): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: join(folder, 'home'),
    KUBECONFIG: files.map((name) => join(folder, name)).join(delimiter),
    // Stands in for the machine's own authorities.
    SSL_CERT_FILE: join(folder, 'pki/ca.crt'),
  };
}

const flagNames: { readonly [key in keyof ConnectionOptions]?: string } = {
  kubeconfig: 'kubeconfig',
  context: 'context',
  cluster: 'cluster',
  user: 'user',
  namespace: 'namespace',
  server: 'server',
  token: 'token',
  certificateAuthority: 'certificate-authority',
  clientCertificate: 'client-certificate',
  clientKey: 'client-key',
  tlsServerName: 'tls-server-name',
  insecureSkipTlsVerify: 'insecure-skip-tls-verify',
  as: 'as',
  asGroups: 'as-group',
  asUid: 'as-uid',
};

function flags(options: ConnectionOptions): string[] {
  return Object.entries(options).flatMap(([key, value]) => {
    const name = flagNames[key as keyof ConnectionOptions];
    return (Array.isArray(value) ? value : [value]).map((one) => `--${name}=${String(one)}`);
  });
}

async function kubectl(files: readonly string[], args: readonly string[]) {
  const outcome = await run({
    file: inject('kubectl'),
    args,
    env: environment(files),
    cwd: folder,
    stdin: 'ignore',
    stderr: 'pipe',
    signal,
    timeoutMs: 60_000,
  });
  if (outcome.kind !== 'exited') throw new Error(`kubectl ended as ${outcome.kind}`);
  return outcome;
}

function load(files: readonly string[], options: ConnectionOptions): Promise<Connection> {
  return loadConnection(options, testWorld({ env: environment(files), workingDirectory: folder, clock: realClock }));
}

/** Sends one request with what the connection says, and nothing else. */
async function ask(connection: Connection): Promise<void> {
  const { headers, tls } = await connection.credentials({ signal });
  const { ca, cert, key, servername, rejectUnauthorized } = tls;
  await new Promise<void>((resolve, reject) => {
    request(
      `${connection.server}/version`,
      {
        headers: headers as Record<string, string | string[]>,
        ca,
        cert,
        key,
        rejectUnauthorized,
        ...(servername !== undefined && { servername }),
        agent: false,
      },
      (response) => response.resume().on('end', resolve),
    )
      .on('error', reject)
      .end();
  });
}

const both = ['first.yaml', 'second.yaml'];
const reverse = ['second.yaml', 'first.yaml'];

describe('what the server sees of us is what it sees of kubectl', () => {
  const cases: { files: string[]; options: ConnectionOptions }[] = [
    { files: both, options: {} },
    { files: reverse, options: {} },
    { files: ['nowhere.yaml', 'empty.yaml', 'nulls.yaml', 'second.yaml'], options: {} },
    { files: both, options: { context: 'shared' } },
    { files: reverse, options: { context: 'shared' } },
    { files: both, options: { context: 'basic' } },
    { files: both, options: { context: 'beta' } },
    { files: both, options: { kubeconfig: 'second.yaml' } },
    { files: both, options: { cluster: 'beta' } },
    { files: both, options: { user: 'beta-basic' } },
    { files: both, options: { cluster: 'beta', user: 'shared-user' } },
    { files: both, options: { context: 'shared', token: 'flag-token' } },
    { files: both, options: { context: 'beta', token: 'flag-token' } },
    { files: both, options: { clientCertificate: 'pki/other.crt', clientKey: 'pki/other.key' } },
    { files: both, options: { clientCertificate: 'pki/client.crt' } },
    { files: both, options: { insecureSkipTlsVerify: true } },
    { files: both, options: { context: 'beta', certificateAuthority: 'pki/ca.crt' } },
    { files: both, options: { tlsServerName: 'localhost' } },
    { files: both, options: { as: 'jürgen' } },
    { files: both, options: { as: 'jane', asGroups: ['a', 'b'], asUid: '7' } },
    { files: both, options: { context: 'beta', as: 'other' } },
    { files: both, options: { context: 'beta', asGroups: ['only'] } },
    { files: ['no-current.yaml'], options: { context: 'one' } },
    // kubectl refuses these, and so do we.
    { files: both, options: { context: 'nowhere' } },
    { files: both, options: { cluster: 'nowhere' } },
    { files: both, options: { user: 'nowhere' } },
    { files: both, options: { kubeconfig: 'nowhere.yaml' } },
    { files: ['broken.yaml'], options: {} },
    { files: ['wrong-types.yaml'], options: {} },
    { files: ['wrong-choice.yaml'], options: {} },
    { files: ['wrong-files.yaml'], options: {} },
    { files: ['wrong-files.yaml'], options: { context: 'mismatch' } },
    { files: ['wrong-files.yaml'], options: { context: 'no-pem' } },
    { files: ['wrong-files.yaml'], options: { context: 'token-file' } },
    { files: ['duplicate.yaml', 'first.yaml'], options: {} },
    { files: both, options: { insecureSkipTlsVerify: true, certificateAuthority: 'pki/ca.crt' } },
    { files: both, options: { asGroups: ['g'] } },
    { files: both, options: { asUid: '7' } },
    { files: ['removed-providers.yaml'], options: {} },
  ];
  it.each(cases)('$files $options', async ({ files, options }) => {
    echo.take();
    const theirs = await kubectl(files, ['version', '-o', 'json', ...flags(options)]);
    const kubectls = echo.take();
    const ours = await load(files, options).catch(() => undefined);
    if (!ours) {
      expect(theirs.exitCode, `kubectl accepted it: ${theirs.stdout}`).not.toBe(0);
      expect(kubectls.seen).toEqual([]);
      return;
    }
    expect(theirs.exitCode, theirs.stderr).toBe(0);
    await ask(ours);
    const { seen } = echo.take();
    expect(seen).toEqual<Seen[]>(kubectls.seen);
    expect(seen).toHaveLength(1);
    expect(ours.proxyUrl).toBe(kubectls.proxied > 0 ? `http://127.0.0.1:${echo.proxyPort}` : undefined);
  });

  it.each([
    { options: { token: 'flag-token' }, drops: 'certificate' },
    {
      options: { context: 'shared', clientCertificate: 'pki/other.crt', clientKey: 'pki/other.key' },
      drops: 'authorization',
    },
  ] as const)('except that $drops of the file is not sent along with $options', async ({ options, drops }) => {
    echo.take();
    await kubectl(both, ['version', '-o', 'json', ...flags(options)]);
    const [theirs] = echo.take().seen;
    await ask(await load(both, options));
    const [ours] = echo.take().seen;
    expect(theirs?.[drops]).toBeDefined();
    expect(ours).toEqual({ ...theirs, [drops]: undefined });
  });
});

describe('a credential plugin is run as kubectl runs it', () => {
  it.each([
    { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', provideClusterInfo: true },
    { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'IfAvailable', provideClusterInfo: false },
    { apiVersion: 'client.authentication.k8s.io/v1beta1', provideClusterInfo: true },
  ])('$apiVersion, cluster $provideClusterInfo', async (exec) => {
    const seenFile = join(folder, 'seen.json');
    await writeFile(
      join(folder, 'plugin.sh'),
      `#!/bin/sh
printf '%s\\n%s\\n%s' "$KUBERNETES_EXEC_INFO" "$*" "$PROFILE" > ${seenFile}
echo '{"kind":"ExecCredential","apiVersion":"${exec.apiVersion}","status":{"token":"from-plugin"}}'
`,
    );
    await chmod(join(folder, 'plugin.sh'), 0o700);
    const config = {
      'current-context': 'c',
      clusters: [
        {
          name: 'c',
          cluster: {
            server: `https://127.0.0.1:${echo.port}/exec`,
            'certificate-authority': 'pki/ca.crt',
            'tls-server-name': 'kubernetes',
            'proxy-url': `http://127.0.0.1:${echo.proxyPort}`,
            extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } }],
          },
        },
      ],
      users: [
        {
          name: 'u',
          user: {
            exec: { command: './plugin.sh', args: ['a', 'b c'], env: [{ name: 'PROFILE', value: 'p' }], ...exec },
          },
        },
      ],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    };
    await writeFile(join(folder, 'exec.yaml'), JSON.stringify(config));
    const given = async () => {
      // kubectl ends the JSON with a line break.
      const [info = '', ...rest] = (await readFile(seenFile, 'utf8')).split('\n').filter((line) => line !== '');
      await rm(seenFile);
      return [JSON.parse(info), ...rest];
    };
    echo.take();
    expect((await kubectl(['exec.yaml'], ['version', '-o', 'json'])).exitCode).toBe(0);
    const theirs = { seen: echo.take().seen, given: await given() };
    await ask(await load(['exec.yaml'], {}));
    const ours = { seen: echo.take().seen, given: await given() };
    expect(ours).toEqual(theirs);
    expect(ours.seen[0]?.authorization).toBe('Bearer from-plugin');
  });
});

describe('what kubectl config view resolves', () => {
  interface View {
    readonly 'current-context': string;
    readonly clusters: { readonly cluster: { readonly server: string } }[];
    readonly contexts: { readonly context: { readonly user: string; readonly namespace?: string } }[];
  }

  it.each([
    { files: both, context: undefined },
    { files: reverse, context: undefined },
    { files: both, context: 'shared' },
    { files: reverse, context: 'shared' },
    { files: both, context: 'basic' },
    { files: ['no-current.yaml', 'second.yaml'], context: undefined },
  ])('$files --context $context', async ({ files, context }) => {
    const chosen = context === undefined ? {} : { context };
    const { stdout } = await kubectl(files, ['config', 'view', '--minify', '--raw', '-o', 'json', ...flags(chosen)]);
    const view: View = JSON.parse(stdout);
    const { identity, namespace } = await load(files, chosen);
    expect({
      context: identity.context,
      server: identity.server,
      user: identity.user.split(' as ')[0],
      namespace,
    }).toEqual({
      context: view['current-context'],
      server: view.clusters[0]?.cluster.server.replace(/\/$/, ''),
      user: view.contexts[0]?.context.user,
      namespace: view.contexts[0]?.context.namespace ?? 'default',
    });
  });
});
