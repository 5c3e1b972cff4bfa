/** A server that the test scripts, new for each test, and transports to it that are closed behind it. */
import { afterEach, beforeEach, expect } from 'vitest';
import type { Connection } from '../../src/cluster/connection.ts';
import { createTransport, type Transport, type TransportOptions } from '../../src/cluster/transport.ts';
import { realClock } from '../../src/clock.ts';
import { startServer, type ReplayServer } from '../support/server.ts';
import { connectionTo, type ConnectionParts } from './connection.ts';

export let server: ReplayServer;
const opened: Transport[] = [];
export const { signal } = new AbortController();

export function transport(parts: ConnectionParts = {}, options: Partial<TransportOptions> = {}, path = ''): Transport {
  return open(connectionTo(server.url + path, parts), options);
}

export function open(connection: Connection, options: Partial<TransportOptions> = {}): Transport {
  const one = createTransport(connection, {
    clock: realClock,
    userAgent: 'kmaint/test',
    warn: () => {},
    random: () => 0.5,
    ...options,
  });
  opened.push(one);
  return one;
}

export const get = (path: string): { method: string; path: string; signal: AbortSignal } => ({
  method: 'GET',
  path,
  signal,
});
export const post = { method: 'POST', path: '/api/v1/namespaces/a/pods/b/eviction', body: '{}', signal };

/** The error that `work` ends with. */
export async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable('it resolved'),
    (error: unknown) => error,
  );
}

export async function arrived(count: number): Promise<void> {
  await expect.poll(() => server.requests.length, { interval: 1, timeout: 5000 }).toBe(count);
}

beforeEach(async () => {
  server = await startServer();
});

afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await server.close();
});
