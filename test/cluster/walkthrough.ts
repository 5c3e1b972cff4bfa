// `npm run walkthrough`: the main job on a cluster of its own, from nothing: two nodes come up, one is drained and brought back.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadAll } from 'js-yaml';
import { connect, waitFor } from '../support/api.ts';
import type { Api, KubeObject } from '../support/api.ts';
import { isReadyPod } from '../support/workloads.ts';
import type { TestPod } from '../support/workloads.ts';
import { kubectlPath } from './binaries.mts';
import { buildMissing } from './compile.ts';
import { bringUp, takeDown } from './controlplane.ts';
import { isolatedCache } from './isolated.ts';
import { waitForNodes } from './nodes.ts';
import { wantedKubernetesVersion } from './versions.mts';

const repository = resolve(import.meta.dirname, '../..');
const fixture = join(repository, 'fixtures/clusters/two-nodes.yaml');
/** 4 mirror pods, 2 DaemonSets on 2 nodes, 3 workloads of 2, and go-http. */
const podCount = 15;

const say = (line: string): void => console.error(line);

/** Shows a command as a user would type it, runs it, and returns its exit code. */
function show(name: string, file: string, before: readonly string[], words: readonly string[]): number {
  console.log(`\n$ ${[name, ...words].join(' ')}`);
  return spawnSync(file, [...before, ...words], { stdio: 'inherit' }).status ?? 128;
}

/** Nodes first: workloads that come before them would all go to the one that is Ready first. */
async function apply(api: Api, kubectl: string): Promise<void> {
  const objects = loadAll(readFileSync(fixture, 'utf8')) as KubeObject[];
  const nodes = objects.filter(({ kind }) => kind === 'Node');
  for (const node of nodes) await api.create('/api/v1/nodes', node);
  await waitForNodes(
    api,
    nodes.map(({ metadata }) => metadata.name),
  );
  const applied = spawnSync(kubectl, ['apply', '-f', fixture], { encoding: 'utf8' });
  if (applied.status !== 0) throw new Error(applied.stderr);
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
    process.env['KUBECONFIG'] = kubeconfig;
    await apply(api, kubectl);
    await allReady(api);

    const door = join(repository, 'bin/kmaint.js');
    const run = (...words: string[]): number => show('kmaint', process.execPath, [door], words);
    const columns = 'custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,NODE:.spec.nodeName';
    const pods = (): number => show('kubectl', kubectl, [], ['get', 'pods', '-A', '-o', columns]);
    pods();
    const codes = [run('drain', 'k8s-node1', '--yes'), run('drain', 'k8s-node1', '--force', '--yes')];
    pods();
    codes.push(run('uncordon', 'k8s-node1'));
    show('kubectl', kubectl, [], ['get', 'nodes']);
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
