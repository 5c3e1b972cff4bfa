/** A world in which several runs want the same nodes. */
import type { Node } from '../../../src/cluster/node.ts';
import type { OwnershipOptions } from '../../../src/drain/options.ts';
import { holdAnnotation, type HoldRecord } from '../../../src/drain/ownership/annotations.ts';
import { takeNode, type Hold, type Taken } from '../../../src/drain/ownership/hold.ts';
import type { HoldContext } from '../../../src/drain/ownership/swap.ts';
import type { JournalEntry } from '../../../src/journal/journal.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../../support/world.ts';

export interface TestRun extends HoldContext {
  readonly entries: readonly JournalEntry[];
}

export function aRun(world: TestWorld, runId: string, options: Partial<OwnershipOptions> = {}): TestRun {
  const entries: JournalEntry[] = [];
  return {
    cluster: world.cluster,
    clock: world.clock,
    report: world.report,
    commandLine: world.commandLine,
    signal: world.signal,
    runId,
    holder: `${runId}@host`,
    options: { ...drainOptions().ownership, ...options },
    journal: { runId, write: async (entry) => void entries.push(entry) },
    leases: { usable: true },
    kuredLocks: [],
    entries,
  };
}

export function take(
  world: TestWorld,
  run: HoldContext,
  request: Parameters<typeof takeNode>[2] = { cordon: true },
): Promise<Taken> {
  return finish(world.clock, takeNode(run, stored(world), request));
}

export function stored(world: TestWorld): Node {
  return world.cluster.nodes.get('node1') as Node;
}

export function holdRecord(world: TestWorld): HoldRecord | undefined {
  const text = stored(world).annotations[holdAnnotation];
  return text === undefined ? undefined : (JSON.parse(text) as HoldRecord);
}

export function taken(result: Taken): Hold {
  if (result.kind !== 'taken') throw new Error(result.message);
  return result.hold;
}

/** Writes as the kubelet does: nothing that concerns us, but another resourceVersion. */
export function touch(world: TestWorld, change: Partial<Node> = {}): void {
  const node = stored(world);
  world.cluster.nodes.set('node1', { ...node, ...change, resourceVersion: `${node.resourceVersion}+` });
}

/** Somebody writes between our read and each of our next writes. */
export function disturbWrites(world: TestWorld, times: number, how: () => void = () => touch(world)): void {
  const { cluster } = world;
  const changeNode = cluster.changeNode.bind(cluster);
  let left = times;
  cluster.changeNode = (node, change, options) => {
    if (left > 0) {
      left -= 1;
      how();
    }
    return changeNode(node, change, options);
  };
}

export { aWorld, finish };
export type { TestWorld };
