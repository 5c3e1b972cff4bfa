// What is on disk about a running cluster: its processes, its ports, who is using it.

import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ports } from './components.ts';
import { isAlive, startTicksOf } from './processes.ts';
import type { ProcessIdentity } from './processes.ts';
import { runFolder } from './versions.mts';
import type { KubernetesVersion } from './versions.mts';

/** One cluster, as far as it has come up. */
export interface ClusterState {
  readonly version: KubernetesVersion;
  readonly ports: Ports;
  /** In start order. */
  readonly processes: readonly ProcessIdentity[];
  /** Started by hand: test runs leave it running. */
  readonly kept: boolean;
}

const stateFile = (version: KubernetesVersion): string => join(runFolder(version), 'state.json');
const usersFolder = (version: KubernetesVersion): string => join(runFolder(version), 'users');

/** The recorded cluster of this version, if any; it may have died meanwhile. */
export function readState(version: KubernetesVersion): ClusterState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(version), 'utf8')) as ClusterState;
  } catch {
    return undefined;
  }
}

/** Records a cluster. Written after each start, so that being killed half-way leaves nothing unknown behind. */
export function writeState(state: ClusterState): void {
  const file = stateFile(state.version);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Forgets a cluster and all it left on disk. */
export function removeRunFolder(version: KubernetesVersion): void {
  rmSync(runFolder(version), { recursive: true, force: true });
}

/** Notes that this process uses the cluster, so that no other test run takes it down meanwhile. */
export function addUser(version: KubernetesVersion): void {
  mkdirSync(usersFolder(version), { recursive: true });
  writeFileSync(join(usersFolder(version), String(process.pid)), startTicksOf(process.pid) ?? '');
}

/** Takes {@link addUser} back; returns how many other living processes still use the cluster. */
export function removeUser(version: KubernetesVersion): number {
  const folder = usersFolder(version);
  rmSync(join(folder, String(process.pid)), { force: true });
  try {
    return readdirSync(folder).filter((pid) =>
      isAlive({ pid: Number(pid), startTicks: readFileSync(join(folder, pid), 'utf8') }),
    ).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
