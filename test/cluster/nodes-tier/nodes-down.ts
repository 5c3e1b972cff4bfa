// Takes real nodes down, whatever state they are in, and proves that the host is as it was before.

import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../lock.ts';
import { isAlive, stopProcess } from '../processes.ts';
import type { ProcessIdentity } from '../processes.ts';
import { cacheFolder, nodesFolder } from '../versions.mts';
import type { KubernetesVersion } from '../versions.mts';
import { removeCgroups } from './cgroups.ts';
import { removeHostLink } from './network.ts';
import { diskOf } from './node-root.ts';
import { forgetPlace, notedPlace, readNodesState } from './nodes-state.ts';
import type { NodesState } from './nodes-state.ts';

/** The files behind the loop devices of this machine. */
function loopFiles(): string[] {
  return readdirSync('/sys/block').flatMap((device) => {
    try {
      return [readFileSync(join('/sys/block', device, 'loop/backing_file'), 'utf8').trim()];
    } catch {
      return []; // no loop device, or one that is free
    }
  });
}

/** The kernel lets go of a disk a moment after the last process of its mount namespace has gone. */
async function waitForDisks(disks: readonly string[]): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const busy = loopFiles().filter((file) => disks.includes(file));
    if (busy.length === 0) return;
    if (Date.now() >= deadline) throw new Error(`still on a loop device: ${busy.join(', ')}. See: losetup --all`);
    await sleep(50);
  }
}

async function stopAll(processes: readonly ProcessIdentity[], graceMs: number): Promise<void> {
  await Promise.all(processes.filter(isAlive).map((one) => stopProcess(one, graceMs)));
}

/** Only for the nodes that are on this machine now: link and cgroups of the next ones have the same names. */
async function stopOurs({ version, nodes, inits, keepers, bridge }: NodesState): Promise<void> {
  // With its first process a PID namespace ends, and with the last process its mounts and links: no grace helps.
  await stopAll(Object.values(inits), 0);
  // Given a moment, a keeper collects its dead child and ends by itself.
  await stopAll(Object.values(keepers), 2000);
  if (bridge !== undefined) await stopAll([bridge], 0);
  for (const { name } of nodes) await removeCgroups(name);
  if (bridge !== undefined) await removeHostLink();
  await waitForDisks(nodes.map(({ name }) => diskOf(version, name)));
  for (const { name } of nodes) rmSync(join(nodesFolder(version), name), { recursive: true, force: true });
  forgetPlace();
}

/**
 * Stops every node of this version and forgets them: processes, namespaces, mounts, disks, links, cgroups.
 * @param keepLogs leaves the folder, for reading why a start failed
 * @returns how many nodes were running
 * @throws {Error} with what would not go
 */
export async function stopNodes(version: KubernetesVersion, keepLogs = false): Promise<number> {
  const state = readNodesState(version);
  if (state === undefined) return 0;
  const running = Object.values(state.keepers).filter(isAlive).length;
  if (notedPlace() === cacheFolder()) await stopOurs(state);
  if (!keepLogs) rmSync(nodesFolder(version), { recursive: true, force: true });
  return running;
}

/** One start or stop of real nodes at a time on this machine: link, addresses and cgroups are the machine's, not the cache folder's. */
export function lockNodes<T>(say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const onWait = (pid: number): void =>
    say(`process ${String(pid)} is starting or stopping these nodes; waiting for it`);
  return withLock('/run/kmaint-test-nodes.lock', 180_000, onWait, work);
}

/**
 * {@link stopNodes}, when nobody else is at work on them.
 * @returns how many nodes were running
 */
export async function takeDownNodes(version: KubernetesVersion, say: (line: string) => void): Promise<number> {
  // Asked first: without root there is no lock to take, and no node to stop.
  if (readNodesState(version) === undefined) return 0;
  return await lockNodes(say, () => stopNodes(version));
}
