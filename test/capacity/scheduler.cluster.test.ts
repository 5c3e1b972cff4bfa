/** What kmaint says of the room for a pod, against the real scheduler: random small clusters, one pod at a time. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { placePods } from '../../src/capacity/place.ts';
import type { Placement } from '../../src/capacity/placement.ts';
import { readRoom } from '../../src/capacity/read-room.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { openCluster } from '../../src/cluster/connect.ts';
import { podName } from '../../src/cluster/pod.ts';
import { realClock } from '../../src/clock.ts';
import type { NodeShape } from '../cluster/nodes.ts';
import { connectionOf } from '../door/connection.ts';
import { connect, waitFor, type Api, type Json } from '../support/api.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import type { BarePodOptions, TestPod } from '../support/workloads.ts';

/** The same clusters each time; more of them, or others, for whoever has the time. */
const cases = Number(process.env['KMAINT_SCHEDULER_CASES'] ?? '4');
const seed = Number(process.env['KMAINT_SCHEDULER_SEED'] ?? '20261121');

/** How long a pod that kmaint finds a place for may stay without one: the scheduler asks again after a second or two. */
const patienceMs = 5000;
/** Enough to see what is wrong; each costs patience. */
const enough = 3;

const taint = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };
const zones = ['a', 'b', 'c'] as const;
const apps = ['web', 'db'] as const;

const oneIn = (chances: number): fc.Arbitrary<boolean> => fc.integer({ min: 1, max: chances }).map((n) => n === 1);

/** Roomy, so that it is often the one rule of a pod that decides, and not always the lack of cpu or a taint. */
const nodeArbitrary = fc.record({
  cpu: fc.integer({ min: 2, max: 6 }),
  pods: fc.integer({ min: 3, max: 9 }),
  zone: fc.option(fc.constantFrom(...zones), { nil: undefined, freq: 6 }),
  size: fc.integer({ min: 1, max: 3 }),
  tainted: oneIn(4),
  cordoned: oneIn(8),
});

const selector = (app: string): Json => ({ matchLabels: { app } });
const term = (app: string, topologyKey: string): Json => ({ topologyKey, labelSelector: selector(app) });
const expression = (key: string, operator: string, values?: Json[]): Json => ({
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [{ matchExpressions: [{ key, operator, ...(values ? { values } : {}) }] }],
  },
});
const topology = fc.constantFrom('topology.kubernetes.io/zone', 'kubernetes.io/hostname');

/** One rule a pod, or none. */
const ruleArbitrary: fc.Arbitrary<Record<string, Json>> = fc.oneof(
  fc.constant({}),
  fc.record({ app: fc.constantFrom(...apps), key: topology, apart: fc.boolean() }).map(({ app, key, apart }) => ({
    affinity: {
      [apart ? 'podAntiAffinity' : 'podAffinity']: {
        requiredDuringSchedulingIgnoredDuringExecution: [term(app, key)],
      },
    },
  })),
  fc
    .record({
      app: fc.constantFrom(...apps),
      topologyKey: topology,
      maxSkew: fc.integer({ min: 1, max: 2 }),
      whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'DoNotSchedule', 'ScheduleAnyway'),
      nodeTaintsPolicy: fc.constantFrom('Honor', 'Ignore'),
      minDomains: fc.option(fc.integer({ min: 2, max: 3 }), { nil: undefined }),
    })
    .map(({ app, minDomains, ...rest }) => ({
      topologySpreadConstraints: [
        {
          ...rest,
          labelSelector: selector(app),
          // The server takes it with this only.
          ...(minDomains !== undefined && rest.whenUnsatisfiable === 'DoNotSchedule' ? { minDomains } : {}),
        },
      ],
    })),
  fc
    .constantFrom(
      expression('topology.kubernetes.io/zone', 'In', ['a', 'b']),
      expression('topology.kubernetes.io/zone', 'NotIn', ['a']),
      expression('topology.kubernetes.io/zone', 'Exists'),
      expression('topology.kubernetes.io/zone', 'DoesNotExist'),
      expression('size', 'Gt', ['1']),
      expression('size', 'Lt', ['2']),
    )
    .map((nodeAffinity) => ({ affinity: { nodeAffinity } })),
);

const podArbitrary = fc.record({
  app: fc.constantFrom(...apps),
  cpu: fc.constantFrom(100, 100, 100, 500, 1000, 3500),
  tolerant: oneIn(4).map((not) => !not),
  port: oneIn(3),
  rule: ruleArbitrary,
});
type PodPlan = typeof podArbitrary extends fc.Arbitrary<infer T> ? T : never;

const worldArbitrary = fc.record({
  nodes: fc.array(nodeArbitrary, { minLength: 2, maxLength: 4 }),
  residents: fc.array(fc.record({ on: fc.nat(3), pod: podArbitrary }), { minLength: 2, maxLength: 8 }),
  candidates: fc.array(podArbitrary, { minLength: 20, maxLength: 20 }),
});

type World = typeof worldArbitrary extends fc.Arbitrary<infer T> ? T : never;

function options({ app, cpu, tolerant, port, rule }: PodPlan): BarePodOptions {
  const ports = port ? { ports: [{ containerPort: 80, hostPort: 8080 }] } : {};
  const container = { name: 'app', image: 'kmaint.test/app', resources: { requests: { cpu: `${String(cpu)}m` } } };
  return {
    labels: { app },
    tolerations: tolerant ? [{ ...taint, operator: 'Equal' }] : [],
    spec: { ...rule, containers: [{ ...container, ...ports }] },
  };
}

describe('the room for a pod', () => {
  let api: Api;
  let cluster: Cluster;
  const { signal } = new AbortController();

  beforeAll(() => {
    api = connect(inject('kubeconfig'));
    cluster = openCluster(connectionOf(inject('kubeconfig')), {
      clock: realClock,
      userAgent: 'kmaint/test',
      warn: (message) => expect.unreachable(message),
      trace: () => {},
    });
  });
  afterAll(() => {
    cluster.close();
    api.close();
  });

  async function setUp({ nodes, residents }: World): Promise<Scenario> {
    const s = await createScenario(api, { prefix: 'room' });
    for (const [index, { cpu, pods, zone, size, tainted }] of nodes.entries()) {
      const labels = { size: String(size), ...(zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }) };
      const shape: NodeShape = { cpu: String(cpu), pods: String(pods), labels, taints: tainted ? [taint] : [] };
      await s.addNode(`${s.id}-${String(index)}`, shape);
    }
    for (const [index, { cordoned }] of nodes.entries()) {
      const name = s.nodeNames[index] ?? '';
      if (cordoned) await api.patch(`/api/v1/nodes/${name}`, { spec: { unschedulable: true } });
    }
    for (const [index, { on, pod }] of residents.entries()) {
      await s.pod(`resident-${String(index)}`, { ...options(pod), nodeName: s.nodeNames[on % nodes.length] ?? '' });
    }
    await s.waitReady();
    return s;
  }

  /** The first word of the scheduler; where a node is expected, its last one within some seconds. */
  async function decided(s: Scenario, name: string, expected: Placement['verdict']): Promise<'placed' | 'pending'> {
    const path = `/api/v1/namespaces/${s.namespace}/pods/${name}`;
    const until = Date.now() + patienceMs;
    return waitFor(`the scheduler's word on ${name}`, async () => {
      const { spec, status } = await api.get<TestPod>(path);
      if ((spec.nodeName ?? '') !== '') return 'placed';
      const refused = status.conditions?.some(
        ({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable',
      );
      return refused === true && (expected !== 'fits' || Date.now() > until) ? 'pending' : undefined;
    });
  }

  it(
    'is judged as the scheduler judges it',
    async () => {
      const disagreements: string[] = [];
      const counts = { fits: 0, 'does-not-fit': 0, unknown: 0 };
      for (const [index, world] of fc.sample(worldArbitrary, { numRuns: cases, seed }).entries()) {
        const s = await setUp(world);
        try {
          for (const [number, candidate] of world.candidates.entries()) {
            if (disagreements.length >= enough) break;
            const name = `candidate-${String(number)}`;
            await s.pod(name, options(candidate));
            const report = { emit: () => {} };
            const room = await readRoom({ cluster, report }, { signal });
            const pod = room.pods.find((one) => podName(one) === `${s.namespace}/${name}`);
            expect.assert(pod !== undefined);
            const placement = placePods(room, new Set(), [pod]).get(pod.uid);
            expect.assert(placement !== undefined);
            counts[placement.verdict] += 1;
            const end = placement.verdict === 'unknown' ? undefined : await decided(s, name, placement.verdict);
            if (end !== undefined && (end === 'placed') !== (placement.verdict === 'fits')) {
              const said = await api.get<TestPod>(`/api/v1/namespaces/${s.namespace}/pods/${name}`);
              disagreements.push(
                JSON.stringify({ index, number, placement, end, message: said.status.conditions, world }, undefined, 1),
              );
            }
            await api.delete(`/api/v1/namespaces/${s.namespace}/pods/${name}`, { gracePeriodSeconds: 0 });
          }
        } finally {
          await s.dispose();
        }
      }
      expect(disagreements.join('\n')).toBe('');
      // Where one of both never comes, nothing was compared.
      expect(counts.fits).toBeGreaterThan(cases * 2);
      expect(counts['does-not-fit']).toBeGreaterThan(cases * 2);
      expect(counts.unknown).toBeLessThan(cases * 4);
    },
    60_000 + cases * 60_000,
  );
});
