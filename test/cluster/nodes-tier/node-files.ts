// The files that make a node of its own out of the host's root: name, hosts, container runtime, pod network.

import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serviceScript, serviceScriptPath } from './init-script.ts';
import type { NodePlan } from './shape.ts';

function containerdConfig(pauseReference: string): string {
  return `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseReference}"
  # Lowering the score of a process is refused to us here; what is refused is left as it is.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
`;
}

function podNetwork(podRange: string): object {
  const ipam = { type: 'host-local', ranges: [[{ subnet: podRange }]], routes: [{ dst: '0.0.0.0/0' }] };
  return { cniVersion: '0.4.0', name: 'kmaint', plugins: [{ type: 'ptp', ipMasq: false, ipam }] };
}

/** Path in the node → text. */
export function nodeFiles(node: NodePlan, all: readonly NodePlan[], pauseReference: string): Record<string, string> {
  const hosts = ['127.0.0.1 localhost', ...all.map(({ address, name }) => `${address} ${name}`)];
  return {
    '/etc/hostname': `${node.name}\n`,
    '/etc/hosts': `${hosts.join('\n')}\n`,
    '/etc/resolv.conf': '',
    '/etc/machine-id': `${randomBytes(16).toString('hex')}\n`,
    '/etc/containerd/config.toml': containerdConfig(pauseReference),
    [serviceScriptPath]: serviceScript,
    '/etc/cni/net.d/10-kmaint.conflist': `${JSON.stringify(podNetwork(node.podRange), null, 2)}\n`,
  };
}

/** Writes {@link nodeFiles} below a folder. */
export function stageFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
