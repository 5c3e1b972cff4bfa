import { once } from 'node:events';
import { lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConnection } from '../../src/cluster/kubeconfig/load.ts';
import { FakeClock } from '../support/clock.ts';
import { signal, testWorld, type TestWorld } from './world.ts';

const clock = new FakeClock(Date.parse('2027-01-01T00:00:00Z'));
const nowSeconds = clock.now() / 1000;

function jwt(exp: number): string {
  return `e30.${Buffer.from(JSON.stringify({ exp, sub: 'jane' })).toString('base64url')}.s3cr3t-signature`;
}

interface Asked {
  readonly authorization: string | undefined;
  readonly form: Record<string, string>;
}

let folder: string;
let idp: Server;
let issuer: string;
let asked: Asked[];
/** Answers a token request; a number is an error status. */
let answer: (request: Asked) => number | object;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmaint-oidc-'));
  asked = [];
  answer = () => ({ id_token: jwt(nowSeconds + 600), refresh_token: 's3cr3t-refresh-2' });
  idp = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      if (request.url === '/realm/.well-known/openid-configuration') {
        response.end(JSON.stringify({ token_endpoint: `${issuer}/token` }));
        return;
      }
      const was = { authorization: request.headers.authorization, form: Object.fromEntries(new URLSearchParams(body)) };
      asked.push(was);
      const reply = answer(was);
      response.statusCode = typeof reply === 'number' ? reply : 200;
      response.end(typeof reply === 'number' ? 's3cr3t details' : JSON.stringify(reply));
    });
  }).listen(0, '127.0.0.1');
  await once(idp, 'listening');
  // A server that listens on TCP has an address of this kind.
  const address = idp.address();
  issuer = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/realm`;
});
afterEach(async () => {
  idp.closeAllConnections();
  idp.close();
  await rm(folder, { recursive: true, force: true });
});

async function connect(config: Record<string, string>, world: TestWorld = testWorld({ clock })) {
  const lines = Object.entries({ 'idp-issuer-url': issuer, 'client-id': 'kmaint', ...config }).map(
    ([key, value]) => `          ${key}: ${value}`,
  );
  const path = join(folder, 'config');
  const text = `# kept
current-context: c
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443"}}]
contexts: [{name: c, context: {cluster: c, user: jane}}]
users:
  - name: jane
    user:
      auth-provider:
        name: oidc
        config:
${lines.join('\n')}
`;
  await writeFile(path, text, { mode: 0o600 });
  return { connection: await loadConnection({ kubeconfig: path }, world), path, text, world };
}

describe('auth-provider oidc', () => {
  it('uses an id-token that is still valid, and asks nobody', async () => {
    const token = jwt(nowSeconds + 60);
    const { connection } = await connect({ 'id-token': token, 'refresh-token': 's3cr3t-refresh-1' });
    expect((await connection.credentials({ signal })).headers).toEqual({ Authorization: `Bearer ${token}` });
    expect(asked).toEqual([]);
  });

  it('refreshes one that is about to expire, once for all, and writes the new tokens back', async () => {
    const before = jwt(nowSeconds + 5);
    const { connection, path, text, world } = await connect({
      'id-token': before,
      'refresh-token': 's3cr3t-refresh-1',
    });
    const all = await Promise.all([1, 2, 3].map(() => connection.credentials({ signal })));
    const after = jwt(nowSeconds + 600);
    expect(all.map(({ headers }) => headers['Authorization'])).toEqual(
      Array.from({ length: 3 }, () => `Bearer ${after}`),
    );
    expect(asked.map(({ form }) => form)).toEqual([{ grant_type: 'refresh_token', refresh_token: 's3cr3t-refresh-1' }]);
    expect(await readFile(path, 'utf8')).toBe(
      text.replace(before, after).replace('s3cr3t-refresh-1', 's3cr3t-refresh-2'),
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(world.warnings).toEqual([]);
  });

  it('writes through a link', async () => {
    const { connection, path } = await connect({ 'id-token': jwt(0), 'refresh-token': 's3cr3t-refresh-1' });
    const link = join(folder, 'link');
    await symlink(path, link);
    const linked = await loadConnection({ kubeconfig: link }, testWorld({ clock }));
    expect(linked.identity).toEqual(connection.identity);
    await linked.credentials({ signal });
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(path, 'utf8')).toContain('s3cr3t-refresh-2');
  });

  it('says so when the new tokens cannot be kept', async () => {
    const { connection, text, path, world } = await connect({ 'refresh-token': '"s3cr3t-\\u0072efresh-1"' });
    await connection.credentials({ signal });
    expect(world.warnings).toHaveLength(1);
    expect(world.warnings[0]).toContain('could not be written');
    expect(world.warnings[0]).not.toContain('s3cr3t');
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('sends the client secret in a header, and in the form where that is refused', async () => {
    answer = ({ authorization }) => (authorization === undefined ? { id_token: jwt(nowSeconds + 600) } : 401);
    const { connection } = await connect({
      'id-token': jwt(0),
      'refresh-token': 's3cr3t-refresh-1',
      'client-secret': 'hush',
    });
    await connection.credentials({ signal });
    expect(asked).toEqual([
      {
        authorization: `Basic ${Buffer.from('kmaint:hush').toString('base64')}`,
        form: { grant_type: 'refresh_token', refresh_token: 's3cr3t-refresh-1' },
      },
      {
        authorization: undefined,
        form: {
          grant_type: 'refresh_token',
          refresh_token: 's3cr3t-refresh-1',
          client_id: 'kmaint',
          client_secret: 'hush',
        },
      },
    ]);
  });

  it.each([
    {
      name: 'no way to refresh',
      config: { 'id-token': jwt(0) },
      reply: 200,
      says: 'no valid id-token, and no refresh-token',
    },
    { name: 'an id-token that is none', config: { 'id-token': 's3cr3t' }, reply: 200, says: 'not a JWT' },
    {
      name: 'a provider that refuses',
      config: { 'refresh-token': 's3cr3t-refresh-1' },
      reply: 400,
      says: 'answered 400',
    },
    {
      name: 'an answer without id_token',
      config: { 'refresh-token': 's3cr3t-refresh-1' },
      reply: {},
      says: 'without an id_token',
    },
  ])('$name', async ({ config, reply, says }) => {
    answer = () => reply;
    const { connection } = await connect(config);
    const error: unknown = await connection.credentials({ signal }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'cluster.credentials', exitCode: 4 });
    expect(String(error)).toContain(says);
    expect(String(error)).not.toContain('s3cr3t');
  });
});
