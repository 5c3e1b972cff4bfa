// The guard before somebody's own cluster is used for tests.

import { BlockList, isIP } from 'node:net';
import type { Api } from '../support/api.ts';

/** The object that says: this cluster is there to be played with. */
const mark = '/api/v1/namespaces/kube-system/configmaps/kmaint-test-cluster';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Is this server on this very machine? A name other than `localhost` is not looked up: it may mean anything. */
export function isLoopbackServer(server: string): boolean {
  const host = new URL(server).hostname.replaceAll(/[[\]]/g, '');
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Lets a cluster pass when its server is on loopback or it carries the mark.
 * @throws {Error} when it is neither: the tests drain and delete nodes
 */
export async function assertTestCluster(api: Pick<Api, 'server' | 'find'>): Promise<void> {
  if (isLoopbackServer(api.server) || (await api.find(mark)) !== undefined) return;
  throw new Error(
    `KMAINT_TEST_KUBECONFIG points to ${api.server}, which is neither on loopback nor marked as a test cluster. ` +
      'The tests drain and delete nodes. If that is meant: kubectl -n kube-system create configmap kmaint-test-cluster',
  );
}
