import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoard } from '../../src/capacity/board.ts';
import type { Question } from '../../src/capacity/tally.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { node, pod, room } from './room.ts';

const nodes = ['a', 'b', 'c'].map((zone, index) => node(`n${index}`, { labels: index === 2 ? {} : { zone } }));
const question = (livingOnly: boolean): Question => ({
  key: `app=x by zone ${String(livingOnly)}`,
  topologyKey: 'zone',
  means: ({ labels }) => labels['app'] === 'x',
  livingOnly,
});

const podArbitrary = fc.record({
  on: fc.nat({ max: 2 }),
  cpu: fc.nat({ max: 5 }),
  app: fc.constantFrom('x', 'y'),
  terminating: fc.boolean(),
  shy: fc.boolean(),
});

function podsOf(drawn: readonly { on: number; cpu: number; app: string; terminating: boolean; shy: boolean }[]): Pod[] {
  const term = { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'x' } } };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  return drawn.map(({ on, cpu, app, terminating, shy }, index) =>
    pod(`p${index}`, `n${on}`, {
      labels: { app },
      requests: { cpu },
      deletionTimestamp: terminating ? '2026-01-01T00:00:00Z' : undefined,
      scheduling: {
        affinity: shy ? affinity : undefined,
        hostPorts: shy ? [{ port: 80, protocol: 'TCP', hostIP: '0.0.0.0' }] : [],
      },
    }),
  );
}

/** All that can be read off a board, without zeros that only history explains. */
function facts(board: ReturnType<typeof createBoard>): unknown {
  const counts = (map: ReadonlyMap<string, number>): unknown =>
    Object.fromEntries([...map].filter(([, count]) => count !== 0));
  return {
    free: board.sites.map(({ free }) => free),
    ports: board.sites.map(({ ports }) => [...ports].filter(([, held]) => held.length > 0)),
    tallies: [true, false].map((livingOnly) => board.tally(question(livingOnly))).map((tally) => counts(tally.counts)),
    totals: [true, false].map((livingOnly) => board.tally(question(livingOnly)).total),
    avoidances: [...board.avoidances()].map((one) => counts(one.counts)).filter((one) => JSON.stringify(one) !== '{}'),
  };
}

describe('the board', () => {
  it('stands, after pods went and came, as if it had been set up so', () => {
    fc.assert(
      fc.property(
        fc.array(podArbitrary, { maxLength: 12 }),
        fc.array(fc.record({ which: fc.nat({ max: 11 }), to: fc.option(fc.nat({ max: 2 })) })),
        (drawn, moves) => {
          const pods = podsOf(drawn);
          const board = createBoard(room(nodes, pods), new Set());
          // Asked early, the tallies have to keep up.
          facts(board);
          const now = new Map(pods.map((one) => [one.uid, one]));
          for (const { which, to } of moves) {
            const one = pods[which];
            if (!one) continue;
            board.lift(one);
            now.delete(one.uid);
            const site = to === null ? undefined : board.sites[to];
            if (!site) continue;
            const moved = { ...one, nodeName: site.node.name };
            board.put(moved, site);
            now.set(one.uid, moved);
          }
          const fresh = createBoard(room(nodes, [...now.values()]), new Set());
          expect(facts(board)).toEqual(facts(fresh));
        },
      ),
    );
  });

  it('leaves out finished pods and pods of nodes that are not there', () => {
    const pods = [
      pod('done', 'n0', { requests: { cpu: 5 }, finished: true, phase: 'Failed' }),
      pod('lost', 'elsewhere', { requests: { cpu: 5 } }),
    ];
    const empty = facts(createBoard(room(nodes, []), new Set()));
    expect(facts(createBoard(room(nodes, pods), new Set()))).toEqual(empty);
  });

  it('has no second effect when a pod is lifted twice', () => {
    const one = pod('one', 'n0', { requests: { cpu: 5 } });
    const board = createBoard(room(nodes, [one]), new Set());
    board.lift(one);
    board.lift(one);
    expect(facts(board)).toEqual(facts(createBoard(room(nodes, []), new Set())));
  });
});
