/**
 * kubectl is the oracle: over random pods, budgets and flags, a dry run of both programs has to give every pod the same
 * verdict.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binaryPath } from '../cluster/binaries.mts';
import { createFakeNode } from '../cluster/nodes.ts';
import { newestKubernetesVersion } from '../cluster/versions.mts';
import type { Json } from '../support/api.ts';
import { kmaint, run } from '../support/kmaint.ts';
import { createStillCluster, type StillCluster } from '../support/still-cluster.ts';

const nodeName = 'node1';
/** Runs of both programs; each sees the pods of one shard. */
const shards = 60;
const podsInShard = 5;
const flagSetsOfShard = 3;
/** `--skip-wait-for-delete-timeout`; some pods are terminating for longer than this, others for less. */
const skipSeconds = 2;

interface PodShape {
  readonly owner:
    | 'none'
    | 'ReplicaSet'
    | 'Job'
    | 'DaemonSet'
    | 'missing DaemonSet'
    | 'foreign DaemonSet'
    | 'no controller';
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly mirror: boolean;
  readonly volumes: readonly ('emptyDir' | 'memory' | 'hostPath' | 'configMap')[];
  readonly terminating: 'no' | 'just' | 'long';
}

const shape: fc.Arbitrary<PodShape> = fc.record({
  owner: fc.constantFrom<PodShape['owner'][]>(
    'none',
    'ReplicaSet',
    'Job',
    'DaemonSet',
    'missing DaemonSet',
    'foreign DaemonSet',
    'no controller',
  ),
  phase: fc.constantFrom<PodShape['phase'][]>(
    'Pending',
    'Running',
    'Running',
    'Running',
    'Succeeded',
    'Failed',
    'Unknown',
  ),
  mirror: fc.oneof({ arbitrary: fc.constant(true), weight: 1 }, { arbitrary: fc.constant(false), weight: 6 }),
  volumes: fc.subarray(['emptyDir', 'memory', 'hostPath', 'configMap'] as const, { maxLength: 2 }),
  terminating: fc.constantFrom<PodShape['terminating'][]>('no', 'no', 'no', 'just', 'long'),
});

const flagSet = fc.record({
  force: fc.boolean(),
  'ignore-daemonsets': fc.boolean(),
  'delete-emptydir-data': fc.boolean(),
  'disable-eviction': fc.boolean(),
  'grace-period': fc.constantFrom(-1, 0, 5),
  'skip-wait-for-delete-timeout': fc.constantFrom(0, skipSeconds),
});

const uid = '11111111-2222-3333-4444-555555555555';
const owners: Readonly<Record<PodShape['owner'], Json[]>> = {
  none: [],
  ReplicaSet: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'gone', uid, controller: true }],
  Job: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'gone', uid, controller: true }],
  DaemonSet: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid, controller: true }],
  'missing DaemonSet': [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'gone', uid, controller: true }],
  'foreign DaemonSet': [
    { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'DaemonSet', name: 'gone', uid, controller: true },
  ],
  'no controller': [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'gone', uid }],
};
const volumes: Readonly<Record<PodShape['volumes'][number], Json>> = {
  emptyDir: { name: 'scratch', emptyDir: {} },
  memory: { name: 'fast', emptyDir: { medium: 'Memory' } },
  hostPath: { name: 'logs', hostPath: { path: '/var/log' } },
  configMap: { name: 'settings', configMap: { name: 'settings' } },
};

interface BudgetShape {
  readonly name: string;
  readonly spec: Readonly<Record<string, Json>>;
  /** Without one, nobody has computed the budget yet. */
  readonly status?: Readonly<Record<string, number>>;
}

/**
 * The pods of a shard are guarded by one of these, or by none; never by two, which kmaint refuses on purpose and
 * kubectl's dry run does not see. None of them stops a drain, so none may change a verdict.
 */
const budgets: readonly (BudgetShape | undefined)[] = [
  undefined,
  {
    name: 'generous',
    spec: { maxUnavailable: podsInShard },
    status: { disruptionsAllowed: podsInShard, currentHealthy: podsInShard, desiredHealthy: 0 },
  },
  {
    // One short of what it needs: it guards pods that are not ready as well.
    name: 'not-now',
    spec: { minAvailable: 2 },
    status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 2 },
  },
  {
    name: 'never',
    spec: { maxUnavailable: 0 },
    status: { disruptionsAllowed: 0, currentHealthy: podsInShard, desiredHealthy: podsInShard },
  },
  { name: 'settling', spec: { minAvailable: 1 } },
];

let cluster: StillCluster;

/** Even shards live in one namespace, odd ones in the other. */
const namespaceOf = (shard: number): string => (shard % 2 === 0 ? 'shop' : 'default');

/** Its controller is halted, so the status is the test's to write. */
async function createBudget(shard: number): Promise<void> {
  const budget = budgets[shard % budgets.length];
  if (!budget) return;
  const { api } = cluster;
  const name = `${budget.name}-${shard}`;
  const path = `/apis/policy/v1/namespaces/${namespaceOf(shard)}/poddisruptionbudgets`;
  await api.create(path, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { ...budget.spec, selector: { matchLabels: { shard: String(shard) } } },
  });
  if (!budget.status) return;
  await api.patch(`${path}/${name}/status`, {
    status: { observedGeneration: 1, expectedPods: podsInShard, ...budget.status },
  });
}

async function createPod(name: string, shard: number, pod: PodShape): Promise<void> {
  const { api } = cluster;
  const path = `/api/v1/namespaces/${namespaceOf(shard)}/pods`;
  await api.create(path, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { shard: String(shard) },
      ...(pod.mirror ? { annotations: { 'kubernetes.io/config.mirror': 'x' } } : {}),
      ...(pod.terminating === 'no' ? {} : { finalizers: ['kmaint.test/stay'] }),
      ownerReferences: owners[pod.owner],
    },
    spec: {
      nodeName,
      automountServiceAccountToken: false,
      containers: [{ name: 'app', image: 'kmaint.test/app' }],
      volumes: pod.volumes.map((volume) => volumes[volume]),
    },
  });
  if (pod.phase !== 'Pending') {
    // Ready, or a budget that is met would let it go freely.
    const conditions = pod.phase === 'Running' ? [{ type: 'Ready', status: 'True' }] : [];
    await api.patch(`${path}/${name}/status`, { status: { phase: pod.phase, conditions } });
  }
  if (pod.terminating !== 'no') {
    await api.delete(`${path}/${name}`, { gracePeriodSeconds: pod.terminating === 'just' ? 3600 : 1 });
  }
}

type Verdicts = Readonly<Record<string, string>>;

const reasons: readonly [RegExp, string][] = [
  [/DaemonSet-managed Pods/, 'daemonset'],
  [/Pods with local storage/, 'local-storage'],
  [/Pods (?:that )?declare no controller/, 'unmanaged'],
  [/daemonsets\.apps "[^"]+" not found/, 'daemonset-missing'],
];

/** Reads kubectl's words: with any refusal it does not say what it would have evicted. */
function verdictsOfKubectl({ stdout, stderr }: { stdout: string; stderr: string }): Verdicts {
  const verdicts: Record<string, string> = {};
  // The aggregate at the end has one reason a line, unlike the bracketed list before it.
  for (const line of stderr.split('\n').filter((one) => one.startsWith('cannot delete'))) {
    const kind = reasons.find(([pattern]) => pattern.test(line))?.[1];
    if (kind === undefined) throw new Error(`unknown reason: ${line}`);
    const listed = line.slice(line.lastIndexOf(': ') + 2);
    for (const pod of listed.split(', ')) verdicts[pod] = `blocked ${kind}`;
  }
  for (const [, pod = ''] of stdout.matchAll(/^evicting pod (\S+) \(dry run\)$/gm)) verdicts[pod] = 'remove';
  return verdicts;
}

interface Finished {
  readonly plan: {
    readonly nodes: readonly {
      readonly pods: readonly {
        readonly namespace: string;
        readonly name: string;
        readonly action: string;
        readonly blockers: readonly { readonly kind: string }[];
        readonly risks: readonly { readonly kind: string }[];
      }[];
    }[];
  };
}

function podsOf(stdout: string): Finished['plan']['nodes'][number]['pods'] {
  const { plan } = JSON.parse(stdout) as Finished;
  return plan.nodes.flatMap((node) => node.pods);
}

function verdictsOfKmaint(pods: ReturnType<typeof podsOf>): Verdicts {
  const refused = pods.some(({ action }) => action === 'blocked');
  const verdicts: Record<string, string> = {};
  for (const { namespace, name, action, blockers } of pods) {
    // kubectl stops at a pod's first reason, and evicts what is terminating once more.
    if (action === 'blocked') verdicts[`${namespace}/${name}`] = `blocked ${blockers[0]?.kind}`;
    else if (action !== 'leave' && !refused) verdicts[`${namespace}/${name}`] = 'remove';
  }
  return verdicts;
}

/** What kmaint says about the budgets of pods that are to go all the same. */
function budgetRisksOf(pods: ReturnType<typeof podsOf>): readonly string[] {
  const removed = pods.filter(({ action }) => action === 'remove');
  return removed.flatMap(({ risks }) => risks.map(({ kind }) => kind)).filter((kind) => kind.startsWith('budget-'));
}

describe('kubectl and kmaint', () => {
  // The same pods in every run, so that a failure can be looked at again.
  const shapes = fc.sample(shape, { numRuns: shards * podsInShard, seed: 20 });
  const flagSets = fc.sample(flagSet, { numRuns: shards * flagSetsOfShard, seed: 30 });

  beforeAll(async () => {
    cluster = await createStillCluster();
    const { api } = cluster;
    await createFakeNode(api, nodeName, 'v1.36.3');
    // Nobody plays its kubelet here, and of a silent node kmaint does not wait for what is overdue.
    const ready = { type: 'Ready', status: 'True' };
    await api.patch(`/api/v1/nodes/${nodeName}/status`, { status: { conditions: [ready] } });
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const agent = {
      metadata: { labels: { app: 'agent' } },
      spec: { containers: [{ name: 'agent', image: 'kmaint.test/app' }] },
    };
    for (const namespace of ['shop', 'default']) {
      await api.create(`/apis/apps/v1/namespaces/${namespace}/daemonsets`, {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'agent' },
        spec: { selector: { matchLabels: { app: 'agent' } }, template: agent },
      });
    }
    await Promise.all(Array.from({ length: shards }, (_, shard) => createBudget(shard)));
    await Promise.all(shapes.map((pod, index) => createPod(`pod-${index}`, Math.floor(index / podsInShard), pod)));
    // Those deleted with a grace of 1 s are then terminating for longer than the time to skip.
    await new Promise((resolve) => setTimeout(resolve, (skipSeconds + 3) * 1000));
  });
  afterAll(() => cluster?.dispose());

  it(
    `agree on ${shards * podsInShard} pods under ${shards * flagSetsOfShard} sets of flags`,
    { timeout: 600_000 },
    async () => {
      const { kubeconfig } = cluster;
      const kubectl = binaryPath(newestKubernetesVersion, 'kubectl');
      let compared = 0;
      let refusals = 0;
      const budgetRisks = new Map<string, number>();
      for (const [index, flags] of flagSets.entries()) {
        const shard = index % shards;
        const words = [
          'drain',
          nodeName,
          '--dry-run=client',
          `--pod-selector=shard=${shard}`,
          ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
        ];
        const [theirs, ours] = await Promise.all([
          run(kubectl, words, { kubeconfig }),
          kmaint([...words, '-o', 'json'], { kubeconfig }),
        ]);
        const expected = verdictsOfKubectl(theirs);
        const context = `${words.join(' ')}\nkubectl: ${theirs.stdout}${theirs.stderr}\nkmaint: ${ours.stderr}`;
        const pods = podsOf(ours.stdout);
        expect(verdictsOfKmaint(pods), context).toEqual(expected);
        expect(ours.code, context).toBe(theirs.code === 0 ? 0 : 3);
        compared += Object.keys(expected).length;
        if (theirs.code !== 0) refusals += 1;
        else for (const kind of budgetRisksOf(pods)) budgetRisks.set(kind, (budgetRisks.get(kind) ?? 0) + 1);
      }
      // Guards against comparing nothing with nothing.
      expect(compared).toBeGreaterThan(shards * flagSetsOfShard);
      expect(refusals).toBeGreaterThan(flagSets.length / 10);
      expect(refusals).toBeLessThan(flagSets.length - flagSets.length / 10);
      const kinds = ['budget-bypassed', 'budget-never', 'budget-not-now', 'budget-settling'];
      expect([...budgetRisks.keys()].sort()).toEqual(kinds);
      for (const kind of kinds) expect(budgetRisks.get(kind), kind).toBeGreaterThan(1);
    },
  );
});
