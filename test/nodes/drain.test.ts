/** The built kmaint takes a real worker out of service: real grace, real SIGTERM, a real mirror pod. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { pathOnHost } from '../cluster/nodes-tier/enter.ts';
import type { FakeNode } from '../cluster/nodes.ts';
import { waitFor } from '../support/api.ts';
import { kmaint } from '../support/kmaint.ts';
import { appSpec, follow, podPath, startRealCluster, type RealCluster, type RealPod } from './real-cluster.ts';

let cluster: RealCluster;
const podsOf = async (namespace: string): Promise<RealPod[]> =>
  cluster.api.list(`/api/v1/namespaces/${namespace}/pods`);

async function startMirrorPod(): Promise<void> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'static', namespace: 'default' },
    spec: appSpec(['--name=static']),
  };
  mkdirSync(pathOnHost(cluster.worker, '/etc/kubernetes/manifests'), { recursive: true });
  writeFileSync(pathOnHost(cluster.worker, '/etc/kubernetes/manifests/static.yaml'), JSON.stringify(pod));
}

async function startDeployment(name: string, args: readonly string[]): Promise<void> {
  const labels = { app: name };
  await cluster.api.create('/apis/apps/v1/namespaces/default/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: appSpec(args) } },
  });
}

/** The pod on the worker whose name begins so, once its containers are ready. */
function readyPod(prefix: string, namespace = 'default'): Promise<RealPod> {
  return waitFor(
    `a ready pod ${prefix}…`,
    async () =>
      (await podsOf(namespace)).find(
        ({ metadata, spec, status }) =>
          metadata.name.startsWith(prefix) &&
          spec.nodeName === 'node1' &&
          (status.containerStatuses?.every((one) => one.ready) ?? false),
      ),
    { timeoutMs: 60_000 },
  );
}

const containerOf = ({ status }: RealPod): string => status.containerStatuses?.[0]?.containerID ?? 'none yet';

describe.skipIf(inject('nodesLeftOut') !== '')('a real worker', () => {
  beforeAll(async () => {
    cluster = await startRealCluster();
    await startMirrorPod();
    await startDeployment('polite', ['--name=polite', '--finish=2s']);
    await startDeployment('deaf', ['--name=deaf', '--deaf']);
  });
  afterAll(async () => {
    await cluster?.dispose();
  });

  it('is drained, every container with the time that it needs to end', async () => {
    const [polite, deaf, mirror] = [await readyPod('polite'), await readyPod('deaf'), await readyPod('static-node1')];
    const proxy = await readyPod('kube-proxy', 'kube-system');
    const { kubectl, kubeconfig, api } = cluster;
    const last = follow(kubectl, ['--kubeconfig', kubeconfig, 'logs', '--follow', polite.metadata.name]);
    await waitFor('its first line', async () => (last.lines.length > 0 ? true : undefined));

    const { code, stdout, stderr, durationMs } = await kmaint(['drain', 'node1'], { kubeconfig });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('node/node1 drained\n');
    // The deaf one uses up its grace of 20 s, and no more than that.
    expect(durationMs).toBeGreaterThan(19_000);
    expect(durationMs).toBeLessThan(40_000);

    expect(await last.ended).toBe(0);
    expect(last.lines.slice(-1)).toEqual(['finished in order']);
    expect(last.lines).toContain('SIGTERM received');
    for (const { metadata } of [polite, deaf]) expect(await api.find(podPath(metadata.name))).toBeUndefined();
    expect((await api.get<FakeNode>('/api/v1/nodes/node1')).spec.unschedulable).toBe(true);

    // Whom a drain leaves alone it does not even restart.
    for (const left of [mirror, proxy]) {
      const now = await api.get<RealPod>(
        `/api/v1/namespaces/${left.metadata.namespace ?? ''}/pods/${left.metadata.name}`,
      );
      expect(now.metadata.uid).toBe(left.metadata.uid);
      expect(containerOf(now)).toBe(containerOf(left));
    }
  });

  it('takes pods again once it is uncordoned', async () => {
    const { code, stderr } = await kmaint(['uncordon', 'node1'], { kubeconfig: cluster.kubeconfig });
    expect(code, stderr).toBe(0);
    expect((await readyPod('polite')).metadata.deletionTimestamp).toBeUndefined();
  });
});
