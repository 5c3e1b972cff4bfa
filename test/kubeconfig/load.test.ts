import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../src/cluster/connection.ts';
import { loadConnection } from '../../src/cluster/kubeconfig/load.ts';
import { failure, fixture, list, pem, signal, testWorld } from './world.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmaint-kubeconfig-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('files and merging', () => {
  const cases: { name: string; kubeconfig: string; options?: ConnectionOptions; is: object }[] = [
    {
      name: 'first current-context wins',
      kubeconfig: list('first.yaml', 'second.yaml'),
      is: { context: 'alpha', user: 'alpha-admin' },
    },
    {
      name: 'order decides',
      kubeconfig: list('second.yaml', 'first.yaml'),
      is: { context: 'beta', user: 'beta-token as jane' },
    },
    {
      name: 'a file without current-context does not hide the next',
      kubeconfig: list('no-current.yaml', 'second.yaml'),
      is: { context: 'beta' },
    },
    {
      name: 'missing and empty files are skipped',
      kubeconfig: list('nowhere.yaml', 'empty.yaml', 'nulls.yaml', 'first.yaml'),
      is: { context: 'alpha' },
    },
    { name: 'a file named twice is read once', kubeconfig: list('first.yaml', 'first.yaml'), is: { context: 'alpha' } },
    {
      name: 'whole entries of the first file win',
      kubeconfig: list('first.yaml', 'second.yaml'),
      options: { context: 'shared' },
      is: { context: 'shared', server: 'https://127.0.0.1:7001' },
    },
  ];
  it.each(cases)('$name', async ({ kubeconfig, options, is }) => {
    const connection = await loadConnection(options ?? {}, testWorld({ env: { KUBECONFIG: kubeconfig } }));
    expect(connection.identity).toMatchObject(is);
  });

  it('mixes no field of a later file into an entry of an earlier one', async () => {
    const env = { KUBECONFIG: list('first.yaml', 'second.yaml') };
    const connection = await loadConnection({ context: 'shared' }, testWorld({ env }));
    const { headers, tls } = await connection.credentials({ signal });
    expect(connection.namespace).toBe('default');
    expect(headers['Authorization']).toBe('Bearer first-shared-token');
    expect(tls.ca).not.toBe(pem('ca.crt'));
  });

  it('resolves paths against the folder of the file, not the working directory', async () => {
    const connection = await loadConnection(
      { kubeconfig: fixture('first.yaml') },
      testWorld({ workingDirectory: folder }),
    );
    const { tls } = await connection.credentials({ signal });
    expect(tls).toMatchObject({
      ca: pem('ca.crt'),
      cert: pem('client.crt'),
      key: pem('client.key'),
      rejectUnauthorized: true,
    });
  });

  it('lets --kubeconfig win over KUBECONFIG, relative to the working directory', async () => {
    const env = { KUBECONFIG: list('second.yaml') };
    const connection = await loadConnection({ kubeconfig: 'first.yaml' }, testWorld({ env }));
    expect(connection.identity.context).toBe('alpha');
    expect(connection.namespace).toBe('team-a');
  });

  it('falls back to ~/.kube/config', async () => {
    const home = join(folder, 'home');
    await mkdir(join(home, '.kube'), { recursive: true });
    await writeFile(
      join(home, '.kube/config'),
      `current-context: h\nclusters: [{name: h, cluster: {server: "https://127.0.0.1:1"}}]\ncontexts: [{name: h, context: {cluster: h}}]\n`,
    );
    const connection = await loadConnection({}, testWorld({ homeDirectory: home, env: { KUBECONFIG: '' } }));
    expect(connection.identity).toEqual({ context: 'h', server: 'https://127.0.0.1:1', user: 'anonymous' });
  });
});

describe('flags', () => {
  const env = { KUBECONFIG: list('first.yaml', 'second.yaml') };
  const load = (options: ConnectionOptions) => loadConnection(options, testWorld({ env }));

  it('choose cluster, user and namespace one by one', async () => {
    const connection = await load({ cluster: 'beta', user: 'beta-basic', namespace: 'flagged' });
    const { headers, tls } = await connection.credentials({ signal });
    expect(connection).toMatchObject({
      identity: { context: 'alpha', server: 'https://127.0.0.1:6444/k8s/clusters/c-1', user: 'beta-basic' },
      server: 'https://127.0.0.1:6444/k8s/clusters/c-1',
      namespace: 'flagged',
      proxyUrl: 'http://127.0.0.1:3128',
    });
    expect(headers).toEqual({ Authorization: `Basic ${Buffer.from('bob:hunter2').toString('base64')}` });
    expect(tls).toMatchObject({ rejectUnauthorized: false, servername: 'kubernetes', ca: undefined, cert: undefined });
  });

  it('--token replaces every other way to authenticate', async () => {
    const connection = await load({ token: 'flag-token' });
    const { headers, tls } = await connection.credentials({ signal });
    expect(headers).toEqual({ Authorization: 'Bearer flag-token' });
    expect(tls.cert).toBeUndefined();
    expect(connection.identity).toEqual({ context: 'alpha', server: 'https://127.0.0.1:6443', user: 'token' });
  });

  it('--client-certificate and --client-key replace them too', async () => {
    const connection = await load({
      context: 'shared',
      clientCertificate: 'pki/other.crt',
      clientKey: 'pki/other.key',
    });
    const { headers, tls } = await connection.credentials({ signal });
    expect(headers).toEqual({});
    expect(tls.cert).toBe(pem('other.crt'));
    expect(connection.identity.user).toBe('client certificate');
  });

  it('--client-certificate alone keeps the key of the file', async () => {
    const { tls } = await (await load({ clientCertificate: 'pki/client.crt' })).credentials({ signal });
    expect(tls).toMatchObject({ cert: pem('client.crt'), key: pem('client.key') });
  });

  it('--insecure-skip-tls-verify drops the authority of the file', async () => {
    const { tls } = await (await load({ insecureSkipTlsVerify: true })).credentials({ signal });
    expect(tls).toMatchObject({ ca: undefined, rejectUnauthorized: false });
  });

  it('--certificate-authority drops insecure-skip-tls-verify of the file', async () => {
    const connection = await load({ context: 'beta', certificateAuthority: 'pki/ca.crt' });
    expect((await connection.credentials({ signal })).tls).toMatchObject({
      ca: pem('ca.crt'),
      rejectUnauthorized: true,
    });
  });

  it('--insecure-skip-tls-verify with --certificate-authority is refused', async () => {
    const error = await failure({ insecureSkipTlsVerify: true, certificateAuthority: 'pki/ca.crt' }, env);
    expect(error.message).toContain('insecure-skip-tls-verify and a certificate authority exclude each other');
  });

  it('--server clears tls-server-name unless that is given too', async () => {
    const at = 'https://127.0.0.1:9';
    const plain = await (await load({ context: 'beta', server: at })).credentials({ signal });
    expect(plain.tls.servername).toBeUndefined();
    const named = await (await load({ context: 'beta', server: at, tlsServerName: 'x' })).credentials({ signal });
    expect(named.tls.servername).toBe('x');
  });

  it('--server alone needs no kubeconfig', async () => {
    const connection = await loadConnection({ server: 'https://127.0.0.1:9/', token: 't' }, testWorld());
    expect(connection.identity).toEqual({ context: undefined, server: 'https://127.0.0.1:9', user: 'token' });
  });

  it('--disable-compression', async () => {
    expect((await load({})).compression).toBe(true);
    expect((await load({ disableCompression: true })).compression).toBe(false);
  });

  it('a change of TLS material changes the fingerprint, a change of token does not', async () => {
    const prints = await Promise.all(
      [{ token: 'a' }, { token: 'b' }, { token: 'b', tlsServerName: 'x' }, {}].map(
        async (options) => (await (await load(options)).credentials({ signal })).tlsFingerprint,
      ),
    );
    expect(prints[0]).toBe(prints[1]);
    expect(new Set(prints).size).toBe(3);
  });
});

describe('impersonation', () => {
  const env = { KUBECONFIG: list('second.yaml') };

  it('sends everything the entry says, with keys escaped', async () => {
    const { headers } = await (await loadConnection({}, testWorld({ env }))).credentials({ signal });
    expect(headers).toEqual({
      Authorization: 'Bearer second-beta-token',
      'Impersonate-User': 'jane',
      'Impersonate-Uid': '1234',
      'Impersonate-Group': ['developers', 'system:masters'],
      'Impersonate-Extra-acme.com%2Fproject': ['one', 'two'],
      'Impersonate-Extra-Scopes': ['view'],
    });
  });

  it('lets flags override user, uid and groups', async () => {
    const connection = await loadConnection({ as: 'jürgen', asGroups: ['g'], asUid: '7' }, testWorld({ env }));
    const { headers } = await connection.credentials({ signal });
    expect(connection.identity.user).toBe('beta-token as jürgen');
    expect(headers).toMatchObject({ 'Impersonate-Group': ['g'], 'Impersonate-Uid': '7' });
    expect(Buffer.from(String(headers['Impersonate-User']), 'latin1').toString('utf8')).toBe('jürgen');
  });

  it('keeps impersonating when the token comes from a flag', async () => {
    const connection = await loadConnection({ token: 't' }, testWorld({ env }));
    expect(connection.identity.user).toBe('token as jane');
  });

  it('refuses a group without a user', async () => {
    const error = await failure({ context: 'basic', asGroups: ['g'] }, env);
    expect(error.message).toContain('needs a user to impersonate');
  });

  it('refuses to smuggle a header', async () => {
    const error = await failure({ as: 'jane\r\nImpersonate-Group: system:masters' }, env);
    expect(error.message).toContain('control character');
  });
});

describe('plain http', () => {
  it('sends no credentials, says so, and still impersonates', async () => {
    const world = testWorld();
    const connection = await loadConnection({ kubeconfig: 'second.yaml', server: 'http://127.0.0.1:8001' }, world);
    const { headers } = await connection.credentials({ signal });
    expect(connection.identity.user).toBe('anonymous as jane');
    expect(headers).not.toHaveProperty('Authorization');
    expect(headers).toHaveProperty('Impersonate-User', 'jane');
    expect(world.warnings).toEqual([
      'http://127.0.0.1:8001 is plain http: the credentials of user "beta-token" are not sent, as in kubectl',
    ]);
  });

  it('is what an address without a scheme means', async () => {
    const connection = await loadConnection({ server: 'localhost:8001' }, testWorld());
    expect(connection.server).toBe('http://localhost:8001');
  });
});

describe('inside a pod', () => {
  const claims = Buffer.from(JSON.stringify({ sub: 'system:serviceaccount:ops:kmaint' })).toString('base64url');
  const token = `e30.${claims}.sig`;
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
  let account: string;
  beforeAll(async () => {
    account = join(folder, 'account');
    await mkdir(account);
    await writeFile(join(account, 'token'), `${token}\n`);
    await writeFile(join(account, 'ca.crt'), pem('ca.crt'));
    await writeFile(join(account, 'namespace'), 'ops\n');
  });

  it('uses the service account', async () => {
    const connection = await loadConnection({}, testWorld({ env, serviceAccountDirectory: account }));
    const { headers, tls } = await connection.credentials({ signal });
    expect(connection).toMatchObject({
      identity: { context: undefined, server: 'https://10.0.0.1:443', user: 'service account ops/kmaint' },
      namespace: 'ops',
    });
    expect(headers).toEqual({ Authorization: `Bearer ${token}` });
    expect(tls.ca).toBe(pem('ca.crt'));
  });

  it('honours --as, --token and --namespace', async () => {
    const connection = await loadConnection(
      { as: 'jane', token: 'mine', namespace: 'n' },
      testWorld({ env, serviceAccountDirectory: account }),
    );
    const { headers } = await connection.credentials({ signal });
    expect(headers).toEqual({ Authorization: 'Bearer mine', 'Impersonate-User': 'jane' });
    expect(connection.identity.user).toBe('token as jane');
    expect(connection.namespace).toBe('n');
  });

  it('prefers a kubeconfig, but takes the namespace of the pod where the context has none', async () => {
    const world = testWorld({ env, serviceAccountDirectory: account });
    const beta = await loadConnection({ kubeconfig: 'second.yaml' }, world);
    expect(beta.identity.context).toBe('beta');
    expect(beta.namespace).toBe('ops');
    expect((await loadConnection({ kubeconfig: 'first.yaml' }, world)).namespace).toBe('team-a');
  });

  it('is not asked when a context was', async () => {
    const world = testWorld({ env, serviceAccountDirectory: account });
    await expect(loadConnection({ context: 'prod' }, world)).rejects.toThrow('context "prod" does not exist');
  });
});
