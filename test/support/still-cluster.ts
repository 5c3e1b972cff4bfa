/** A real API server whose controllers, scheduler and kubelets are halted: objects stay exactly as the test made them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bringUp, takeDown } from '../cluster/controlplane.ts';
import { isolatedCache } from '../cluster/isolated.ts';
import { isAlive, type ProcessIdentity } from '../cluster/processes.ts';
import { wantedKubernetesVersion } from '../cluster/versions.mts';
import { connect, type Api } from './api.ts';

export interface StillCluster {
  readonly api: Api;
  readonly kubeconfig: string;
  dispose(): Promise<void>;
}

/** Starts a control plane of its own and halts all of it but etcd and the API server. */
export async function createStillCluster(): Promise<StillCluster> {
  const version = wantedKubernetesVersion();
  const cache = isolatedCache(version);
  const formerCache = process.env['KMAINT_TEST_CACHE'];
  process.env['KMAINT_TEST_CACHE'] = cache.folder;
  const silent = (): void => {};
  const { kubeconfig } = await bringUp(version, silent, { keep: false });
  const text = readFileSync(join(cache.folder, `run-${version}`, 'state.json'), 'utf8');
  const { processes } = JSON.parse(text) as { processes: (ProcessIdentity & { name: string })[] };
  const halted = processes.filter(({ name }) => name !== 'etcd' && name !== 'kube-apiserver');
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    for (const one of halted) if (isAlive(one)) process.kill(one.pid, name);
  };
  signal('SIGSTOP');
  const api = connect(kubeconfig);
  return {
    api,
    kubeconfig,
    async dispose() {
      api.close();
      signal('SIGCONT');
      await takeDown(version, silent);
      cache.remove();
      if (formerCache === undefined) delete process.env['KMAINT_TEST_CACHE'];
      else process.env['KMAINT_TEST_CACHE'] = formerCache;
    },
  };
}
