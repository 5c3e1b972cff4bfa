import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod } from '../../src/cluster/pod.ts';
import { proposeMoves, proposeMovesTo, type Move } from '../../src/capacity/rebalance.ts';
import { aVolume } from '../support/objects.ts';
import { claimOf, node, pod, room, volume } from './room.ts';

const back = node('back');
const nodes = [back, node('n1'), node('n2')];

/** `count` pods of the ReplicaSet `web` on each node that is named. */
function webs(counts: Record<string, number>, differences: Parameters<typeof pod>[2] = {}): Pod[] {
  return Object.entries(counts).flatMap(([name, count]) =>
    Array.from({ length: count }, (_, index) => pod(`web-${name}-${index}`, name, differences)),
  );
}

const texts = (moves: readonly Move[]): string[] =>
  moves.map(({ pod: { name }, from, to }) => `${name}: ${from} > ${to}`);
const proposed = (pods: readonly Pod[], target = back): string[] => texts(proposeMoves(room(nodes, pods), target));

describe('moves to a node that is back', () => {
  it('take from the fullest node until the spread is even, and say why', () => {
    const moves = proposeMoves(room(nodes, webs({ n1: 4, n2: 2 })), back);
    expect(texts(moves)).toEqual(['web-n1-0: n1 > back', 'web-n1-1: n1 > back']);
    expect(moves[0]).toMatchObject({
      workload: 'ReplicaSet shop/web',
      why: 'ReplicaSet web has 4 there and 0 here',
    });
    expect(moves[1]?.why).toBe('ReplicaSet web has 3 there and 1 here by then');
  });

  it('leave alone what is even within one', () => {
    expect(proposed(webs({ n1: 1, n2: 1 }))).toEqual([]);
    expect(proposed(webs({ n1: 2, n2: 2, back: 1 }))).toEqual([]);
  });

  it('prefer the youngest pod', () => {
    const old = webs({ n1: 2 });
    const young = pod('web-young', 'n1', { creationTimestamp: '2026-02-01T00:00:00Z' });
    expect(proposed([...old, young])).toEqual(['web-young: n1 > back']);
  });

  it.each([
    ['a DaemonSet', { controller: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'web', uid: 'u' } }],
    ['a Job', { controller: { apiVersion: 'batch/v1', kind: 'Job', name: 'web', uid: 'u' } }],
    [
      'a ReplicaSet of somebody else',
      { controller: { apiVersion: 'x.io/v1', kind: 'ReplicaSet', name: 'w', uid: 'u' } },
    ],
    ['nobody', { controller: undefined }],
  ])('are for controllers that replace pods: not for %s', (_, differences) => {
    expect(proposed(webs({ n1: 3 }, differences))).toEqual([]);
  });

  it.each(['StatefulSet', 'ReplicaSet'])('are for a %s', (kind) => {
    expect(
      proposed(webs({ n1: 2 }, { controller: { apiVersion: 'apps/v1', kind, name: 'w', uid: 'u' } })),
    ).toHaveLength(1);
  });

  it.each([
    ['with an emptyDir', { volumes: [aVolume('emptyDir')] }],
    ['with an emptyDir in memory', { volumes: [aVolume('emptyDir', true)] }],
    ['with a hostPath', { volumes: [aVolume('hostPath')] }],
    ['with an ephemeral volume', { volumes: [aVolume('ephemeral')] }],
    ['with a claim that nobody could read', { volumes: [claimOf('unread')] }],
    ['with a local volume', { volumes: [claimOf('local')] }],
    ['of another scheduler', { scheduling: { schedulerName: 'volcano' } }],
    ['with devices', { scheduling: { resourceClaims: ['gpu'] } }],
    ['that opted out', { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } }],
    ['that is finished', { finished: true, phase: 'Succeeded' as const }],
    ['that does not match the node', { scheduling: { nodeSelector: { disk: 'ssd' } } }],
    ['that is too large for it', { requests: { cpu: 5000 } }],
  ])('do not take a pod %s', (_, differences) => {
    const volumes = new Map([['shop/local', volume('pv-1', { local: true })]]);
    expect(proposeMoves(room(nodes, webs({ n1: 3 }, differences), volumes), back)).toEqual([]);
  });

  it('take a pod whose volume the node reaches', () => {
    const volumes = new Map([['shop/data', volume('pv-1')]]);
    expect(proposeMoves(room(nodes, webs({ n1: 2 }, { volumes: [claimOf('data')] }), volumes), back)).toHaveLength(1);
  });

  it.each([
    ['unready', { ready: false }],
    ['terminating', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
    ['waiting for a node', { nodeName: '', ready: false }],
  ])('wait for a controller with a pod that is %s', (_, differences) => {
    const odd = { ...pod('web-odd', 'n2'), ...differences };
    expect(proposed([...webs({ n1: 4 }), odd])).toEqual([]);
  });

  it.each([
    ['cordoned', { unschedulable: true }],
    ['not Ready', { ready: 'False' as const }],
    ['being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
  ])('are none to a node that is %s', (_, differences) => {
    const target = node('back', differences);
    expect(proposeMoves(room([target, ...nodes.slice(1)], webs({ n1: 4 })), target)).toEqual([]);
  });

  it('look past the taint of a cordon that is over', () => {
    const taints = [{ key: 'node.kubernetes.io/unschedulable', value: undefined, effect: 'NoSchedule' }];
    const target = node('back', { taints });
    expect(proposeMoves(room([target, ...nodes.slice(1)], webs({ n1: 2 })), target)).toHaveLength(1);
  });

  it('stop where the node is full', () => {
    const small = node('back', { allocatable: { cpu: 1000, pods: 2000 } });
    const moves = proposeMoves(room([small, node('n1')], webs({ n1: 9 }, { requests: { cpu: 300 } })), small);
    expect(moves).toHaveLength(2);
  });

  it('share out among several nodes, no pod twice', () => {
    const second = node('second');
    const moves = proposeMovesTo(room([back, second, node('n1')], webs({ n1: 6 })), [back, second]);
    expect(moves.map(({ to }) => to).toSorted()).toEqual(['back', 'back', 'second', 'second']);
    expect(new Set(moves.map(({ pod: { uid } }) => uid)).size).toBe(4);
  });

  it('never widen a spread, whatever it was, and do not depend on the order of pods', () => {
    const count = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(fc.record({ back: count, n1: count, n2: count }), (counts) => {
        const pods = webs(counts);
        const moves = proposeMoves(room(nodes, pods), back);
        const after = { ...counts };
        for (const { from, to } of moves) {
          after[from as keyof typeof after] -= 1;
          after[to as keyof typeof after] += 1;
        }
        const skew = (of: typeof counts): number => Math.max(...Object.values(of)) - Math.min(...Object.values(of));
        expect(skew(after)).toBeLessThanOrEqual(skew(counts));
        expect(Math.max(after.n1, after.n2) - after.back).toBeLessThanOrEqual(
          Math.max(1, Math.max(counts.n1, counts.n2) - counts.back),
        );
        if (moves.length > 0) expect(Math.max(after.n1, after.n2) - after.back).toBeLessThan(2);
        expect(texts(proposeMoves(room(nodes.toReversed(), pods.toReversed()), back))).toEqual(texts(moves));
      }),
    );
  });
});
