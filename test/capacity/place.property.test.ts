import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod, PodScheduling } from '../../src/cluster/pod.ts';
import { placePods } from '../../src/capacity/place.ts';
import type { Placement, Room } from '../../src/capacity/placement.ts';
import { node, pod } from './room.ts';

const nodeArbitrary = fc.record({
  unschedulable: fc.boolean(),
  ready: fc.constantFrom('True' as const, 'True' as const, 'False' as const, 'Unknown' as const),
  cpu: fc.integer({ min: 0, max: 20 }),
  pods: fc.integer({ min: 0, max: 8 }),
  zone: fc.constantFrom('a', 'b', 'c', undefined),
  tainted: fc.boolean(),
});

const podArbitrary = fc.record({
  on: fc.nat({ max: 5 }),
  cpu: fc.integer({ min: 0, max: 9 }),
  memory: fc.integer({ min: 0, max: 9 }),
  priority: fc.constantFrom(0, 0, 10),
  app: fc.constantFrom('a', 'b', 'c'),
  tolerant: fc.boolean(),
  port: fc.boolean(),
  rule: fc.constantFrom('none', 'none', 'apart', 'together', 'spread'),
  terminating: fc.boolean(),
});

function schedulingOf(rule: string, app: string): Partial<PodScheduling> {
  const labelSelector = { matchLabels: { app } };
  const required = {
    requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector }],
  };
  switch (rule) {
    case 'apart':
      return { affinity: { podAntiAffinity: required } };
    case 'together':
      return { affinity: { podAffinity: required } };
    case 'spread':
      return {
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector },
        ],
      };
    default:
      return {};
  }
}

interface Case {
  readonly room: Room;
  readonly draining: ReadonlySet<string>;
  readonly leaving: readonly Pod[];
  readonly placements: ReadonlyMap<string, Placement>;
}

const caseArbitrary = fc
  .record({
    nodes: fc.array(nodeArbitrary, { minLength: 1, maxLength: 6 }),
    pods: fc.array(podArbitrary, { maxLength: 25 }),
    draining: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ nodes: rawNodes, pods: rawPods, draining: count }): Case => {
    const nodes = rawNodes.map(({ unschedulable, ready, cpu, pods, zone, tainted }, index) =>
      node(`n${index}`, {
        unschedulable,
        ready,
        allocatable: { cpu, memory: 20, pods: pods * 1000 },
        labels: zone === undefined ? {} : { zone },
        taints: tainted ? [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] : [],
      }),
    );
    const pods = rawPods.map(({ on, cpu, memory, priority, app, tolerant, port, rule, terminating }, index) =>
      pod(`p${index}`, `n${on % nodes.length}`, {
        priority,
        labels: { app },
        requests: { cpu, memory },
        tolerations: tolerant ? [{ key: 'gpu', operator: 'Exists', value: undefined, effect: undefined }] : [],
        deletionTimestamp: terminating && on % nodes.length >= count ? '2026-01-01T00:00:00Z' : undefined,
        scheduling: {
          ...schedulingOf(rule, app),
          hostPorts: port ? [{ port: 80, protocol: 'TCP', hostIP: '0.0.0.0' }] : [],
        },
      }),
    );
    const draining = new Set(nodes.slice(0, count).map(({ name }) => name));
    const leaving = pods.filter(({ nodeName }) => draining.has(nodeName));
    const room = { nodes, pods, volumes: new Map() };
    return { room, draining, leaving, placements: placePods(room, draining, leaving) };
  });

/** The pods that found a place, with the node they would be on. */
function moved({ leaving, placements }: Case): Pod[] {
  return leaving.flatMap((leaver) => {
    const placement = placements.get(leaver.uid);
    return placement?.verdict === 'fits' ? [{ ...leaver, nodeName: placement.node }] : [];
  });
}

function after(one: Case): Pod[] {
  return [...one.room.pods.filter(({ uid }) => !one.placements.has(uid)), ...moved(one)];
}

const receiving = (one: Case): Node[] =>
  one.room.nodes.filter(({ name }) => moved(one).some(({ nodeName }) => nodeName === name));

describe('placements of any room', () => {
  it('answer for each leaving pod, and for no other', () => {
    fc.assert(
      fc.property(caseArbitrary, ({ leaving, placements }) => {
        expect([...placements.keys()].toSorted()).toEqual(leaving.map(({ uid }) => uid).toSorted());
      }),
    );
  });

  it('are never on a node that drains, is cordoned, is not Ready or has a taint in the way', () => {
    fc.assert(
      fc.property(caseArbitrary, (one) => {
        for (const { name, unschedulable, ready } of receiving(one)) {
          expect([one.draining.has(name), unschedulable, ready]).toEqual([false, false, 'True']);
        }
        const tainted = new Set(one.room.nodes.filter(({ taints }) => taints.length > 0).map(({ name }) => name));
        for (const { nodeName, tolerations } of moved(one)) {
          expect(tainted.has(nodeName) && tolerations.length === 0).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never ask for more than the node has, nor for a port twice', () => {
    fc.assert(
      fc.property(caseArbitrary, (one) => {
        for (const { name, allocatable } of receiving(one)) {
          const there = after(one).filter(({ nodeName }) => nodeName === name);
          const arrived = moved(one).filter(({ nodeName }) => nodeName === name);
          expect(there.length * 1000).toBeLessThanOrEqual(allocatable['pods'] ?? 0);
          for (const resource of ['cpu', 'memory']) {
            // A node may be overcommitted already: then only pods that ask for nothing of it arrive.
            if (arrived.every(({ requests }) => requests[resource] === 0)) continue;
            const sum = there.reduce((total, { requests }) => total + (requests[resource] ?? 0), 0);
            expect(sum).toBeLessThanOrEqual(allocatable[resource] ?? 0);
          }
          if (arrived.some(({ scheduling }) => scheduling.hostPorts.length > 0)) {
            expect(there.filter(({ scheduling }) => scheduling.hostPorts.length > 0)).toHaveLength(1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keep apart what has to be apart', () => {
    fc.assert(
      fc.property(caseArbitrary, (one) => {
        const zoneOf = new Map(one.room.nodes.map(({ name, labels }) => [name, labels['zone']]));
        for (const arrived of moved(one)) {
          if (!arrived.scheduling.affinity?.podAntiAffinity) continue;
          const zone = zoneOf.get(arrived.nodeName);
          const near = after(one).filter(
            ({ uid, labels, nodeName }) =>
              uid !== arrived.uid && labels['app'] === arrived.labels['app'] && zoneOf.get(nodeName) === zone,
          );
          expect(zone === undefined ? [] : near).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('do not depend on the order in which anything was read', () => {
    fc.assert(
      fc.property(caseArbitrary, fc.infiniteStream(fc.integer()), ({ room, draining, leaving, placements }, keys) => {
        const shuffled = <T>(items: readonly T[]): T[] =>
          items
            .map((item) => ({ item, key: keys.next().value as number }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ item }) => item);
        const again = placePods(
          { ...room, nodes: shuffled(room.nodes), pods: shuffled(room.pods) },
          draining,
          shuffled(leaving),
        );
        expect(Object.fromEntries(again)).toEqual(Object.fromEntries(placements));
      }),
    );
  });
});
