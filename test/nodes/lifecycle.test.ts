/** The life of the nodes themselves, by the scripts: up, in, down, and nothing left behind, even after being killed. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { isolatedCache, type IsolatedCache } from '../cluster/isolated.ts';
import type { FakeNode } from '../cluster/nodes.ts';
import { wantedKubernetesVersion } from '../cluster/versions.mts';
import { connect, waitFor } from '../support/api.ts';
import { run, type Ended, type RunOptions } from '../support/kmaint.ts';
import { differences, hostState, type HostState } from './host-state.ts';
import type { RealPod } from './real-cluster.ts';

const leftOut = inject('nodesLeftOut');
const version = wantedKubernetesVersion();
const up = ['cluster:up', '--', '--nodes', '1', '--control-planes', '1'];
let cache: IsolatedCache;
let before: HostState;

interface RealNode extends FakeNode {
  status: FakeNode['status'] & {
    nodeInfo: { kubeletVersion: string; containerRuntimeVersion: string; machineID: string };
  };
}

const script = (words: readonly string[], where = cache): Promise<Ended> =>
  run('npm', ['run', '--silent', ...words], { env: { KMAINT_TEST_CACHE: where.folder } });

/** `cluster:up` as a single process, so that it can be killed. */
const upAlone = (options: RunOptions): Promise<Ended> =>
  run(process.execPath, ['--import', 'tsx', resolve('test/cluster/up.ts'), ...up.slice(2)], {
    ...options,
    env: { KMAINT_TEST_CACHE: cache.folder },
  });

/** Asked more than once: other programs of this machine have namespaces for a moment, too. */
async function nothingLeft(): Promise<void> {
  const left = (): string[] => differences(before, hostState());
  await waitFor('the host to be as before', async () => (left().length === 0 ? true : undefined), {
    timeoutMs: 5000,
    everyMs: 250,
    describe: async () => left().join('; '),
  });
}

describe.skipIf(leftOut !== '')('real nodes', () => {
  beforeAll(() => {
    cache = isolatedCache(version);
    before = hostState();
  });
  afterAll(async () => {
    await script(['cluster:down']);
    cache.remove();
  });

  it('come up, every one of them Ready, with kube-proxy running', async () => {
    const { code, stdout, stderr } = await script(up);
    expect(code, stderr).toBe(0);
    const kubeconfig = /^export KUBECONFIG=(\S+)\n$/.exec(stdout)?.[1] ?? '';
    const api = connect(kubeconfig);
    const nodes = await api.list<RealNode>('/api/v1/nodes');
    expect(nodes.map(({ metadata }) => metadata.name)).toEqual(['master1', 'node1']);
    expect(nodes.map(({ status }) => status.nodeInfo.kubeletVersion)).toEqual([`v${version}`, `v${version}`]);
    expect(new Set(nodes.map(({ status }) => status.nodeInfo.machineID)).size).toBe(2);
    for (const { status } of nodes) expect(status.nodeInfo.containerRuntimeVersion).toMatch(/^containerd:/);
    await waitFor(
      'every system pod to be ready',
      async () => {
        const pods = await api.list<RealPod>('/api/v1/namespaces/kube-system/pods');
        const ready = pods.filter(({ status }) => status.containerStatuses?.every((one) => one.ready) ?? false);
        // etcd, API server, controller manager and scheduler; kube-proxy on both nodes
        return ready.length === 6 && pods.length === 6 ? true : undefined;
      },
      { timeoutMs: 60_000 },
    );
    api.close();
  });

  it('run commands, and keep to themselves what these write', async () => {
    const written = await script(['cluster:in', 'node1', '--', 'sh', '-c', 'hostname; echo kept >/root/of-the-node']);
    expect(written).toMatchObject({ code: 0, stdout: 'node1\n' });
    expect((await script(['cluster:in', 'node1', '--', 'cat', '/root/of-the-node'])).stdout).toBe('kept\n');
    expect(existsSync('/root/of-the-node')).toBe(false);
    expect((await script(['cluster:in', 'node1', '--', 'sh', '-c', 'exit 7'])).code).toBe(7);
    const links = await script(['cluster:in', 'node1', '--', 'ip', '-brief', 'address', 'show', 'eth0']);
    expect(links.stdout).toContain('10.231.0.11/24');
    // Nothing leaves the machine.
    expect((await script(['cluster:in', 'node1', '--', 'ip', 'route', 'show', 'default'])).stdout).toBe('');
  });

  it('name what there is when a node or a command is missing', async () => {
    expect((await script(['cluster:in', 'node9', '--', 'true'])).stderr).toContain('master1, node1');
    expect((await script(['cluster:in', 'node1'])).stderr).toContain('give a node and a command');
  });

  it('are taken as they are when they are up already, and refused in another shape', async () => {
    const again = await script(up);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain('was up already');
    const other = await script(['cluster:up', '--', '--nodes', '2', '--control-planes', '1']);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('npm run cluster:down');
  });

  it('are not touched by somebody who wants others on the same machine', async () => {
    const elsewhere = isolatedCache(version);
    try {
      const { code, stderr } = await script(up, elsewhere);
      expect(code).toBe(1);
      expect(stderr).toContain('other real nodes are up on this machine');
      expect(stderr).toContain(`KMAINT_TEST_CACHE=${cache.folder} npm run cluster:down`);
      expect((await script(['cluster:in', 'master1', '--', 'true'])).code).toBe(0);
    } finally {
      elsewhere.remove();
    }
  });

  it('have etcdctl beside etcd', async () => {
    const kubectl = ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', '-n', 'kube-system', 'exec', 'etcd-master1'];
    const { code, stdout, stderr } = await script([
      'cluster:in',
      'master1',
      '--',
      ...kubectl,
      '--',
      'etcdctl',
      'version',
    ]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('etcdctl version: 3.6');
  });

  it('change no sysctl of the host while they run', () => {
    expect(differences(before, hostState()).filter((line) => line.startsWith('sysctl'))).toEqual([]);
  });

  it('go without a trace', async () => {
    expect(differences(before, hostState())).toContain('links: kmaint0');
    const { code, stderr } = await script(['cluster:down']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('real nodes are down: 2');
    await nothingLeft();
  });

  it('go without a trace also when their start was killed half-way', async () => {
    const killed = await upAlone({
      onStderr: (text, child) => {
        if (text.includes('containers can run on')) child.kill('SIGKILL');
      },
    });
    expect(killed.code).toBe(128);
    expect(differences(before, hostState()).some((line) => line.startsWith('cgroups:'))).toBe(true);
    const { code, stderr } = await script(['cluster:down']);
    expect(code, stderr).toBe(0);
    await nothingLeft();
  });
});
