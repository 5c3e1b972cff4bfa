// Which versions the test cluster is made of, with the folders they are kept in.

import { join, resolve } from 'node:path';

/** The repository's root: scripts and tests run from anywhere below it. */
export const repositoryFolder = resolve(import.meta.dirname, '..', '..');

/** The Kubernetes versions that a test cluster can be built from (modules/kubernetes-VERSION), newest first. */
export const kubernetesVersions = ['1.36.3', '1.30.4'] as const;
export type KubernetesVersion = (typeof kubernetesVersions)[number];

export const newestKubernetesVersion: KubernetesVersion = kubernetesVersions[0];
export const etcdVersion = '3.6.8';
export const kwokVersion = '0.8.0';
/** Tools that tail logs, which have to work on the playground as they do on any cluster. */
export const peerVersions = { stern: '1.34.0', kail: '0.17.4' } as const;

/**
 * The Kubernetes version that the tests run on: `KMAINT_TEST_KUBERNETES`, else the newest.
 * @throws {Error} when the variable names a version that has no module here
 */
export function wantedKubernetesVersion(): KubernetesVersion {
  const wanted = process.env['KMAINT_TEST_KUBERNETES'] ?? '';
  if (wanted === '') return newestKubernetesVersion;
  const found = kubernetesVersions.find((version) => version === wanted.replace(/^v/, ''));
  if (found === undefined) {
    throw new Error(
      `KMAINT_TEST_KUBERNETES=${wanted}: no such version here. The test cluster can be built from ${kubernetesVersions.join(', ')}.`,
    );
  }
  return found;
}

/** Where binaries and running clusters are kept: `KMAINT_TEST_CACHE`, else `.cache/cluster` in the repository; absolute. */
export function cacheFolder(): string {
  const configured = process.env['KMAINT_TEST_CACHE'] ?? '';
  return configured === '' ? join(repositoryFolder, '.cache', 'cluster') : resolve(configured);
}

/** The folder of one running cluster: pids, ports, certificates, kubeconfig, logs. One per Kubernetes version. */
export function runFolder(version: KubernetesVersion): string {
  return join(cacheFolder(), `run-${version}`);
}

/** The folder of a running nodes tier: state, disks, kubeconfig, logs. */
export function nodesFolder(version: KubernetesVersion): string {
  return join(cacheFolder(), `nodes-${version}`);
}

/** Where the container images of the nodes tier are kept, ready to import. */
export function imagesFolder(version: KubernetesVersion): string {
  return join(cacheFolder(), `images-${version}`);
}
