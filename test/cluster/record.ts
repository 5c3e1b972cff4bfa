// Run by hand (`npx tsx test/cluster/record.ts`): writes a real server's answers to fixtures/api, for tests that replay them.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, waitFor } from '../support/api.ts';
import type { Api, RequestOptions } from '../support/api.ts';
import { createScenario } from '../support/scenario.ts';
import { bringUp, takeDown } from './controlplane.ts';
import { isolatedCache } from './isolated.ts';
import { startDetached, stopProcess } from './processes.ts';
import type { ProcessIdentity } from './processes.ts';
import { recordings } from './recordings.ts';
import { readState, writeState } from './state.ts';
import type { ClusterState } from './state.ts';
import { repositoryFolder, runFolder, wantedKubernetesVersion } from './versions.mts';
import type { KubernetesVersion } from './versions.mts';

/** Headers that a client may act on; the rest changes with every call. */
const kept = ['content-type', 'retry-after', 'warning'];

/** Does one request as one user, and writes the answer down under a name. */
export type Recorder = (
  name: string,
  api: Api,
  method: string,
  path: string,
  body?: unknown,
  options?: RequestOptions,
) => Promise<void>;

function recorderInto(folder: string, version: string, scenarioId: () => string): Recorder {
  return async (name, api, method, path, body, options) => {
    const answer = await api.request(method, path, body, options);
    const headers = Object.fromEntries(
      kept.flatMap((key) => (answer.headers[key] === undefined ? [] : [[key, answer.headers[key]]])),
    );
    const contentType = options?.contentType;
    const request = {
      method,
      path,
      ...(contentType === undefined ? {} : { contentType }),
      ...(body === undefined ? {} : { body }),
    };
    const text = JSON.stringify(
      { name, kubernetes: version, request, status: answer.status, headers, body: answer.body },
      null,
      2,
    );
    // The scenario's random name would only make every later recording differ from this one.
    writeFileSync(join(folder, `${name}.json`), `${text.replaceAll(scenarioId(), 'scenario')}\n`);
    console.error(`${String(answer.status)} ${name}`);
  };
}

function stateOf(version: KubernetesVersion): ClusterState {
  const state = readState(version);
  if (state === undefined) throw new Error('the cluster that was started here left no state.json');
  return state;
}

function processOf(version: KubernetesVersion, name: string): ProcessIdentity {
  const found = stateOf(version).processes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is not in state.json`);
  return found;
}

async function restart(version: KubernetesVersion, api: Api): Promise<void> {
  const old = processOf(version, 'kube-apiserver');
  const argv = readFileSync(`/proc/${String(old.pid)}/cmdline`, 'utf8')
    .split('\0')
    .slice(0, -1);
  await stopProcess(old, 0); // at once: asked politely it would wait for its watchers
  const folder = runFolder(version);
  const started = startDetached(old.name, argv, join(folder, 'logs', `${old.name}.log`), folder);
  const state = stateOf(version);
  writeState({ ...state, processes: state.processes.map((one) => (one.name === old.name ? started : one)) });
  await waitFor('the API server to be back', async () => {
    const answer = await api.request('GET', '/readyz').catch(() => undefined);
    return answer?.status === 200 ? true : undefined;
  });
}

async function main(): Promise<void> {
  const version = wantedKubernetesVersion();
  const say = (line: string): void => console.error(line);
  const cache = isolatedCache(version);
  process.env['KMAINT_TEST_CACHE'] = cache.folder;
  try {
    const cluster = await bringUp(version, say, { keep: false });
    const api = connect(cluster.kubeconfig);
    const folder = join(repositoryFolder, 'fixtures', 'api');
    mkdirSync(folder, { recursive: true });
    const scenario = await createScenario(api, { prefix: 'record', nodes: 2 });
    const record = recorderInto(folder, version, () => scenario.id);
    const etcd = `http://127.0.0.1:${String(stateOf(version).ports.etcdClient)}`;
    const controllerManagerPid = processOf(version, 'kube-controller-manager').pid;
    const restartApiServer = (): Promise<void> => restart(version, api);
    await recordings({ api, scenario, record, folder: cache.folder, etcd, controllerManagerPid, restartApiServer });
    api.close();
  } finally {
    await takeDown(version, say);
    cache.remove();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
