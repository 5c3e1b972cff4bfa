/** Whether there is a namespace, as far as whoever asks may know. */
import { afterEach, expect, it } from 'vitest';
import { openLogCluster, type LogCluster } from '../../src/cluster/log-cluster.ts';
import { realClock } from '../../src/clock.ts';
import { json } from '../support/server.ts';
import { connectionTo } from './connection.ts';
import { server, signal } from './scripted.ts';

let cluster: LogCluster | undefined;
const lacks = (name: string, by: AbortSignal = signal): Promise<boolean> => {
  cluster = openLogCluster(connectionTo(server.url), { clock: realClock, userAgent: 'kmaint/test', warn: () => {} });
  return cluster.lacksNamespace(name, by);
};

afterEach(() => cluster?.close());

it.each([
  [404, true],
  [200, false],
  [403, false],
  [500, false],
])('%d', async (status, expected) => {
  server.otherwise(json(status, { kind: 'Status', message: 'so it is' }));
  expect(await lacks('shop')).toBe(expected);
  // What only helps is not worth a second request.
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /api/v1/namespaces/shop']);
});

it('is not said to lack where the server is away', async () => {
  await server.close();
  expect(await lacks('shop')).toBe(false);
});

it('throws the reason of the signal', async () => {
  const left = new Error('left');
  await expect(lacks('shop', AbortSignal.abort(left))).rejects.toBe(left);
});
