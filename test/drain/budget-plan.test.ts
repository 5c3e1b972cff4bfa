import { kubectlFor } from '../../src/cli/kubectl.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Placement } from '../../src/capacity/placement.ts';
import type { Budget } from '../../src/cluster/budget.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { budgetsToExplain, planBudgets, type BudgetPlan, type BudgetPlanInput } from '../../src/drain/budget-plan.ts';
import { aBudget, aPod, aSnapshot } from '../support/objects.ts';

function plansOf(
  leaving: readonly Pod[],
  budgets: readonly Budget[],
  more: Partial<BudgetPlanInput> = {},
): readonly BudgetPlan[] {
  return planBudgets({
    leaving,
    budgets,
    bypassed: false,
    draining: new Set(['node1', 'node2']),
    podsByNamespace: new Map(),
    placements: new Map(),
    kubectl: kubectlFor('prod'),
    ...more,
  });
}

function planOf(...given: Parameters<typeof plansOf>): BudgetPlan {
  const [plan] = plansOf(...given);
  if (!plan) throw new Error('no budget has a say');
  return plan;
}

const pods = (count: number, differences: Partial<Pod> = {}): Pod[] =>
  Array.from({ length: count }, (_, index) => aPod({ name: `web-${index + 1}`, ...differences }));
const three = { desiredHealthy: 2, currentHealthy: 3, expectedPods: 3, minAvailable: 2 };
const unready = { ready: false } as const;
const fitsNowhere: Placement = { verdict: 'does-not-fit', reason: '0 of 3 nodes' };

describe('the arithmetic of a budget', () => {
  const cases: readonly [string, readonly Pod[], Partial<Budget>, string, number, number, string][] = [
    ['all at once', pods(1), three, 'now', 1, 0, '1 now (allows 1; needs 2 healthy of 3, has 3)'],
    [
      'one of three',
      [...pods(2), aPod({ name: 'web-3', nodeName: 'node2' })],
      three,
      'later',
      1,
      2,
      '1 now, 2 later (allows 1; needs 2 healthy of 3, has 3)',
    ],
    [
      'none for now',
      pods(2),
      { ...three, disruptionsAllowed: 0, currentHealthy: 2 },
      'later',
      0,
      2,
      '0 now, 2 later (allows 0; needs 2 healthy of 3, has 2)',
    ],
    [
      'never at this size',
      pods(3),
      { ...three, disruptionsAllowed: 0, desiredHealthy: 3 },
      'never',
      0,
      0,
      'never at this size: desiredHealthy 3 of 3 expected',
    ],
    [
      'more pods than expected let some go all the same',
      pods(3),
      { ...three, desiredHealthy: 3, currentHealthy: 4, disruptionsAllowed: 1 },
      'later',
      1,
      2,
      '1 now, 2 later (allows 1; needs 3 healthy of 3, has 4)',
    ],
    [
      'a failed sync',
      pods(1),
      { ...three, disruptionsAllowed: 0, reason: 'SyncFailed' },
      'never',
      0,
      0,
      'never: the server cannot compute it (SyncFailed), so it allows nothing',
    ],
    [
      'no pods expected',
      pods(1),
      { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 0, expectedPods: 0 },
      'never',
      0,
      0,
      'never: it expects no pods, so it allows nothing',
    ],
    ['settling', pods(2), { settled: false }, 'settling', 0, 2, 'settling: the server has not computed it yet'],
    [
      'unready pods go free and use nothing up',
      [...pods(1), aPod({ name: 'sick', ...unready })],
      three,
      'now',
      1,
      0,
      '1 now (allows 1; needs 2 healthy of 3, has 3)',
    ],
    [
      'unready pods of an unhealthy budget do not',
      [aPod(unready)],
      { ...three, disruptionsAllowed: 0, currentHealthy: 1 },
      'later',
      0,
      1,
      '0 now, 1 later (allows 0; needs 2 healthy of 3, has 1)',
    ],
    [
      'negative disruptionsAllowed',
      pods(1),
      { ...three, disruptionsAllowed: -1, currentHealthy: 1 },
      'later',
      0,
      1,
      '0 now, 1 later (allows -1; needs 2 healthy of 3, has 1)',
    ],
  ];
  it.each(cases)('%s', (_title, leaving, budget, verdict, now, later, message) => {
    const plan = planOf(leaving, [aBudget(budget)]);
    expect([plan.verdict, plan.now, plan.later, plan.message]).toEqual([verdict, now, later, message]);
  });

  it('is bypassed by --disable-eviction', () => {
    const plan = planOf(pods(3), [aBudget(three)], { bypassed: true });
    expect([plan.verdict, plan.now, plan.message]).toEqual([
      'bypassed',
      3,
      'bypassed by --disable-eviction: 3 at once',
    ]);
  });

  it('names two budgets that match, and counts the pods of one of them alone', () => {
    const narrow = aBudget({ name: 'api', matches: (labels) => labels['tier'] === 'api' });
    const leaving = [aPod({ name: 'web-1' }), aPod({ name: 'web-2', labels: { tier: 'api' } })];
    expect(plansOf(leaving, [aBudget(), narrow]).map(({ name, message, pods: of }) => [name, of, message])).toEqual([
      ['api', ['web-2'], 'never: two budgets match 1 pod: api, web'],
      ['web', ['web-1', 'web-2'], 'never: two budgets match 1 pod: api, web; of 1 other pod 1 now, 0 later'],
    ]);
  });

  it('does not promise a later to pods whose forerunners find no room', () => {
    const plan = planOf(pods(3), [aBudget(three)], { placements: new Map([['uid-of-shop-web-1', fitsNowhere]]) });
    expect([plan.verdict, plan.message]).toEqual([
      'unknown',
      '1 now, 2 only if replacements become ready, of which 1 fits on no other node (allows 1; needs 2 healthy of 3, has 3)',
    ]);
  });

  it('says nothing about budgets without a pod of the plan', () => {
    const leaving = [
      aPod({ phase: 'Pending', ...unready }),
      aPod({ name: 'going', deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ];
    expect(plansOf(leaving, [aBudget(), aBudget({ name: 'b', namespace: 'other' })])).toEqual([]);
  });

  it('never lets more go now than allowed, and forgets no pod', () => {
    const numbers = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(fc.nat(8), numbers, numbers, numbers, fc.boolean(), (count, allowed, desired, expected, settled) => {
        const budget = aBudget({
          disruptionsAllowed: allowed,
          desiredHealthy: desired,
          currentHealthy: desired + allowed,
          expectedPods: expected,
          settled,
        });
        for (const plan of plansOf(pods(count), [budget])) {
          expect(plan.now).toBeLessThanOrEqual(allowed);
          expect(plan.pods).toHaveLength(count);
          expect(plan.now + plan.later).toBe(plan.verdict === 'never' ? 0 : count);
          expect(plan.fix === undefined).toBe(plan.verdict === 'now');
        }
      }),
    );
  });
});

describe('pods elsewhere', () => {
  const others = [
    aPod({ name: 'web-9', nodeName: 'node9' }),
    aPod({ name: 'web-8', nodeName: 'node8', ...unready }),
    aPod({ name: 'web-7', nodeName: '', phase: 'Pending', ...unready }),
    aPod({ name: 'web-6', nodeName: 'node8', deletionTimestamp: '2026-01-01T00:00:00Z' }),
    aPod({ name: 'web-1' }),
    aPod({ name: 'done', nodeName: 'node9', phase: 'Succeeded', finished: true }),
    aPod({ name: 'db-1', nodeName: 'node9', labels: { app: 'db' } }),
  ];
  const blocked = aBudget({ ...three, disruptionsAllowed: 0, currentHealthy: 2, matches: ({ app }) => app !== 'db' });

  it('are those that hold the budget up, unready ones first', () => {
    const plan = planOf(pods(1), [blocked], { podsByNamespace: new Map([['shop', others]]) });
    expect([plan.elsewhereCount, plan.elsewhere]).toEqual([
      4,
      [
        { name: 'web-6', node: 'node8', ready: false },
        { name: 'web-7', node: '', ready: false },
        { name: 'web-8', node: 'node8', ready: false },
        { name: 'web-9', node: 'node9', ready: true },
      ],
    ]);
  });

  it('are ten at most, with their count', () => {
    const many = Array.from({ length: 30 }, (_, index) => aPod({ name: `x-${index}`, nodeName: 'node9' }));
    const plan = planOf(pods(1), [blocked], { podsByNamespace: new Map([['shop', many]]) });
    expect([plan.elsewhere.length, plan.elsewhereCount]).toEqual([10, 30]);
  });

  it('are unknown where they were not read', () => {
    const { elsewhere, elsewhereCount } = planOf(pods(1), [blocked]);
    expect([elsewhere, elsewhereCount]).toEqual([[], undefined]);
  });

  it('are worth reading where not all pods of the plan go at once', () => {
    const node2 = aPod({ name: 'web-2', nodeName: 'node2' });
    const needed = (budget: Partial<Budget>, second: Partial<Pod> = {}) =>
      budgetsToExplain([
        aSnapshot([aPod()], { budgets: [aBudget(budget)] }),
        aSnapshot([{ ...node2, ...second }], { budgets: [aBudget(budget)] }),
      ]);
    const budgets = [aBudget()];
    const both = [aSnapshot([aPod()], { budgets }), aSnapshot([node2], { budgets })];
    expect(budgetsToExplain(both)).toEqual(['shop']);
    expect(needed({ disruptionsAllowed: 2 })).toEqual([]);
    expect(needed({ disruptionsAllowed: 0 })).toEqual(['shop']);
    expect(needed({ disruptionsAllowed: 2, settled: false })).toEqual(['shop']);
    expect(needed({ disruptionsAllowed: 0, matches: () => false })).toEqual([]);
    expect(budgetsToExplain([aSnapshot([aPod()], { budgets: undefined })])).toEqual([]);
  });
});

describe('the fix of a budget', () => {
  const zero = { ...three, disruptionsAllowed: 0, currentHealthy: 2 };
  const never = { ...zero, desiredHealthy: 3 };
  const sick = new Map([['shop', [aPod({ name: 'web-8', nodeName: 'node8', ...unready })]]]);
  const cases: readonly [string, Partial<Budget>, Partial<Pod>, BudgetPlanInput['podsByNamespace'], string][] = [
    ['never by a number', never, {}, new Map(), 'scale its workload to more than 3 pods, or lower its minAvailable'],
    [
      'never by 100%',
      { ...never, minAvailable: '100%' },
      {},
      new Map(),
      'lower its minAvailable: at 100% no size is enough',
    ],
    [
      'never by maxUnavailable 0',
      { ...never, minAvailable: undefined, maxUnavailable: 0 },
      {},
      new Map(),
      'raise its maxUnavailable above 0',
    ],
    [
      'a failed sync',
      { ...zero, reason: 'SyncFailed' },
      {},
      new Map(),
      'kubectl describe pdb web -n shop --context prod says why; pods without a scalable owner need a number as minAvailable',
    ],
    ['one unready elsewhere', zero, {}, sick, 'wait until shop/web-8 (on node8) is ready'],
    [
      'unready itself',
      { ...zero, currentHealthy: 1 },
      unready,
      new Map(),
      'set unhealthyPodEvictionPolicy: AlwaysAllow, so that the pods that are not ready may go first',
    ],
    [
      'nothing but time',
      zero,
      {},
      new Map(),
      'wait until more than 2 of its pods are healthy, or scale its workload up',
    ],
    ['settling', { settled: false }, {}, new Map(), 'wait: its controller usually catches up within seconds'],
  ];
  it.each(cases)('%s', (_title, budget, pod, podsByNamespace, fix) => {
    expect(planOf([aPod(pod)], [aBudget(budget)], { podsByNamespace }).fix).toBe(fix);
  });

  it('of two that overlap', () => {
    expect(planOf(pods(1), [aBudget(), aBudget({ name: 'b' })]).fix).toBe(
      'remove all but one of the budgets b, web, or narrow their selectors',
    );
  });

  it('is the turn of the others when some may go', () => {
    expect(planOf(pods(2), [aBudget(three)]).fix).toBe('wait: each of the others may go when a replacement is ready');
  });
});
