// `npm run cluster:up [-- --nodes N] [--fixture FILE]`: starts the test cluster and leaves it running.

import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { connect } from '../support/api.ts';
import type { Api } from '../support/api.ts';
import { kubectlPath } from './binaries.mts';
import { buildMissing } from './compile.ts';
import { bringUp } from './controlplane.ts';
import { createFakeNode, waitForNodes } from './nodes.ts';
import { wantedKubernetesVersion } from './versions.mts';

function readArguments(): { nodes: number; fixture: string | undefined } {
  const { values } = parseArgs({ options: { nodes: { type: 'string', default: '0' }, fixture: { type: 'string' } } });
  if (!/^\d+$/.test(values.nodes)) throw new Error(`--nodes ${values.nodes}: give a whole number, e.g. --nodes 3`);
  return { nodes: Number(values.nodes), fixture: values.fixture };
}

async function addNodes(api: Api, count: number, kubeletVersion: string): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `node${String(index + 1)}`);
  const there = new Set((await api.list('/api/v1/nodes')).map((node) => node.metadata.name));
  await Promise.all(names.filter((name) => !there.has(name)).map((name) => createFakeNode(api, name, kubeletVersion)));
  await waitForNodes(api, names);
}

async function main(): Promise<void> {
  const wanted = readArguments();
  const version = wantedKubernetesVersion();
  const say = (line: string): void => console.error(line);
  await buildMissing(version, say);
  const startedMs = Date.now();
  const cluster = await bringUp(version, say, { keep: true });
  const api = connect(cluster.kubeconfig);
  try {
    if (wanted.nodes > 0) await addNodes(api, wanted.nodes, `v${version}`);
  } finally {
    api.close();
  }
  const kubectl = kubectlPath(version);
  if (wanted.fixture !== undefined && kubectl !== undefined) {
    execFileSync(kubectl, ['--kubeconfig', cluster.kubeconfig, 'apply', '-f', wanted.fixture], {
      stdio: ['ignore', process.stderr, process.stderr],
    });
  }
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  say(
    `Kubernetes ${version} ${cluster.reused ? 'was up already' : 'is up'} (${seconds} s). Stop it with: npm run cluster:down`,
  );
  console.log(`export KUBECONFIG=${cluster.kubeconfig}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
