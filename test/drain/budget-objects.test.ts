/** Budgets as the API server has them: which pods they are for, and what they let happen to these. */
import { describe, expect, it } from 'vitest';
import { narrowBudget } from '../../src/cluster/budget.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { planNode } from '../../src/drain/plan.ts';
import { aPod, aPolicy, aSnapshot } from '../support/objects.ts';

type Raw = Parameters<typeof narrowBudget>[0];

/** Healthy, current, and allowing nothing, unless said otherwise. */
function raw(spec: NonNullable<Raw['spec']>, status: Partial<NonNullable<Raw['status']>> = {}, generation = 1): Raw {
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'uid-of-web', generation },
    spec,
    status: {
      observedGeneration: 1,
      disruptionsAllowed: 0,
      currentHealthy: 2,
      desiredHealthy: 2,
      expectedPods: 3,
      ...status,
    },
  };
}

function verdict(budget: Raw, pod: Partial<Pod> = {}): readonly [budgets: readonly string[], risks: readonly string[]] {
  const snapshot = aSnapshot([aPod({ labels: { app: 'web' }, ...pod })], { budgets: [narrowBudget(budget)] });
  const [decision] = planNode(snapshot, aPolicy(), Date.parse('2026-01-01T00:00:00Z')).pods;
  return [decision?.budgets ?? [], decision?.risks.map(({ kind }) => kind) ?? []];
}

const everyPod = { selector: {} };
const unready = { ready: false };
/** As it is right after it was made. */
const { status: _, ...unseen } = raw(everyPod);

describe('a budget', () => {
  it.each<[string, Raw, Partial<Pod>, readonly string[], readonly string[]]>([
    ['with an empty selector is for all pods of its namespace', raw(everyPod), {}, ['web'], ['budget-not-now']],
    ['with an empty selector is for no pod of another', raw(everyPod), { namespace: 'pay' }, [], []],
    ['without a selector is for none', raw({}), {}, [], []],
    ['with other labels is for others', raw({ selector: { matchLabels: { app: 'api' } } }), {}, [], []],
    [
      'with an expression is for those that it is true of',
      raw({ selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] } }),
      {},
      ['web'],
      ['budget-not-now'],
    ],
    ['that allows one lets a pod go', raw(everyPod, { disruptionsAllowed: 1, currentHealthy: 3 }), {}, ['web'], []],
    [
      'of an unready pod with AlwaysAllow lets it go',
      raw({ ...everyPod, unhealthyPodEvictionPolicy: 'AlwaysAllow' }, { currentHealthy: 0 }),
      unready,
      ['web'],
      [],
    ],
    ['of an unready pod without a policy lets it go while the others are enough', raw(everyPod), unready, ['web'], []],
    [
      'of an unready pod without a policy holds it when they are not',
      raw(everyPod, { currentHealthy: 1 }),
      unready,
      ['web'],
      ['budget-not-now'],
    ],
    [
      'of an unready pod that needs none healthy holds it',
      raw(everyPod, { desiredHealthy: 0, currentHealthy: 1 }),
      unready,
      ['web'],
      ['budget-not-now'],
    ],
    [
      'of an unready pod with a policy that is not known holds it',
      raw({ ...everyPod, unhealthyPodEvictionPolicy: 'Sometimes' }),
      unready,
      ['web'],
      ['budget-not-now'],
    ],
    [
      'whose status is older than its spec is being computed, whatever its numbers say',
      raw(everyPod, { disruptionsAllowed: 3 }, 2),
      {},
      ['web'],
      ['budget-settling'],
    ],
    [
      'that needs all that there are never lets one go',
      raw({ ...everyPod, maxUnavailable: 0 }, { desiredHealthy: 3, currentHealthy: 3 }),
      {},
      ['web'],
      ['budget-never'],
    ],
    [
      'whose owner has no scale never does',
      raw(everyPod, {
        conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: '' }],
      } as Partial<NonNullable<Raw['status']>>),
      {},
      ['web'],
      ['budget-never'],
    ],
    ['without a status yet is being computed', unseen, {}, ['web'], ['budget-settling']],
  ])('%s', (_, budget, pod, budgets, risks) => {
    expect(verdict(budget, pod)).toEqual([budgets, risks]);
  });
});
