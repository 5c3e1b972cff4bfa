// Vitest's global setup: one control plane for all test files of a run.

import type { TestProject } from 'vitest/node';
import { connect } from '../support/api.ts';
import { kubectlPath } from './binaries.mts';
import { buildMissing } from './compile.ts';
import { bringUp, takeDown } from './controlplane.ts';
import { assertTestCluster } from './foreign.ts';
import { addUser, readState, removeUser } from './state.ts';
import { clusterTierAvailable } from './tier.mts';
import { wantedKubernetesVersion } from './versions.mts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether there is a control plane; where it is left out the other values are empty. */
    tier: 'up' | 'left out';
    /** Path of an administrator's kubeconfig. */
    kubeconfig: string;
    /** Path of a kubectl of the server's version, or whatever `kubectl` the PATH has. */
    kubectl: string;
    /** The server's version, e.g. `v1.36.3`. */
    kubernetesVersion: string;
    /** Folder for `issueCertificate`; empty on a cluster that is not ours. */
    certificateFolder: string;
  }
}

const say = (line: string): void => {
  process.stderr.write(`[cluster] ${line}\n`);
};

async function useGivenCluster(project: TestProject, kubeconfig: string): Promise<void> {
  const api = connect(kubeconfig);
  await assertTestCluster(api);
  const { gitVersion: serverVersion } = await api.get<{ gitVersion: string }>('/version');
  api.close();
  say(`using the cluster of KMAINT_TEST_KUBECONFIG, Kubernetes ${serverVersion}`);
  project.provide('tier', 'up');
  project.provide('kubeconfig', kubeconfig);
  project.provide('kubectl', kubectlPath(wantedKubernetesVersion()) ?? 'kubectl');
  project.provide('kubernetesVersion', serverVersion);
  project.provide('certificateFolder', '');
}

function leaveOut(project: TestProject): void {
  project.provide('tier', 'left out');
  for (const key of ['kubeconfig', 'kubectl', 'kubernetesVersion', 'certificateFolder'] as const)
    project.provide(key, '');
}

/** Brings the cluster up; the function returned takes it down again when nobody else needs it. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['KMAINT_TEST_KUBECONFIG'] ?? '';
  if (given !== '') {
    await useGivenCluster(project, given);
    return undefined;
  }
  if (!clusterTierAvailable()) {
    leaveOut(project);
    return undefined;
  }
  const version = wantedKubernetesVersion();
  await buildMissing(version, say);
  const startedMs = Date.now();
  const keep = process.env['KMAINT_TEST_KEEP'] === '1';
  const cluster = await bringUp(version, say, { keep, onUp: () => addUser(version) });
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  say(cluster.reused ? `Kubernetes ${version} was up already` : `Kubernetes ${version} is up (${seconds} s)`);
  project.provide('tier', 'up');
  project.provide('kubeconfig', cluster.kubeconfig);
  project.provide('kubectl', kubectlPath(version) ?? 'kubectl');
  project.provide('kubernetesVersion', `v${version}`);
  project.provide('certificateFolder', cluster.certificateFolder);
  return async () => {
    // Asked under the lock: another run may have begun to use this cluster, or somebody may have claimed it by hand.
    await takeDown(version, say, () => removeUser(version) === 0 && readState(version)?.kept !== true);
  };
}
