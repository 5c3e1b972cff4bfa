// The programs of the test cluster: which ones a version needs, where they are kept, whether they are there.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, etcdVersion, kwokVersion, newestKubernetesVersion, peerVersions } from './versions.mts';
import type { KubernetesVersion } from './versions.mts';

/** One program built from a pinned Go module. */
export interface Binary {
  /** As shown in progress lines, e.g. `kubernetes-1.36.3/kubectl`. */
  readonly name: string;
  /** Absolute path of the finished program. */
  readonly path: string;
  /** Folder below `test/cluster/modules` that pins the sources. */
  readonly module: string;
  /** Go package to build. */
  readonly goPackage: string;
  /** Values stamped in by the linker: without them everything reports v0.0.0 and version checks misfire. */
  readonly linkerFlags: string;
}

/** Programs of Kubernetes that the scale tier offers. */
const scaleTierCommands = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kubeadm',
] as const;
/** What the nodes tier adds to them. */
const nodesTierCommands = ['kubelet', 'kube-proxy'] as const;
type KubernetesCommand = (typeof scaleTierCommands)[number] | (typeof nodesTierCommands)[number];

function kubernetesBinary(version: KubernetesVersion, command: KubernetesCommand): Binary {
  const [major = '', minor = ''] = version.split('.');
  const stamps = [
    `k8s.io/component-base/version.gitVersion=v${version}`,
    `k8s.io/component-base/version.gitMajor=${major}`,
    `k8s.io/component-base/version.gitMinor=${minor}`,
    'k8s.io/component-base/version.gitTreeState=clean',
    `k8s.io/client-go/pkg/version.gitVersion=v${version}`,
  ];
  const name = `kubernetes-${version}/${command}`;
  return {
    name,
    path: join(cacheFolder(), name),
    module: `kubernetes-${version}`,
    goPackage: `k8s.io/kubernetes/cmd/${command}`,
    linkerFlags: stamps.map((stamp) => `-X ${stamp}`).join(' '),
  };
}

function otherBinary(folder: string, command: string, module: string, goPackage: string): Binary {
  const name = `${folder}/${command}`;
  return { name, path: join(cacheFolder(), name), module, goPackage, linkerFlags: '' };
}

/** Every program that the scale tier of this version needs, in the order in which they are built. */
export function scaleTierBinaries(version: KubernetesVersion): Binary[] {
  return [
    otherBinary(`etcd-${etcdVersion}`, 'etcd', 'etcd', 'go.etcd.io/etcd/server/v3'),
    otherBinary(`kwok-${kwokVersion}`, 'kwok', 'kwok', 'sigs.k8s.io/kwok/cmd/kwok'),
    ...scaleTierCommands.map((command) => kubernetesBinary(version, command)),
    // The oracle of kmaint's verdicts is always the newest: older ones differ in what they call a DaemonSet.
    ...(version === newestKubernetesVersion ? [] : [kubernetesBinary(newestKubernetesVersion, 'kubectl')]),
    otherBinary(`stern-${peerVersions.stern}`, 'stern', 'stern', 'github.com/stern/stern'),
    otherBinary(`kail-${peerVersions.kail}`, 'kail', 'kail', 'github.com/boz/kail/cmd/kail'),
  ];
}

/** The programs inside the test images. Built again when their sources change: their folder is named by a digest of them. */
export function imageProgram(command: 'app' | 'pause'): Binary {
  const module = 'image-programs';
  const source = readFileSync(new URL(`modules/${module}/${command}/main.go`, import.meta.url));
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 12);
  return otherBinary(`${module}-${digest}`, command, module, `./${command}`);
}

/** Every program that the nodes tier needs; no kwok, since its kubelets are real. */
export function nodesTierBinaries(version: KubernetesVersion): Binary[] {
  return [
    otherBinary(`etcd-${etcdVersion}`, 'etcd', 'etcd', 'go.etcd.io/etcd/server/v3'),
    otherBinary(`etcd-${etcdVersion}`, 'etcdctl', 'etcdctl', 'go.etcd.io/etcd/etcdctl/v3'),
    ...[...scaleTierCommands, ...nodesTierCommands].map((command) => kubernetesBinary(version, command)),
    imageProgram('app'),
    imageProgram('pause'),
  ];
}

/** Those that are not built yet. */
export function notBuilt(binaries: readonly Binary[]): Binary[] {
  return binaries.filter((binary) => !existsSync(binary.path));
}

/** Those of {@link scaleTierBinaries} that are not built yet. */
export function missingBinaries(version: KubernetesVersion): Binary[] {
  return notBuilt(scaleTierBinaries(version));
}

/** Absolute path of a program of either tier, e.g. `binaryPath('1.36.3', 'etcd')`. */
export function binaryPath(
  version: KubernetesVersion,
  command: KubernetesCommand | 'etcd' | 'etcdctl' | 'kwok',
): string {
  if (command === 'etcd' || command === 'etcdctl') return join(cacheFolder(), `etcd-${etcdVersion}`, command);
  if (command === 'kwok') return join(cacheFolder(), `kwok-${kwokVersion}`, 'kwok');
  return join(cacheFolder(), `kubernetes-${version}`, command);
}

/** Absolute path of another tool that the tests run beside kmaint. */
export function peerPath(peer: keyof typeof peerVersions): string {
  return join(cacheFolder(), `${peer}-${peerVersions[peer]}`, peer);
}

/** The kubectl to compare with and to apply fixtures with: the cluster's own version, else the newest, else none. */
export function kubectlPath(version: KubernetesVersion): string | undefined {
  return [binaryPath(version, 'kubectl'), binaryPath(newestKubernetesVersion, 'kubectl')].find((path) =>
    existsSync(path),
  );
}
