import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/cluster/budget.ts';
import type { Existence } from '../../src/cluster/cluster.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { planNode, podsToGo, type DrainPolicy, type PodDecision } from '../../src/drain/plan.ts';
import { aBudget, aPod, aPolicy, aSnapshot, aVolume } from '../support/objects.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const daemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'proxy', uid: 'uid-of-proxy' };
const finished = { phase: 'Succeeded', finished: true, ready: false } as const;

function decide(pod: Pod, policy: Partial<DrainPolicy> = {}, proxy: Existence = 'exists'): PodDecision {
  const snapshot = aSnapshot([pod], { daemonSets: new Map([['shop/proxy', proxy]]) });
  const [decision] = planNode(snapshot, aPolicy(policy), nowMs).pods;
  if (!decision) throw new Error('no decision');
  return decision;
}

/** `remove`, `leave daemonset`, `blocked unmanaged, local-storage`. */
function verdict(decision: PodDecision): string {
  const why = decision.leave ?? decision.blockers.map(({ kind }) => kind).join(', ');
  return [decision.action, why].filter((part) => part !== '').join(' ');
}

describe('the filter chain', () => {
  const emptyDir = { volumes: [aVolume('emptyDir')] };
  const unmanaged = { controller: undefined };
  const terminating = (secondsAgo: number): Partial<Pod> => ({
    deletionTimestamp: new Date(nowMs - secondsAgo * 1000).toISOString(),
  });
  const cases: readonly [string, Partial<Pod>, Partial<DrainPolicy>, string, Existence?][] = [
    ['a managed pod', {}, {}, 'remove'],
    ['a pod whose ReplicaSet may be gone counts as managed', {}, {}, 'remove'],
    ['a DaemonSet pod', { controller: daemonSet }, {}, 'leave daemonset'],
    [
      'a DaemonSet pod, refused as in kubectl',
      { controller: daemonSet },
      { ignoreDaemonSets: false },
      'blocked daemonset',
    ],
    ['a DaemonSet pod with an emptyDir', { controller: daemonSet, ...emptyDir }, {}, 'leave daemonset'],
    [
      'a refused DaemonSet pod with an emptyDir: one reason',
      { controller: daemonSet, ...emptyDir },
      { ignoreDaemonSets: false },
      'blocked daemonset',
    ],
    ['a finished DaemonSet pod', { controller: daemonSet, ...finished }, { ignoreDaemonSets: false }, 'remove'],
    ['an orphaned DaemonSet pod', { controller: daemonSet }, {}, 'blocked daemonset-missing', 'missing'],
    ['an orphaned DaemonSet pod, forced', { controller: daemonSet }, { force: true }, 'remove', 'missing'],
    [
      'an unreadable DaemonSet',
      { controller: daemonSet },
      { force: true },
      'blocked daemonset-unknown',
      { unknown: 'forbidden' },
    ],
    [
      'a DaemonSet of another API group',
      { controller: { ...daemonSet, apiVersion: 'apps.kruise.io/v1alpha1' } },
      { ignoreDaemonSets: false },
      'remove',
    ],
    ['a mirror pod', { mirror: true, ...unmanaged, ...emptyDir }, {}, 'leave mirror'],
    ['a finished mirror pod', { mirror: true, ...finished }, {}, 'leave mirror'],
    ['an emptyDir', emptyDir, {}, 'blocked local-storage'],
    ['an emptyDir, allowed', emptyDir, { deleteEmptyDirData: true }, 'remove'],
    ['an emptyDir, with force only', emptyDir, { force: true }, 'blocked local-storage'],
    ['a hostPath', { volumes: [aVolume('hostPath')] }, {}, 'remove'],
    ['a bare pod', unmanaged, {}, 'blocked unmanaged'],
    ['a bare pod, forced', unmanaged, { force: true }, 'remove'],
    [
      'a bare pod with an emptyDir: both reasons',
      { ...unmanaged, ...emptyDir },
      {},
      'blocked local-storage, unmanaged',
    ],
    ['a finished bare pod with an emptyDir', { ...unmanaged, ...emptyDir, ...finished }, {}, 'remove'],
    ['a failed bare pod', { ...unmanaged, phase: 'Failed', finished: true }, {}, 'remove'],
    ['a pending pod', { phase: 'Pending', ready: false }, {}, 'remove'],
    ['a terminating pod', terminating(-10), {}, 'wait'],
    ['a terminating bare pod', { ...unmanaged, ...terminating(1) }, {}, 'blocked unmanaged'],
    ['terminating for exactly the time to skip', terminating(5), { skipWaitForDeleteTimeoutSeconds: 5 }, 'wait'],
    ['terminating for 0.9 s more', terminating(5.9), { skipWaitForDeleteTimeoutSeconds: 5 }, 'wait'],
    ['terminating for longer', terminating(6), { skipWaitForDeleteTimeoutSeconds: 5 }, 'leave terminating-too-long'],
    ['terminating for long, skipping off', terminating(600), {}, 'wait'],
  ];
  it.each(cases)('%s', (_title, pod, policy, expected, proxy) => {
    expect(verdict(decide(aPod(pod), policy, proxy))).toBe(expected);
  });

  it('names the flag that lifts a blocker', () => {
    const blockers = decide(aPod({ ...unmanaged, ...emptyDir })).blockers;
    expect(blockers.map(({ flag }) => flag)).toEqual(['--delete-emptydir-data', '--force']);
  });
});

describe('budgets', () => {
  const budgeted = (pod: Partial<Pod>, budgets: Parameters<typeof aBudget>[0][], policy: Partial<DrainPolicy> = {}) => {
    const snapshot = aSnapshot([aPod(pod)], { budgets: budgets.map((budget) => aBudget(budget)) });
    const [decision] = planNode(snapshot, aPolicy(policy), nowMs).pods;
    return [decision && verdict(decision), ...(decision?.risks.map(({ kind }) => kind) ?? [])];
  };
  const exhausted = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 2 };
  const never = { disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2, expectedPods: 2 };

  it('an allowed disruption is no risk', () => expect(budgeted({}, [{}])).toEqual(['remove']));
  it('an exhausted one has to wait', () => expect(budgeted({}, [exhausted])).toEqual(['remove', 'budget-not-now']));
  it('one that can never be met', () => expect(budgeted({}, [never])).toEqual(['remove', 'budget-never']));
  it('one whose owner has no scale', () =>
    expect(budgeted({}, [{ ...exhausted, reason: 'SyncFailed' }])).toEqual(['remove', 'budget-never']));
  it('one that never will, with --strict', () =>
    expect(budgeted({}, [never], { strict: true })).toEqual(['blocked strict', 'budget-never']));
  it('one that lags behind', () => expect(budgeted({}, [{ settled: false }])).toEqual(['remove', 'budget-settling']));
  it('two of them are refused by the server', () =>
    expect(budgeted({}, [{}, { name: 'web2' }])).toEqual(['blocked several-budgets']));
  it('two of them, unready all the same', () =>
    expect(budgeted({ ready: false }, [{}, { name: 'web2' }])).toEqual(['blocked several-budgets']));
  it('of another namespace', () => expect(budgeted({}, [{ ...never, namespace: 'other' }])).toEqual(['remove']));
  it('that select other pods', () => expect(budgeted({}, [{ ...never, matches: () => false }])).toEqual(['remove']));
  it('do not count for a pending pod', () =>
    expect(budgeted({ phase: 'Pending', ready: false }, [never, { name: 'web2' }])).toEqual(['remove']));
  it('do not count for a finished pod', () => expect(budgeted(finished, [never])).toEqual(['remove']));
  it('let an unready pod go by AlwaysAllow', () =>
    expect(budgeted({ ready: false }, [{ ...exhausted, unhealthyPodEvictionPolicy: 'AlwaysAllow' }])).toEqual([
      'remove',
    ]));
  it('let an unready pod go while the others are enough', () =>
    expect(budgeted({ ready: false }, [exhausted])).toEqual(['remove']));
  it('hold an unready pod when they are not', () =>
    expect(budgeted({ ready: false }, [{ ...exhausted, currentHealthy: 0 }])).toEqual(['remove', 'budget-not-now']));
  it('hold an unready pod under a policy we do not know', () =>
    expect(budgeted({ ready: false }, [{ ...exhausted, unhealthyPodEvictionPolicy: 'Later' }])).toEqual([
      'remove',
      'budget-not-now',
    ]));
  it('are named when --disable-eviction bypasses them', () =>
    expect(budgeted({}, [never, { name: 'web2' }], { disableEviction: true })).toEqual([
      'remove',
      'budget-bypassed',
      'budget-bypassed',
    ]));
  it('that could not be read are unknown', () => {
    const plan = planNode(aSnapshot([aPod()], { budgets: undefined }), aPolicy(), nowMs);
    expect([plan.budgetsKnown, plan.pods[0]?.action]).toEqual([false, 'remove']);
  });
});

describe('risks', () => {
  const kinds = (pod: Partial<Pod>, policy: Partial<DrainPolicy> = {}) =>
    decide(aPod(pod), { deleteEmptyDirData: true, force: true, ...policy }).risks.map(({ kind }) => kind);
  const toleration = { key: undefined, operator: 'Exists', value: undefined, effect: undefined } as const;
  const cordon = 'node.kubernetes.io/unschedulable';

  it('emptyDir on disk and in memory', () =>
    expect(kinds({ volumes: [aVolume('emptyDir'), aVolume('emptyDir', true)] })).toEqual([
      'empty-dir',
      'empty-dir-memory',
    ]));
  it('hostPath', () => expect(kinds({ volumes: [aVolume('hostPath')] })).toEqual(['host-path']));
  it('a bare pod', () => expect(kinds({ controller: undefined })).toEqual(['unmanaged']));
  it('finalizers', () => expect(kinds({ finalizers: ['example.com/hold'] })).toEqual(['finalizers']));
  it('a grace below its own', () => expect(kinds({}, { gracePeriodSeconds: 10 })).toEqual(['shorter-grace']));
  it('a grace above its own', () => expect(kinds({}, { gracePeriodSeconds: 60 })).toEqual([]));
  it('no grace at all', () => expect(kinds({}, { gracePeriodSeconds: 0 })).toEqual(['immediate']));
  it.each([
    ['everything', toleration, true],
    ['the cordon', { ...toleration, key: cordon }, true],
    ['the cordon by its empty value', { key: cordon, operator: 'Equal', value: undefined, effect: 'NoSchedule' }, true],
    ['the cordon with another value', { key: cordon, operator: 'Equal', value: 'x', effect: 'NoSchedule' }, false],
    ['only eviction by taints', { ...toleration, effect: 'NoExecute' }, false],
    ['another taint', { ...toleration, key: 'dedicated' }, false],
  ] as const)('tolerates %s', (_what, tolerated, comesBack) => {
    expect(kinds({ tolerations: [tolerated] })).toEqual(comesBack ? ['tolerates-unschedulable'] : []);
  });
});

describe('for any pods and any policy', () => {
  const arbitraryPod = fc.record({
    name: fc.string({ minLength: 1, maxLength: 3 }),
    namespace: fc.constantFrom('shop', 'kube-system'),
    uid: fc.uuid(),
    phase: fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'),
    ready: fc.boolean(),
    mirror: fc.boolean(),
    controller: fc.constantFrom(undefined, daemonSet, aPod().controller),
    volumes: fc.subarray([aVolume('emptyDir'), aVolume('hostPath'), aVolume('persistentVolumeClaim')]),
    deletionTimestamp: fc.constantFrom(undefined, '2026-01-01T00:59:00Z', '2026-01-01T02:00:00Z'),
  });
  const pods = fc
    .uniqueArray(arbitraryPod, { selector: ({ uid }) => uid, maxLength: 20 })
    .map((some) => some.map((pod) => aPod({ ...pod, finished: pod.phase === 'Succeeded' || pod.phase === 'Failed' })));
  const policy = fc.record({
    force: fc.boolean(),
    ignoreDaemonSets: fc.boolean(),
    deleteEmptyDirData: fc.boolean(),
    disableEviction: fc.boolean(),
    strict: fc.boolean(),
    gracePeriodSeconds: fc.constantFrom(undefined, 0, 10, 60),
    skipWaitForDeleteTimeoutSeconds: fc.constantFrom(0, 30),
  });
  const existence: fc.Arbitrary<Existence> = fc.constantFrom<Existence[]>('exists', 'missing', {
    unknown: 'forbidden',
  });
  const snapshot = fc.record({
    pods,
    existence,
    budgets: fc.constantFrom(undefined, [], [aBudget()], [aBudget(), aBudget({ name: 'b' })]),
  });
  const planOf = (
    given: { pods: readonly Pod[]; existence: Existence; budgets: readonly Budget[] | undefined },
    by: Partial<DrainPolicy>,
  ) =>
    planNode(
      aSnapshot(given.pods, {
        budgets: given.budgets,
        daemonSets: new Map([
          ['shop/proxy', given.existence],
          ['kube-system/proxy', given.existence],
        ]),
      }),
      aPolicy(by),
      nowMs,
    );

  it('each pod gets exactly one decision, blocked if and only if it has blockers', () => {
    fc.assert(
      fc.property(snapshot, policy, (given, by) => {
        const plan = planOf(given, by);
        expect(plan.pods.map(({ uid }) => uid).sort()).toEqual(given.pods.map(({ uid }) => uid).sort());
        for (const pod of plan.pods) {
          expect(pod.action === 'blocked').toBe(pod.blockers.length > 0);
          expect(pod.action === 'leave').toBe(pod.leave !== undefined);
        }
      }),
    );
  });

  it('no mirror pod and no live DaemonSet pod is ever removed', () => {
    fc.assert(
      fc.property(snapshot, policy, (given, by) => {
        const untouchable = new Set(
          given.pods
            .filter(
              (pod) =>
                pod.mirror || (pod.controller?.kind === 'DaemonSet' && !pod.finished && given.existence !== 'missing'),
            )
            .map(({ uid }) => uid),
        );
        expect(podsToGo(planOf(given, by)).filter(({ uid }) => untouchable.has(uid))).toEqual([]);
      }),
    );
  });

  it('a pod that is terminating already is never asked to go', () => {
    fc.assert(
      fc.property(snapshot, policy, (given, by) => {
        const terminating = new Set(given.pods.filter((pod) => pod.deletionTimestamp).map(({ uid }) => uid));
        expect(planOf(given, by).pods.filter(({ uid, action }) => action === 'remove' && terminating.has(uid))).toEqual(
          [],
        );
      }),
    );
  });

  it('the plan does not depend on the order of the pods', () => {
    fc.assert(
      fc.property(snapshot, policy, fc.nat(), (given, by, seed) => {
        const shuffled = given.pods
          .map((pod, index) => [(index * 7919 + seed) % 101, pod] as const)
          .sort(([a], [b]) => a - b);
        expect(planOf({ ...given, pods: shuffled.map(([, pod]) => pod) }, by)).toEqual(planOf(given, by));
      }),
    );
  });
});
