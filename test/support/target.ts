/** The API servers that the contract is held against: the real control plane first, the playground beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { realClock } from '../../src/clock.ts';
import type { Playground } from '../../src/playground/playground.ts';
import { startDetached, stopProcess } from '../cluster/processes.ts';
import { readState, writeState } from '../cluster/state.ts';
import { runFolder, wantedKubernetesVersion } from '../cluster/versions.mts';
import { connect, waitFor, type Api } from './api.ts';
import { createScenario, type Scenario, type ScenarioOptions } from './scenario.ts';
import { createStillCluster } from './still-cluster.ts';

export type TargetName = 'server' | 'playground';

/** One server that answers. */
export interface Connected {
  readonly api: Api;
  readonly kubeconfig: string;
  scenario(options: ScenarioOptions): Promise<Scenario>;
  dispose(): Promise<void>;
}

/** A server on which nothing moves by itself: no controllers, no scheduler, no kubelets. */
export interface StillServer {
  readonly api: Api;
  /** Has the server forget all changes so far, as after a compaction and a restart. */
  forget(): Promise<void>;
  dispose(): Promise<void>;
}

export interface Target {
  readonly name: TargetName;
  connect(): Promise<Connected>;
  connectStill(): Promise<StillServer>;
}

const all: readonly Target[] = [
  {
    name: 'server',
    connect: async () => connectTo(inject('kubeconfig'), async () => {}),
    connectStill: connectToStillServer,
  },
  { name: 'playground', connect: connectToPlayground, connectStill: connectToStillPlayground },
];

/**
 * Every target, or the one that `KMAINT_TEST_TARGET` names: for working on one of them, never in CI.
 * @throws {Error} for an unknown name, and where the environment variable CI is set
 */
export function targets(): readonly Target[] {
  const wanted = process.env['KMAINT_TEST_TARGET'] ?? '';
  if (wanted === '') return all;
  if ((process.env['CI'] ?? '') !== '') throw new Error('KMAINT_TEST_TARGET leaves out half of the contract, in CI');
  const chosen = all.filter(({ name }) => name === wanted);
  if (chosen.length === 0) throw new Error(`KMAINT_TEST_TARGET=${wanted}: there are server and playground`);
  return chosen;
}

function connectTo(kubeconfig: string, close: () => Promise<void>): Connected {
  const api = connect(kubeconfig);
  return {
    api,
    kubeconfig,
    scenario: (options) => createScenario(api, options),
    async dispose() {
      api.close();
      await close();
    },
  };
}

async function connectToStillServer(): Promise<StillServer> {
  const still = await createStillCluster();
  return { api: still.api, forget: () => compactAndRestart(still.api), dispose: () => still.dispose() };
}

async function connectToStillPlayground(): Promise<StillServer> {
  const playground = await startQuiet({ controllers: false });
  const api = connect(playground.kubeconfigPath);
  return {
    api,
    forget: async () => playground.api.store.compact(),
    async dispose() {
      api.close();
      await playground.close();
    },
  };
}

/** etcd forgets by being told to; the API server's own memory of changes ends with its process. */
async function compactAndRestart(api: Api): Promise<void> {
  const version = wantedKubernetesVersion();
  const state = readState(version);
  const server = state?.processes.find(({ name }) => name === 'kube-apiserver');
  if (state === undefined || server === undefined) throw new Error('the still cluster left no state.json');
  const { metadata } = await api.get<{ metadata: { resourceVersion: string } }>('/api/v1/configmaps');
  const compacted = await fetch(`http://127.0.0.1:${String(state.ports.etcdClient)}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision: metadata.resourceVersion, physical: true }),
  });
  if (!compacted.ok) throw new Error(`etcd would not compact: ${await compacted.text()}`);
  const argv = readFileSync(`/proc/${String(server.pid)}/cmdline`, 'utf8')
    .split('\0')
    .slice(0, -1);
  // At once: asked politely it would wait for its watchers.
  await stopProcess(server, 0);
  const folder = runFolder(version);
  const started = startDetached(server.name, argv, join(folder, 'logs', `${server.name}.log`), folder);
  writeState({ ...state, processes: state.processes.map((one) => (one.name === server.name ? started : one)) });
  await waitFor('the API server to be back', async () => {
    const answer = await api.request('GET', '/readyz').catch(() => undefined);
    return answer?.status === 200 ? true : undefined;
  });
}

async function connectToPlayground(): Promise<Connected> {
  const playground = await startQuiet({ controllers: true });
  return connectTo(playground.kubeconfigPath, () => playground.close());
}

// A seed without any object would be refused as a mistake.
const seed = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: contract\n';

/** An empty playground of this process. Loaded late: what is broken there must not keep the server's tests from running. */
async function startQuiet(options: { readonly controllers: boolean }): Promise<Playground> {
  const { startPlayground } = await import('../../src/playground/playground.ts');
  return await startPlayground({ text: seed, clock: realClock, signal: new AbortController().signal, ...options });
}
