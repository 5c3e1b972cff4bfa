/** What the user reads when no answer came, with real sockets and real TLS where they can be had. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkError } from '../../src/cluster/network-error.ts';
import { createTransport } from '../../src/cluster/transport.ts';
import { realClock } from '../../src/clock.ts';
import { ClusterError } from '../../src/errors.ts';
import { json, startServer, type ReplayServer } from '../support/server.ts';
import { connectionTo, type ConnectionParts } from './connection.ts';

const { signal } = new AbortController();

async function version(url: string, parts: ConnectionParts = {}): Promise<unknown> {
  const transport = createTransport(connectionTo(url, parts), {
    clock: realClock,
    userAgent: 'kmaint/test',
    warn: () => {},
  });
  try {
    return (await transport.request({ method: 'GET', path: '/version', signal })).json();
  } finally {
    transport.close();
  }
}

async function failure(url: string, parts: ConnectionParts = {}): Promise<ClusterError> {
  const outcome = await version(url, parts).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(ClusterError);
  expect.assert(outcome instanceof ClusterError);
  return outcome;
}

describe('TLS', () => {
  let folder: string;
  let server: ReplayServer;
  let strict: ReplayServer;
  let expired: ReplayServer;
  const pem: Record<string, string> = {};

  function openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  }
  function authority(name: string): void {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
    openssl('req', '-x509', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-days', '2', '-out', `${name}.crt`);
  }
  function certificate(name: string, ca: string, extension: string, ...when: string[]): void {
    writeFileSync(join(folder, `${name}.cnf`), `[ca]\n${extension}\n`);
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
    const issue = ['x509', '-req', '-in', `${name}.csr`, '-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-CAcreateserial'];
    openssl(...issue, '-extfile', `${name}.cnf`, '-extensions', 'ca', '-out', `${name}.crt`, ...when);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kmaint-door-'));
    authority('ca');
    authority('other');
    certificate('server', 'ca', 'subjectAltName = DNS:api.test, IP:127.0.0.1', '-days', '2');
    certificate('expired', 'ca', 'subjectAltName = IP:127.0.0.1', '-days', '-1');
    certificate('client', 'ca', 'extendedKeyUsage = clientAuth', '-days', '2');
    certificate('foreign', 'other', 'extendedKeyUsage = clientAuth', '-days', '2');
    for (const name of ['ca', 'other', 'server', 'expired', 'client', 'foreign']) {
      pem[`${name}.crt`] = readFileSync(join(folder, `${name}.crt`), 'utf8');
      pem[`${name}.key`] = readFileSync(join(folder, `${name}.key`), 'utf8');
    }
    const { 'ca.crt': ca = '' } = pem;
    server = await startServer({ cert: pem['server.crt'], key: pem['server.key'] });
    strict = await startServer({
      cert: pem['server.crt'],
      key: pem['server.key'],
      ca,
      requestCert: true,
      rejectUnauthorized: true,
    });
    expired = await startServer({ cert: pem['expired.crt'], key: pem['expired.key'] });
    for (const one of [server, strict, expired]) one.otherwise(json(200, { gitVersion: 'v1' }));
  });

  afterAll(async () => {
    await Promise.all([server, strict, expired].map((one) => one.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  test('with the right CA, a server name and a client certificate works', async () => {
    const tls = { ca: pem['ca.crt'], cert: pem['client.crt'], key: pem['client.key'], servername: 'api.test' };
    expect(await version(strict.url, { tls })).toEqual({ gitVersion: 'v1' });
  });

  test('unverified works when asked for', async () => {
    expect(await version(expired.url, { tls: { rejectUnauthorized: false } })).toEqual({ gitVersion: 'v1' });
  });

  test('of another CA is refused', async () => {
    const error = await failure(server.url, { tls: { ca: pem['other.crt'] } });
    expect(error).toMatchObject({ code: 'cluster.certificate', transient: false });
    expect(error.message).toContain(
      `cannot reach the API server ${server.url}: its certificate was signed by an unknown CA`,
    );
    expect(error.hint).toContain('--certificate-authority');
  });

  test('of a server whose certificate has expired is refused', async () => {
    const error = await failure(expired.url, { tls: { ca: pem['ca.crt'] } });
    expect(error.code).toBe('cluster.certificate');
    expect(error.message).toContain('its certificate has expired (CERT_HAS_EXPIRED)');
  });

  test('of a server of another name is refused', async () => {
    const error = await failure(server.url, { tls: { ca: pem['ca.crt'], servername: 'wrong.test' } });
    expect(error.message).toContain('its certificate was issued for other names (ERR_TLS_CERT_ALTNAME_INVALID)');
    expect(error.hint).toContain('--tls-server-name');
  });

  test('without the client certificate that it wants tells so', async () => {
    const error = await failure(strict.url, { tls: { ca: pem['ca.crt'] } });
    expect(error).toMatchObject({ code: 'cluster.certificate' });
    expect(error.message).toContain('it refused the client certificate');
  });

  test('with a key of another certificate is refused, and the key is not shown', async () => {
    const error = await failure(strict.url, {
      tls: { ca: pem['ca.crt'], cert: pem['client.crt'], key: pem['foreign.key'] },
    });
    expect(error.code).toBe('cluster.certificate');
    expect(error.message + String(error.cause)).not.toContain('PRIVATE');
  });

  test('to a server that speaks none', async () => {
    const plain = await startServer();
    const error = await failure(plain.url.replace('http:', 'https:'));
    expect(error.message).toContain('it does not speak TLS');
    expect(error.hint).toContain('http://');
    await plain.close();
  });
});

describe('the network', () => {
  test('refuses', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    const { port } = await new Promise<AddressInfo>((resolve) => {
      free.once('listening', () => resolve(free.address() as AddressInfo));
    });
    await new Promise((resolve) => free.close(resolve));
    const error = await failure(`http://127.0.0.1:${port}`);
    expect(error).toMatchObject({ code: 'cluster.unreachable', transient: true, exitCode: 4 });
    expect(error.message).toBe(
      `cannot reach the API server http://127.0.0.1:${port}: connection refused (ECONNREFUSED)`,
    );
    expect(error.hint).toBe('is it running, and is it the right one? kubectl config view --minify --context test');
  });

  test('does not know the name', async () => {
    const error = await failure('https://user:pa55@kmaint.invalid:6443/base');
    expect(error.message).toMatch(/the API server https:\/\/kmaint\.invalid:6443\/base: .*(ENOTFOUND|EAI_AGAIN)/);
    expect(error.message).not.toContain('pa55');
  });

  test('cuts', async () => {
    const rude = createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1');
    const { port } = await new Promise<AddressInfo>((resolve) => {
      rude.once('listening', () => resolve(rude.address() as AddressInfo));
    });
    const error = await failure(`http://127.0.0.1:${port}`);
    expect(error.message).toContain('the connection was cut');
    rude.close();
  });

  test.each([
    ['EHOSTUNREACH', 'cluster.unreachable', 'no route to its host'],
    ['EAI_AGAIN', 'cluster.unreachable', 'cannot be resolved at the moment'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'cluster.certificate', 'self-signed'],
    ['CERT_NOT_YET_VALID', 'cluster.certificate', 'not valid yet'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'cluster.certificate', 'refused the client certificate'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'cluster.certificate', 'refused the client certificate'],
    ['ERR_OSSL_PEM_NO_START_LINE', 'cluster.certificate', 'TLS failed'],
  ])('%s is %s', (code, kind, words) => {
    const error = networkError(Object.assign(new Error('x'), { code }), {
      server: 'https://a',
      kubectl: kubectlFor('prod'),
      proxyHost: undefined,
    });
    expect(error.code).toBe(kind);
    expect(error.message).toContain(words);
    expect(error.hint).not.toBe('');
  });

  test('several addresses count as one failure', () => {
    const parts = ['::1', '127.0.0.1'].map((address) => Object.assign(new Error(address), { code: 'ECONNREFUSED' }));
    const error = networkError(new AggregateError(parts), {
      server: 'https://a',
      kubectl: kubectlFor('prod'),
      proxyHost: undefined,
    });
    expect(error.message).toContain('connection refused (ECONNREFUSED)');
  });
});
