// `npm run cluster:up [-- --nodes N] [--control-planes M] [--fixture FILE]`: starts the test cluster and leaves it running.

import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { connect } from '../support/api.ts';
import type { Api } from '../support/api.ts';
import { kubectlPath } from './binaries.mts';
import { buildMissing } from './compile.ts';
import { bringUp } from './controlplane.ts';
import { createFakeNode, waitForNodes } from './nodes.ts';
import { bringUpNodes } from './nodes-tier/nodes-up.ts';
import { prepareRealNodes } from './nodes-tier/prepare.ts';
import { wantedKubernetesVersion } from './versions.mts';
import type { KubernetesVersion } from './versions.mts';

interface Wanted {
  readonly nodes: number;
  /** Given: the nodes are real ones. */
  readonly controlPlanes: number | undefined;
  readonly fixture: string | undefined;
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${flag} ${text}: give a whole number, e.g. ${flag} 3`);
  return Number(text);
}

function readArguments(): Wanted {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: '0' },
      'control-planes': { type: 'string' },
      fixture: { type: 'string' },
    },
  });
  const planes = values['control-planes'];
  return {
    nodes: wholeNumber('--nodes', values.nodes),
    controlPlanes: planes === undefined ? undefined : wholeNumber('--control-planes', planes),
    fixture: values.fixture,
  };
}

async function addNodes(api: Api, count: number, kubeletVersion: string): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `node${String(index + 1)}`);
  const there = new Set((await api.list('/api/v1/nodes')).map((node) => node.metadata.name));
  await Promise.all(names.filter((name) => !there.has(name)).map((name) => createFakeNode(api, name, kubeletVersion)));
  await waitForNodes(api, names);
}

interface Up {
  readonly kubeconfig: string;
  readonly reused: boolean;
}

const say = (line: string): void => console.error(line);

/** A control plane as processes of this host, with nodes that are only played. */
async function upWithFakeNodes(version: KubernetesVersion, count: number): Promise<Up> {
  const cluster = await bringUp(version, say, { keep: true });
  const api = connect(cluster.kubeconfig);
  try {
    if (count > 0) await addNodes(api, count, `v${version}`);
  } finally {
    api.close();
  }
  return cluster;
}

/** Builds what is missing; what it returns starts the cluster. */
async function prepare(version: KubernetesVersion, { nodes, controlPlanes }: Wanted): Promise<() => Promise<Up>> {
  if (controlPlanes === undefined) {
    await buildMissing(version, say);
    return () => upWithFakeNodes(version, nodes);
  }
  const images = await prepareRealNodes(version, say);
  return () => bringUpNodes(version, { controlPlanes, workers: nodes }, images, say);
}

async function main(): Promise<void> {
  const wanted = readArguments();
  const version = wantedKubernetesVersion();
  const up = await prepare(version, wanted);
  const startedMs = Date.now();
  const cluster = await up();
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
