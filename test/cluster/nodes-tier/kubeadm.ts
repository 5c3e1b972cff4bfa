// Runs kubeadm in the nodes: the first control plane is initialised, everybody else joins it.

import { X509Certificate, createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { enter, pathOnHost, readNodeFile } from './enter.ts';
import type { LivingNode } from './enter.ts';
import { initConfig, joinConfig, yamlDocuments } from './kubeadm-config.ts';
import type { ClusterSecrets } from './kubeadm-config.ts';
import type { NodePlan } from './shape.ts';
import { stageFiles } from './node-files.ts';

const configFile = '/etc/kmaint-test/kubeadm.yaml';
// What preflight misses here (swap, systemd, images by digest) does not stop a node from working.
const preflight = '--ignore-preflight-errors=all';

function giveConfig(node: LivingNode, objects: readonly object[]): void {
  stageFiles(pathOnHost(node, '/'), { [configFile]: yamlDocuments(objects) });
}

/** Runs kubeadm; a failure is told with what the kubelet said last, since that is where the reason is more often than not. */
async function runKubeadm(node: LivingNode, args: readonly string[]): Promise<void> {
  try {
    await enter(node, ['kubeadm', ...args, '--config', configFile, preflight]);
  } catch (error) {
    const log = '/var/log/kubelet.log';
    const said = existsSync(pathOnHost(node, log)) ? readNodeFile(node, log).trimEnd() : 'nothing';
    const end = said.split('\n').slice(-12).join('\n');
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\n${log} there says at the end:\n${end}`,
      {
        cause: error,
      },
    );
  }
}

/** `kubeadm init` on the first control plane. */
export async function initialise(
  version: string,
  plan: NodePlan,
  node: LivingNode,
  options: { readonly secrets: ClusterSecrets; readonly severalControlPlanes: boolean },
): Promise<void> {
  giveConfig(node, initConfig(version, plan, options.secrets));
  const upload = options.severalControlPlanes ? ['--upload-certs'] : [];
  // No CoreDNS: it would need an image, and nobody here looks up a name.
  await runKubeadm(node, ['init', '--skip-phases=addon/coredns', ...upload]);
}

/** The digest by which joining nodes recognise the cluster. */
function authorityHash(first: LivingNode): string {
  const { publicKey } = new X509Certificate(readNodeFile(first, '/etc/kubernetes/pki/ca.crt'));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

/** `kubeadm join` on any other node. */
export async function joinCluster(
  first: { readonly plan: NodePlan; readonly node: LivingNode },
  plan: NodePlan,
  node: LivingNode,
  secrets: ClusterSecrets,
): Promise<void> {
  giveConfig(node, joinConfig(first.plan, plan, secrets, authorityHash(first.node)));
  await runKubeadm(node, ['join']);
}
