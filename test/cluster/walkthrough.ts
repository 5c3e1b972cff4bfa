// `npm run walkthrough`: the main job on a cluster of its own, from nothing: two nodes come up, one is drained and brought back.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connect, waitFor } from '../support/api.ts';
import type { Api } from '../support/api.ts';
import { isReadyPod } from '../support/workloads.ts';
import type { TestPod } from '../support/workloads.ts';
import { kubectlPath } from './binaries.mts';
import { buildMissing } from './compile.ts';
import { bringUp, takeDown } from './controlplane.ts';
import { isolatedCache } from './isolated.ts';
import { wantedKubernetesVersion } from './versions.mts';

const repository = resolve(import.meta.dirname, '../..');
const fixture = join(repository, 'fixtures/clusters/two-nodes.yaml');
/** 4 mirror pods, 2 DaemonSets on 2 nodes, 3 workloads of 2, and go-http. */
const podCount = 15;

const say = (line: string): void => console.error(line);

/** Shows a command as a user would type it, runs it, and returns its exit code. */
function show(words: readonly string[], file: string, args: readonly string[], kubeconfig: string): number {
  console.log(`\n$ ${words.join(' ')}`);
  const { status } = spawnSync(file, args, { stdio: 'inherit', env: { ...process.env, KUBECONFIG: kubeconfig } });
  return status ?? 128;
}

async function allReady(api: Api): Promise<void> {
  await waitFor(
    'the pods to be Ready',
    async () => {
      const pods = await api.list<TestPod>('/api/v1/pods');
      return pods.length === podCount && pods.every(isReadyPod) ? true : undefined;
    },
    { timeoutMs: 60_000 },
  );
}

async function main(): Promise<void> {
  const version = wantedKubernetesVersion();
  if (!existsSync(join(repository, 'dist/kmaint.cjs'))) throw new Error('build kmaint first: npm run build');
  await buildMissing(version, say);
  const kubectl = kubectlPath(version) ?? 'kubectl';
  const cache = isolatedCache(version);
  process.env['KMAINT_TEST_CACHE'] = cache.folder;
  try {
    const { kubeconfig } = await bringUp(version, say, { keep: false });
    const api = connect(kubeconfig);
    const applied = spawnSync(kubectl, ['--kubeconfig', kubeconfig, 'apply', '-f', fixture], { encoding: 'utf8' });
    if (applied.status !== 0) throw new Error(applied.stderr);
    await allReady(api);

    const door = join(repository, 'bin/kmaint.js');
    const run = (...words: string[]): number =>
      show(['kmaint', ...words], process.execPath, [door, ...words], kubeconfig);
    const pods = (): number =>
      show(
        ['kubectl get pods -A -o wide'],
        kubectl,
        [
          'get',
          'pods',
          '-A',
          '-o',
          'custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,NODE:.spec.nodeName',
        ],
        kubeconfig,
      );
    pods();
    const codes = [run('drain', 'k8s-node1', '--yes'), run('drain', 'k8s-node1', '--force', '--yes')];
    pods();
    codes.push(run('uncordon', 'k8s-node1'));
    show(['kubectl get nodes'], kubectl, ['get', 'nodes'], kubeconfig);
    api.close();
    if (codes.join() !== '3,0,0') throw new Error(`exit codes ${codes.join()}, expected 3,0,0`);
  } finally {
    await takeDown(version, say);
    cache.remove();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
