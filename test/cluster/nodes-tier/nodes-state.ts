// What is on disk about running nodes: which there are to be, and the processes that each consists of.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../processes.ts';
import type { ProcessIdentity } from '../processes.ts';
import { cacheFolder, nodesFolder } from '../versions.mts';
import type { KubernetesVersion } from '../versions.mts';
import type { LivingNode } from './enter.ts';
import type { NodePlan } from './shape.ts';

/** One cluster of real nodes, as far as it has come up. */
export interface NodesState {
  readonly version: KubernetesVersion;
  readonly nodes: readonly NodePlan[];
  /** Holds the bridge. */
  readonly bridge?: ProcessIdentity;
  /** By node: the process on the host that holds the node. */
  readonly keepers: Readonly<Record<string, ProcessIdentity>>;
  /** By node: its first process. */
  readonly inits: Readonly<Record<string, ProcessIdentity>>;
  /** All has come up. */
  readonly whole: boolean;
}

const stateFile = (version: KubernetesVersion): string => join(nodesFolder(version), 'state.json');

/** The recorded nodes of this version, if any; they may have died meanwhile. */
export function readNodesState(version: KubernetesVersion): NodesState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(version), 'utf8')) as NodesState;
  } catch {
    return undefined;
  }
}

/** Records nodes. Written after each start, so that being killed half-way leaves nothing unknown behind. */
export function writeNodesState(state: NodesState): void {
  const file = stateFile(state.version);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** There is one cluster of real nodes on a machine at most: this file says in which cache folder. */
const placeFile = '/run/kmaint-test-nodes.place';

/** Notes that the nodes on this machine are those of our cache folder. */
export function notePlace(): void {
  writeFileSync(placeFile, `${cacheFolder()}\n`);
}

/** Takes {@link notePlace} back, unless it speaks of somebody else's. */
export function forgetPlace(): void {
  if (notedPlace() === cacheFolder()) rmSync(placeFile, { force: true });
}

/** The cache folder of the nodes on this machine, as far as is known. */
export function notedPlace(): string | undefined {
  try {
    return readFileSync(placeFile, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Every process of the nodes that the host keeps, living or not. */
export function processesOf({ bridge, keepers, inits }: NodesState): ProcessIdentity[] {
  return [...(bridge === undefined ? [] : [bridge]), ...Object.values(inits), ...Object.values(keepers)];
}

/**
 * A node to enter.
 * @throws {Error} when it does not run
 */
export function livingNode(version: KubernetesVersion, name: string): LivingNode {
  const state = readNodesState(version);
  const init = state?.inits[name];
  if (init !== undefined && isAlive(init)) return { name, initPid: init.pid };
  const names = (state?.nodes ?? []).map((node) => node.name);
  throw new Error(
    names.length === 0
      ? 'there are no real nodes. Start some: npm run cluster:up -- --nodes 1 --control-planes 1'
      : `no node called ${name} is running; there are to be: ${names.join(', ')}. Start them again: npm run cluster:up`,
  );
}
