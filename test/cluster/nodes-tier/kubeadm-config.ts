// The configuration files of kubeadm, as objects: one for the first control plane, one for whoever joins.

import { imageRepository } from './images.ts';
import { serviceRange } from './shape.ts';
import type { NodePlan } from './shape.ts';

/** What the nodes of one cluster share. */
export interface ClusterSecrets {
  /** A bootstrap token. */
  readonly token: string;
  /** 32 bytes in hex: seals the certificates that further control planes fetch. */
  readonly certificateKey: string;
}

const kubeadm = 'kubeadm.k8s.io/v1beta4';
const criSocket = 'unix:///run/containerd/containerd.sock';

function registration({ name, address }: NodePlan): object {
  const kubeletExtraArgs = [{ name: 'node-ip', value: address }];
  return { name, criSocket, imagePullPolicy: 'Never', kubeletExtraArgs };
}

const kubelet = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  failCgroupV1: false,
  cgroupDriver: 'cgroupfs',
  cgroupsPerQOS: false,
  enforceNodeAllocatable: ['none'],
  failSwapOn: false,
  resolvConf: '',
  enableSystemLogHandler: true,
  enableSystemLogQuery: true,
};

const kubeProxy = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  // That sysctl belongs to the host and cannot be written in a node.
  conntrack: { maxPerCore: 0, min: 0 },
};

/** For `kubeadm init`. */
export function initConfig(version: string, first: NodePlan, secrets: ClusterSecrets): object[] {
  return [
    {
      apiVersion: kubeadm,
      kind: 'InitConfiguration',
      bootstrapTokens: [{ token: secrets.token, ttl: '24h0m0s' }],
      certificateKey: secrets.certificateKey,
      localAPIEndpoint: { advertiseAddress: first.address, bindPort: 6443 },
      nodeRegistration: registration(first),
    },
    {
      apiVersion: kubeadm,
      kind: 'ClusterConfiguration',
      kubernetesVersion: `v${version}`,
      imageRepository,
      controlPlaneEndpoint: `${first.address}:6443`,
      networking: { serviceSubnet: serviceRange },
      etcd: { local: { extraArgs: [{ name: 'unsafe-no-fsync', value: 'true' }] } },
    },
    kubelet,
    kubeProxy,
  ];
}

/**
 * For `kubeadm join`.
 * @param authorityHash `sha256:` and the digest of the authority's public key
 */
export function joinConfig(first: NodePlan, node: NodePlan, secrets: ClusterSecrets, authorityHash: string): object[] {
  const localAPIEndpoint = { advertiseAddress: node.address, bindPort: 6443 };
  return [
    {
      apiVersion: kubeadm,
      kind: 'JoinConfiguration',
      discovery: {
        bootstrapToken: {
          token: secrets.token,
          apiServerEndpoint: `${first.address}:6443`,
          caCertHashes: [authorityHash],
        },
      },
      nodeRegistration: registration(node),
      ...(node.role === 'control plane'
        ? { controlPlane: { localAPIEndpoint, certificateKey: secrets.certificateKey } }
        : {}),
    },
  ];
}

/** Several objects in one file; JSON is YAML too. */
export function yamlDocuments(objects: readonly object[]): string {
  return objects.map((object) => `${JSON.stringify(object, null, 2)}\n`).join('---\n');
}
