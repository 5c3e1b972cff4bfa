// Proves that no cluster is taken for a test cluster because of a name that only looks like this machine's.

import { expect, test } from 'vitest';
import { assertTestCluster, isLoopbackServer } from './foreign.ts';

test.each(['https://127.0.0.1:6443', 'https://127.8.9.10', 'https://localhost:6443', 'https://[::1]:6443'])(
  '%s is on this machine',
  (server) => expect(isLoopbackServer(server)).toBe(true),
);

test.each([
  'https://10.0.0.1:6443',
  'https://127.0.0.1.example.org',
  'https://localhost.example.org',
  'https://api.example.org/127.0.0.1',
  'https://[2001:db8::1]:6443',
])('%s is not', (server) => expect(isLoopbackServer(server)).toBe(false));

const cluster = (server: string, marked: boolean): Parameters<typeof assertTestCluster>[0] => ({
  server,
  find: <T>(path: string) =>
    Promise.resolve(
      marked && path.endsWith('/kube-system/configmaps/kmaint-test-cluster') ? ({ kind: 'ConfigMap' } as T) : undefined,
    ),
});

test('a cluster elsewhere is refused, by name, unless it is marked', async () => {
  await expect(assertTestCluster(cluster('https://10.0.0.1:6443', false))).rejects.toThrow(
    'points to https://10.0.0.1:6443, which is neither on loopback nor marked as a test cluster',
  );
  await expect(assertTestCluster(cluster('https://10.0.0.1:6443', true))).resolves.toBeUndefined();
});

test('a cluster on this machine needs no mark', async () => {
  await expect(assertTestCluster(cluster('https://127.0.0.1:6443', false))).resolves.toBeUndefined();
});
