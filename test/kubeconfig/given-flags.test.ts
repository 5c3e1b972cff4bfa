/** Commands of kubectl that messages suggest reach the cluster of the run, whatever folder they are typed in. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ConnectionOptions } from '../../src/cluster/connection.ts';
import { givenFlags } from '../../src/cluster/kubeconfig/given-flags.ts';
import { loadConnection } from '../../src/cluster/kubeconfig/load.ts';
import { testWorld } from './world.ts';

test.each<[ConnectionOptions, string]>([
  [{}, ''],
  [{ kubeconfig: 'prod.conf' }, '--kubeconfig /home/jo/prod.conf'],
  [{ kubeconfig: '/etc/kubernetes/admin.conf' }, '--kubeconfig /etc/kubernetes/admin.conf'],
  [{ kubeconfig: '', server: '' }, ''],
  [{ context: 'prod', namespace: 'shop', disableCompression: true }, ''],
  [{ cluster: 'blue', user: 'ops' }, '--cluster blue --user ops'],
  [
    { server: 'https://10.0.0.1:6443', token: 'secret', certificateAuthority: 'ca.pem', tlsServerName: 'kubernetes' },
    '--server https://10.0.0.1:6443 --certificate-authority /home/jo/ca.pem --tls-server-name kubernetes',
  ],
  [
    { clientCertificate: 'me.crt', clientKey: '../me.key', insecureSkipTlsVerify: true },
    '--client-certificate /home/jo/me.crt --client-key /home/me.key --insecure-skip-tls-verify',
  ],
  [{ insecureSkipTlsVerify: false }, ''],
  [{ as: 'jane', asUid: '7', asGroups: ['ops', 'dev'] }, '--as jane --as-uid 7 --as-group ops --as-group dev'],
])('%j', (options, words) => {
  expect(givenFlags(options, '/home/jo').join(' ')).toBe(words);
});

test('of a kubeconfig that was named, with its current context', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kmaint-given-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const kubeconfig = join(folder, 'the other.conf');
  const content = {
    'current-context': 'kubernetes-admin@kubernetes',
    contexts: [{ name: 'kubernetes-admin@kubernetes', context: { cluster: 'kubernetes', user: 'kubernetes-admin' } }],
    clusters: [{ name: 'kubernetes', cluster: { server: 'https://127.0.0.1:9' } }],
    users: [{ name: 'kubernetes-admin', user: { token: 'secret' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(content));
  const { kubectl } = await loadConnection({ kubeconfig }, testWorld({}));
  expect(kubectl('get', 'nodes')).toBe(
    `kubectl get nodes --kubeconfig '${kubeconfig}' --context kubernetes-admin@kubernetes`,
  );
});
