// A node's own cgroups: one in each hierarchy of the host, entered by everything that runs in the node.

import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** One tree of cgroups, where the host has mounted it. */
export interface Hierarchy {
  readonly mountPoint: string;
  readonly kind: 'v1' | 'v2';
  /** What `mount -o` needs to mount this v1 tree again: its controllers, or `none,name=…`. */
  readonly mountOptions: string;
}

// What the kernel lists beside the controllers of a v1 tree.
const notControllers = /^(?:rw|ro|xattr|noprefix|clone_children|cpuset_v2_mode|release_agent=.*)$/;

/** The hierarchies in the text of a `/proc/PID/mountinfo`, each once. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const line of mountinfo.split('\n')) {
    const [place = '', source = ''] = line.split(' - ');
    const mountPoint = place.split(' ')[4] ?? '';
    const [type = '', , options = ''] = source.split(' ');
    if (type === 'cgroup2') found.set('v2', { mountPoint, kind: 'v2', mountOptions: '' });
    if (type !== 'cgroup') continue;
    const controllers = options
      .split(',')
      .filter((option) => !notControllers.test(option))
      .join(',');
    const mountOptions = controllers.startsWith('name=') ? `none,${controllers}` : controllers;
    if (!found.has(mountOptions)) found.set(mountOptions, { mountPoint, kind: 'v1', mountOptions });
  }
  return [...found.values()];
}

/** The host's hierarchies. */
export function hostHierarchies(): Hierarchy[] {
  return parseHierarchies(readFileSync('/proc/self/mountinfo', 'utf8'));
}

const groupName = (node: string): string => `kmaint-test-${node}`;

/** The folders of a node's cgroups, whether they exist or not. */
export function cgroupsOf(node: string, hierarchies: readonly Hierarchy[] = hostHierarchies()): string[] {
  return hierarchies.map(({ mountPoint }) => join(mountPoint, groupName(node)));
}

/** Creates a node's cgroups, so that processes can be put into them. */
export function createCgroups(node: string): void {
  for (const { mountPoint, mountOptions } of hostHierarchies()) {
    const folder = join(mountPoint, groupName(node));
    mkdirSync(folder, { recursive: true });
    if (mountOptions !== 'cpuset') continue;
    // A new cpuset is empty, and no process may enter an empty one.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      writeFileSync(join(folder, file), readFileSync(join(mountPoint, file), 'utf8'));
    }
  }
}

/** `FOLDER:OPTIONS` for each v1 hierarchy: what a node has to mount below its own `/sys/fs/cgroup`. */
export function v1Mounts(hierarchies: readonly Hierarchy[] = hostHierarchies()): string[] {
  return hierarchies
    .filter(({ kind }) => kind === 'v1')
    .map(({ mountPoint, mountOptions }) => `${basename(mountPoint)}:${mountOptions}`);
}

function tryRemove(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !tryRemove(join(folder, entry.name))) return false;
    }
    rmdirSync(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY' || code === 'ENOTEMPTY') return false;
    throw error;
  }
}

/**
 * Removes a node's cgroups with all below them; its processes must have ended.
 * @throws {Error} with the folder that stays busy
 */
export async function removeCgroups(node: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (const folder of cgroupsOf(node)) {
    // A killed process leaves its cgroup a moment after it is gone.
    while (!tryRemove(folder)) {
      if (Date.now() >= deadline) throw new Error(`${folder} is still in use: cat ${folder}/cgroup.procs`);
      await sleep(50);
    }
  }
}

/** An argv that enters cgroups first, then becomes the program. */
export function inGroups(groups: readonly string[], argv: readonly string[]): string[] {
  const join = `for group in ${groups.join(' ')}; do echo $$ >"$group/cgroup.procs" || exit 125; done; exec "$@"`;
  return ['sh', '-c', join, 'in-groups', ...argv];
}
