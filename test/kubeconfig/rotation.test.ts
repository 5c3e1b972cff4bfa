import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConnection } from '../../src/cluster/kubeconfig/load.ts';
import { FakeClock } from '../support/clock.ts';
import { fixture, pem, signal, testWorld } from './world.ts';

let folder: string;
let clock: FakeClock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmaint-rotation-'));
  clock = new FakeClock(Date.parse('2027-01-01T00:00:00Z'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function connect(user: object) {
  const path = join(folder, 'config');
  const config = {
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443' } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  };
  await writeFile(path, JSON.stringify(config));
  return loadConnection({ kubeconfig: path }, testWorld({ clock }));
}

describe('token files', () => {
  it('are trimmed, read again after a minute, and at once when rejected', async () => {
    const file = join(folder, 'token');
    await writeFile(file, '\n one \n');
    const connection = await connect({ tokenFile: 'token' });
    const token = async (rejected = false) =>
      (await connection.credentials({ signal, rejected })).headers['Authorization'];
    expect(await token()).toBe('Bearer one');
    await writeFile(file, 'two');
    await clock.advance(30_000);
    expect(await token()).toBe('Bearer one');
    await clock.advance(30_000);
    expect(await token()).toBe('Bearer two');
    await writeFile(file, 'three');
    expect(await token(true)).toBe('Bearer three');
    await rm(file);
    await clock.advance(120_000);
    expect(await token()).toBe('Bearer three');
  });

  it('count more than a token in the entry, which is the second string', async () => {
    const both = { tokenFile: 'token', token: 'entry' };
    expect((await (await connect(both)).credentials({ signal })).headers).toEqual({ Authorization: 'Bearer entry' });
    await writeFile(join(folder, 'token'), 'file');
    expect((await (await connect(both)).credentials({ signal })).headers).toEqual({ Authorization: 'Bearer file' });
  });

  it('that are empty are no token', async () => {
    await writeFile(join(folder, 'token'), '\n');
    const connection = await connect({ tokenFile: 'token' });
    await expect(connection.credentials({ signal })).rejects.toMatchObject({ code: 'cluster.credentials' });
  });
});

describe('client certificates', () => {
  it('are read again after a minute; half a rotation keeps the former pair', async () => {
    const put = (name: string) =>
      Promise.all([
        copyFile(fixture(`pki/${name}.crt`), join(folder, 'crt')),
        copyFile(fixture(`pki/${name}.key`), join(folder, 'key')),
      ]);
    await put('client');
    const connection = await connect({ 'client-certificate': 'crt', 'client-key': 'key' });
    const first = await connection.credentials({ signal });
    await copyFile(fixture('pki/other.crt'), join(folder, 'crt'));
    await clock.advance(60_000);
    expect((await connection.credentials({ signal })).tls.cert).toBe(pem('client.crt'));
    await put('other');
    await clock.advance(60_000);
    const rotated = await connection.credentials({ signal });
    expect(rotated.tls).toMatchObject({ cert: pem('other.crt'), key: pem('other.key') });
    expect(rotated.tlsFingerprint).not.toBe(first.tlsFingerprint);
  });

  const data = {
    'client-certificate-data': Buffer.from(pem('client.crt')).toString('base64'),
    'client-key-data': Buffer.from(pem('client.key')).toString('base64'),
  };

  it('that have expired end it before any request, with the date', async () => {
    clock = new FakeClock(Date.parse('2200-01-01T00:00:00Z'));
    const error: unknown = await (await connect(data)).credentials({ signal }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'cluster.certificate', exitCode: 4 });
    expect(String(error)).toMatch(/the client certificate of user "u" expired on 21\d\d-\d\d-\d\dT/);
  });

  it('that are not valid yet point at the clock', async () => {
    clock = new FakeClock(Date.parse('2000-01-01T00:00:00Z'));
    await expect((await connect(data)).credentials({ signal })).rejects.toMatchObject({
      code: 'cluster.certificate',
      hint: 'Check the clock of this machine.',
    });
  });

  it('that have expired do no harm beside a token', async () => {
    clock = new FakeClock(Date.parse('2200-01-01T00:00:00Z'));
    const { headers } = await (await connect({ ...data, token: 't' })).credentials({ signal });
    expect(headers).toEqual({ Authorization: 'Bearer t' });
  });
});
