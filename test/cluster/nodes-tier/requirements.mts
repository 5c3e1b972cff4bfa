// Says whether real nodes can run on this machine; nothing is started or built by asking.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { nodesTierBinaries, notBuilt } from '../binaries.mts';
import { newestKubernetesVersion, wantedKubernetesVersion } from '../versions.mts';

/** Why there can be no real nodes here. */
export interface Obstacle {
  /** `missing` can be mended by installing something; the others are what they are. */
  readonly kind: 'rights' | 'version' | 'missing';
  readonly why: string;
}

/** Program → Debian package. */
const programs: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  ipset: 'ipset',
  conntrack: 'conntrack',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  'mkfs.ext4': 'e2fsprogs',
  '/usr/lib/cni/ptp': 'containernetworking-plugins',
};

function isProgram(name: string): boolean {
  const places = name.startsWith('/') ? [''] : [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return places.some((place) => {
    try {
      accessSync(join(place, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The Debian packages that are not installed, of those that real nodes need. */
export function missingPackages(): string[] {
  return [
    ...new Set(Object.entries(programs).flatMap(([name, packageName]) => (isProgram(name) ? [] : [packageName]))),
  ];
}

function rightsMissing(): string | undefined {
  if (process.platform !== 'linux') return `they are Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'they need root, for namespaces, mounts and cgroups';
  if (!existsSync('/dev/loop-control')) return 'there are no loop devices (/dev/loop-control)';
  if (!/ - cgroup \S+ \S*\bmemory\b/.test(readFileSync('/proc/self/mountinfo', 'utf8'))) {
    return 'they are made for cgroup v1, and this host has its memory controller elsewhere (cat /proc/self/mountinfo)';
  }
  const own = ['--net', '--mount', '--uts', '--ipc', '--cgroup', '--pid', '--fork', 'true'];
  if (isProgram('unshare') && spawnSync('unshare', own, { stdio: 'ignore' }).status !== 0) {
    return 'this root may not make namespaces (unshare --net --mount … true fails)';
  }
  return undefined;
}

/** Why there can be no real nodes here, or undefined when there can. */
export function nodesTierObstacle(): Obstacle | undefined {
  const version = wantedKubernetesVersion();
  if (version !== newestKubernetesVersion) {
    return { kind: 'version', why: `they are made for Kubernetes ${newestKubernetesVersion}, not ${version}` };
  }
  const rights = rightsMissing();
  if (rights !== undefined) return { kind: 'rights', why: rights };
  const packages = missingPackages();
  if (packages.length > 0) {
    const why = `packages are missing; run: apt-get install --no-install-recommends ${packages.join(' ')}`;
    return { kind: 'missing', why };
  }
  const toBuild = notBuilt(nodesTierBinaries(version)).map(({ name }) => name);
  if (toBuild.length > 0 && spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) {
    return { kind: 'missing', why: `Go is not installed, and these are not built yet: ${toBuild.join(', ')}` };
  }
  return undefined;
}
