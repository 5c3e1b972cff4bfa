// Starts a node: its disk, its cgroups, its namespaces, its first process with the container runtime.

import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { binaryPath } from '../binaries.mts';
import { isAlive, startDetached, startTicksOf } from '../processes.ts';
import type { ProcessIdentity } from '../processes.ts';
import { imagesFolder, nodesFolder } from '../versions.mts';
import type { KubernetesVersion } from '../versions.mts';
import { cgroupsOf, createCgroups, inGroups, v1Mounts } from './cgroups.ts';
import { enter, nodePath, pathOnHost } from './enter.ts';
import type { LivingNode } from './enter.ts';
import { rootScript } from './init-script.ts';
import { stageFiles } from './node-files.ts';
import { runTool } from './tool.ts';

/** Sparse: it takes what the node writes. */
const diskBytes = 20 * 2 ** 30;

/** The disk image of a node, which the kernel names as long as it is mounted. */
export function diskOf(version: KubernetesVersion, name: string): string {
  return join(nodesFolder(version), name, 'disk.img');
}

const logOf = (version: KubernetesVersion, name: string): string => join(nodesFolder(version), 'logs', `${name}.log`);

async function makeDisk(file: string): Promise<void> {
  writeFileSync(file, '');
  truncateSync(file, diskBytes);
  // Nothing on it outlives the node: neither a journal nor tables prepared in advance are worth their time.
  await runTool(['mkfs.ext4', '-q', '-O', '^has_journal', '-E', 'lazy_itable_init=1,nodiscard', file]);
}

/**
 * Starts the process that holds a node; {@link findInit} is next.
 * @param files path in the node → text
 */
export async function startKeeper(
  version: KubernetesVersion,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<ProcessIdentity> {
  const folder = join(nodesFolder(version), name);
  const [point, staged] = [join(folder, 'disk'), join(folder, 'files')];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(point, { recursive: true });
  stageFiles(staged, files);
  await makeDisk(diskOf(version, name));
  createCgroups(name);
  const environment = {
    PATH: nodePath,
    HOME: '/root',
    NAME: name,
    DISK: diskOf(version, name),
    POINT: point,
    FILES: staged,
    PROGRAMS: dirname(binaryPath(version, 'kubeadm')),
    IMAGES: imagesFolder(version),
    CGROUPS: v1Mounts().join(' '),
  };
  const own = ['--net', '--mount', '--uts', '--ipc', '--cgroup', '--pid', '--fork', '--kill-child'];
  const variables = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
  const argv = ['unshare', ...own, '--', 'env', '-i', ...variables, 'sh', '-c', rootScript, 'init'];
  return startDetached(name, inGroups(cgroupsOf(name), argv), logOf(version, name), folder);
}

function failed(version: KubernetesVersion, name: string, what: string): Error {
  const file = logOf(version, name);
  const said = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : '';
  return new Error(`the node ${name} ${what}. ${file} says at the end:\n${said}`);
}

/** The first process of the node, as the host counts: the only child of the one that holds it. */
export async function findInit(version: KubernetesVersion, keeper: ProcessIdentity): Promise<ProcessIdentity> {
  const children = `/proc/${String(keeper.pid)}/task/${String(keeper.pid)}/children`;
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
    if (!isAlive(keeper)) throw failed(version, keeper.name, 'ended while it was starting');
    // The shell that enters the cgroups has no children of its own: the first child is the node's.
    const pid = Number(readFileSync(children, 'utf8').trim().split(' ')[0]);
    const startTicks = pid > 0 ? startTicksOf(pid) : undefined;
    if (startTicks !== undefined) return { name: keeper.name, pid, startTicks };
  }
  throw failed(version, keeper.name, 'has no first process after 10 s');
}

/** Waits until the node's root is in place and its container runtime listens. */
export async function waitForRuntime(version: KubernetesVersion, init: ProcessIdentity): Promise<void> {
  const node = { name: init.name, initPid: init.pid };
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) {
    if (existsSync(pathOnHost(node, '/run/node-is-up'))) return;
    if (!isAlive(init)) throw failed(version, init.name, 'ended while it was starting');
  }
  throw failed(version, init.name, 'has no container runtime after 30 s (cluster:in: /var/log/containerd.log)');
}

/** Hands the node its images: there is nowhere to pull them from. */
export async function importImages(node: LivingNode, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await enter(node, ['ctr', '--namespace', 'k8s.io', 'images', 'import', `/opt/images/${file}`]);
  }
}
