/** The drains that are timed: workloads, budgets, nodes, and the command lines. */
import type { Scenario } from '../support/scenario.ts';

export interface Case {
  readonly name: string;
  /** Nodes that are drained, and nodes that take their pods. */
  readonly from: number;
  readonly to: number;
  readonly pods: number;
  /** Evictions that have to wait for each other: the longest queue of a budget. */
  readonly queue: number;
  /** How many times as fast as kubectl; undefined: bounded by the floor instead. */
  readonly wantedRatio: number | undefined;
  /** At most this many times the floor. */
  readonly wantedFloor?: number;
  readonly kmaintFlags: readonly string[];
  setUp(scenario: Scenario): Promise<void>;
}

async function budgeted(scenario: Scenario, budgets: number, pods: number, disruptions: number): Promise<void> {
  const names = Array.from({ length: budgets }, (_, index) => `web-${String(index + 1)}`);
  await Promise.all(
    names.map(async (name) => {
      await scenario.deployment(name, pods);
      await scenario.budget(name, { maxUnavailable: disruptions });
    }),
  );
}

export const cases: readonly Case[] = [
  {
    name: '120 pods, no budget',
    from: 1,
    to: 1,
    pods: 120,
    queue: 1,
    wantedRatio: 11,
    kmaintFlags: [],
    setUp: async (scenario) => void (await scenario.deployment('web', 120)),
  },
  {
    name: '1 budget x 6 pods',
    from: 1,
    to: 1,
    pods: 6,
    queue: 6,
    wantedRatio: 4.3,
    kmaintFlags: [],
    setUp: (scenario) => budgeted(scenario, 1, 6, 1),
  },
  {
    name: '10 budgets x 5 pods',
    from: 1,
    to: 1,
    pods: 50,
    queue: 5,
    wantedRatio: 5.5,
    kmaintFlags: [],
    setUp: (scenario) => budgeted(scenario, 10, 5, 1),
  },
  {
    name: '30 budgets x 4 pods',
    from: 1,
    to: 1,
    pods: 120,
    queue: 4,
    wantedRatio: 10,
    kmaintFlags: [],
    setUp: (scenario) => budgeted(scenario, 30, 4, 1),
  },
  {
    name: '1 budget x 50 pods',
    from: 1,
    to: 1,
    pods: 50,
    queue: 50,
    wantedRatio: undefined,
    wantedFloor: 1.05,
    kmaintFlags: [],
    setUp: (scenario) => budgeted(scenario, 1, 50, 1),
  },
  {
    name: '20 nodes x 30 pods, 40 budgets of 2',
    from: 20,
    to: 5,
    pods: 600,
    queue: 8,
    wantedRatio: 9,
    kmaintFlags: ['--parallel=20'],
    setUp: (scenario) => budgeted(scenario, 40, 15, 2),
  },
];
