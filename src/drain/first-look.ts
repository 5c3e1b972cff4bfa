/** Asks at once for all that a run has to know before it can tell what else to read. */
import { anySignal } from '../clock.ts';
import type { Node } from '../cluster/node.ts';
import { followBudgets } from './budget-watch.ts';
import { factsWanted } from './facts.ts';
import type { DrainOptions } from './options.ts';
import type { KuredLock } from './ownership/kured.ts';
import { lookForLeases, type LeaseMemory } from './ownership/node-lease.ts';
import { lockedByKured } from './preconditions.ts';
import { snapshotReader, type SnapshotReader } from './snapshot.ts';
import { resolveNodes } from './targets.ts';
import { Turns } from './turns.ts';
import type { World } from './world.ts';

export interface FirstLook {
  readonly nodes: readonly Node[];
  /** The queues of budgets, which a run that evicts follows from its beginning: its plan needs the same numbers. */
  readonly turns: Turns;
  readonly reader: SnapshotReader;
  readonly kuredLocks: readonly KuredLock[];
  readonly leases: LeaseMemory;
}

/**
 * One round of requests, whatever the number of nodes: none of them waits for another. What concerns a node that turns
 * out not to exist is dropped. Budgets are followed until `over` aborts.
 *
 * @throws what `resolveNodes` throws
 */
export async function firstLook(
  world: World,
  options: DrainOptions,
  signal: AbortSignal,
  over: AbortSignal,
): Promise<FirstLook> {
  const { cluster, prompt } = world;
  const { names, selector } = options.targets;
  const reader = snapshotReader(world, options.policy, options.chunkSize);
  if (selector === undefined) reader.expect(names, factsWanted(options, prompt.available), anySignal(signal, over));
  const [nodes, turns, kuredLocks, leases] = await Promise.all([
    resolveNodes({ cluster, signal }, options.targets, options.chunkSize),
    followedTurns(world, options, anySignal(signal, over)),
    lockedByKured(world, signal),
    lookForLeases({ cluster }, { signal }),
  ]);
  return { nodes, turns, reader, kuredLocks, leases };
}

async function followedTurns(world: World, options: DrainOptions, signal: AbortSignal): Promise<Turns> {
  const { cluster, clock, report } = world;
  const turns = new Turns(clock);
  const warn = (message: string): void => report.emit({ type: 'warning', message });
  const evicts = options.dryRun === 'none' && !options.policy.disableEviction;
  const context = { cluster, clock, turns, warn, chunkSize: options.chunkSize };
  if (evicts) await followBudgets(context, signal).synced;
  return turns;
}
