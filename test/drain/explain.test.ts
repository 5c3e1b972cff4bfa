/** Every reason for which a pod or a budget is in the way has its verdict, its numbers and its way out. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/cluster/budget.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { explainBudget, type BudgetFacts } from '../../src/drain/explain-budget.ts';
import { arithmeticOf, desiredOf, sufficientSize } from '../../src/drain/explain-numbers.ts';
import { explainPod, type PodFacts } from '../../src/drain/explain-pod.ts';
import type { ExplanationVerdict } from '../../src/drain/explain.ts';
import { aBudget, aPod, aVolume, aWorkload } from '../support/objects.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');

function budgetOf(budget: Budget, facts: Partial<BudgetFacts> = {}) {
  const pods = [aPod({ name: 'web-1' }), aPod({ name: 'web-2' })];
  return explainBudget({
    budget,
    budgets: [budget],
    pods,
    owners: [aWorkload()],
    kubectl: kubectlFor(undefined),
    ...facts,
  });
}

function podOf(pod: Pod, facts: Partial<PodFacts> = {}) {
  const command = (words: readonly string[]): string => ['kmaint', ...words].join(' ');
  return explainPod({
    pod,
    budgets: [],
    pods: [pod],
    owners: [],
    daemonSet: undefined,
    kubectl: kubectlFor(undefined),
    nowMs,
    command,
    ...facts,
  });
}

const none = { disruptionsAllowed: 0, reason: 'InsufficientPods' };
const crashing = aPod({
  name: 'web-2',
  ready: false,
  waiting: [{ container: 'app', reason: 'CrashLoopBackOff', message: 'back-off 5m0s' }],
});

describe('a budget', () => {
  it('that allows something says how many', () => {
    const { verdict, sentences, arithmetic, fixes } = budgetOf(aBudget());
    expect(verdict).toBe('may-go');
    expect(sentences).toEqual(['it allows 1 disruption now: it has 2 healthy of 2 expected pods, and needs 1']);
    expect(arithmetic).toEqual([
      'desiredHealthy = minAvailable = 1',
      'currentHealthy 2 - desiredHealthy 1 = 1',
      'disruptionsAllowed = 1',
    ]);
    expect(fixes).toEqual([]);
  });

  it('that allows nothing now names the pods that keep it up, and why', () => {
    const budget = aBudget({ ...none, currentHealthy: 1 });
    const { verdict, sentences, arithmetic, pods, fixes } = budgetOf(budget, { pods: [aPod(), crashing] });
    expect(verdict).toBe('blocked');
    expect(sentences).toEqual([
      'it allows no disruption now: it needs 1 healthy of 2 expected pods, and has 1',
      'shop/web-2 is not ready: container app waits: CrashLoopBackOff (back-off 5m0s)',
      'pods that are not ready may go all the same, because enough others are healthy',
    ]);
    expect(arithmetic.at(-1)).toBe('disruptionsAllowed = 0');
    expect(pods.map(({ name, healthy }) => [name, healthy])).toEqual([
      ['web-2', false],
      ['web-1', true],
    ]);
    // What is not ready may go already: another policy would not help.
    expect(fixes).toEqual(['kubectl logs web-2 -n shop -c app --previous']);
  });

  it.each<[string, Partial<Pod>, string]>([
    [
      'an image that cannot be pulled',
      {
        phase: 'Pending',
        ready: false,
        waiting: [{ container: 'app', reason: 'ImagePullBackOff', message: undefined }],
      },
      'shop/web-2 is pending: container app waits: ImagePullBackOff',
    ],
    [
      'no place for it',
      { phase: 'Pending', ready: false, nodeName: '', unschedulableMessage: '0/3 nodes are available' },
      'shop/web-2 is pending: the scheduler has no place for it: 0/3 nodes are available',
    ],
    ['no reason at all', { ready: false }, 'shop/web-2 is not ready'],
    [
      'its end',
      { deletionTimestamp: '2026-01-01T00:00:30Z' },
      'shop/web-2 is terminating, until 2026-01-01T00:00:30Z at the latest',
    ],
  ])('tells %s', (_, differences, sentence) => {
    const budget = aBudget({ ...none, currentHealthy: 1 });
    const { sentences, verdict } = budgetOf(budget, { pods: [aPod(), aPod({ name: 'web-2', ...differences })] });
    expect(sentences).toContain(sentence);
    expect(verdict).toBe('blocked');
  });

  it('tells evictions that were granted and not seen yet, and pods that do not exist', () => {
    const budget = aBudget({ ...none, currentHealthy: 1, expectedPods: 3, disruptedPods: new Set(['web-2']) });
    const { sentences } = budgetOf(budget);
    expect(sentences.join('\n')).toContain('shop/web-2 is on its way out: its eviction was granted');
    expect(sentences).toContain('1 expected pod does not exist (yet)');
  });

  it.each<[string, Partial<Budget>, string, string[]]>([
    [
      'minAvailable of all',
      { minAvailable: 2, desiredHealthy: 2 },
      'it never allows a disruption at this size: minAvailable 2 needs 2 healthy of 2 expected pods, so none can be spared',
      [
        'kubectl scale deployment web --replicas=3 -n shop',
        `kubectl patch pdb web -n shop --type=merge -p '{"spec":{"minAvailable":null,"maxUnavailable":1}}'`,
      ],
    ],
    [
      'a percentage that rounds up',
      { minAvailable: '51%', desiredHealthy: 2 },
      'it never allows a disruption at this size: minAvailable 51% needs 2 healthy of 2 expected pods, so none can be spared',
      [
        'kubectl scale deployment web --replicas=3 -n shop',
        `kubectl patch pdb web -n shop --type=merge -p '{"spec":{"minAvailable":null,"maxUnavailable":1}}'`,
      ],
    ],
    [
      'minAvailable 100%, which no size satisfies',
      { minAvailable: '100%', desiredHealthy: 2 },
      'it never allows a disruption at this size: minAvailable 100% needs 2 healthy of 2 expected pods, so none can be spared',
      [`kubectl patch pdb web -n shop --type=merge -p '{"spec":{"minAvailable":null,"maxUnavailable":1}}'`],
    ],
    [
      'maxUnavailable 0',
      { minAvailable: undefined, maxUnavailable: 0, desiredHealthy: 2 },
      'it never allows a disruption at this size: maxUnavailable 0 needs 2 healthy of 2 expected pods, so none can be spared',
      [`kubectl patch pdb web -n shop --type=merge -p '{"spec":{"maxUnavailable":1}}'`],
    ],
    [
      'a failed computation',
      { minAvailable: '50%', reason: 'SyncFailed' },
      'it never allows a disruption at this size: the server could not compute it (SyncFailed), mostly because an owner of its pods cannot be scaled',
      [
        'kubectl describe pdb web -n shop',
        `kubectl patch pdb web -n shop --type=merge -p '{"spec":{"maxUnavailable":null,"minAvailable":1}}'`,
      ],
    ],
  ])('never allows anything with %s', (_, differences, sentence, fixes) => {
    const told = budgetOf(aBudget({ ...none, ...differences }));
    expect(told.verdict).toBe('never');
    expect(told.sentences[0]).toBe(sentence);
    expect(told.fixes).toEqual(fixes);
  });

  it('does not propose to scale what another object controls, or one of several', () => {
    const budget = aBudget({ ...none, minAvailable: 2, desiredHealthy: 2 });
    const controller = { apiVersion: 'x/v1', kind: 'Database', name: 'db', uid: 'u-db' };
    for (const owners of [[aWorkload({ controller })], [aWorkload(), aWorkload({ name: 'api' })], []]) {
      expect(budgetOf(budget, { owners }).fixes.join()).not.toContain('scale');
    }
  });

  it('over unmanaged pods says that they do not count', () => {
    const budget = aBudget({ ...none, minAvailable: undefined, maxUnavailable: 1, expectedPods: 0, desiredHealthy: 0 });
    const told = budgetOf(budget, { pods: [aPod({ controller: undefined })], owners: [] });
    expect(told.verdict).toBe('never');
    expect(told.sentences[1]).toBe(
      'shop/web-1 has no controller, and with maxUnavailable 1 such pods add nothing to expectedPods',
    );
    expect(told.arithmetic.at(-1)).toBe('disruptionsAllowed = 0, because it expects no pods');
    expect(told.fixes).toEqual([
      `kubectl patch pdb web -n shop --type=merge -p '{"spec":{"maxUnavailable":null,"minAvailable":0}}'`,
    ]);
  });

  it.each<[string, Partial<Budget>, Partial<BudgetFacts>, ExplanationVerdict, RegExp]>([
    ['selects nothing', { matches: () => false }, {}, 'may-go', /selects no pod/],
    ['selects nothing and is new', { matches: () => false, settled: false }, {}, 'may-go', /selects no pod/],
    ['settles', { ...none, settled: false }, {}, 'settling', /has not computed it/],
    ['covers what cannot be read', none, { pods: undefined }, 'blocked', /needs 1 healthy/],
  ])('%s', (_, differences, facts, verdict, sentence) => {
    const told = budgetOf(aBudget(differences), facts);
    expect(told.verdict).toBe(verdict);
    expect(told.sentences[0]).toMatch(sentence);
  });

  it('that cannot see its pods says so', () => {
    expect(budgetOf(aBudget(none), { pods: undefined }).sentences).toContain(
      'which pods it covers is not known: they could not be read',
    );
  });

  it('that overlaps another names both, and the pod', () => {
    const other = aBudget({ name: 'web-too', uid: 'u-2', matches: ({ app }) => app === 'web' });
    const pods = [aPod(), aPod({ name: 'web-2', labels: { app: 'web' } })];
    const told = budgetOf(aBudget(), { budgets: [aBudget(), other], pods });
    expect(told.verdict).toBe('several-budgets');
    expect(told.sentences[0]).toBe(
      'shop/web-2 is covered by several budgets (shop/web, shop/web-too), and the server refuses to evict such pods',
    );
    expect(told.fixes).toEqual(['kubectl edit pdb web-too -n shop']);
  });

  it('names the context in its commands, quoted where a shell would take it apart', () => {
    const budget = aBudget({ ...none, minAvailable: 2, desiredHealthy: 2 });
    expect(budgetOf(budget, { kubectl: kubectlFor("jo's $cluster") }).fixes[0]).toBe(
      `kubectl scale deployment web --replicas=3 -n shop --context 'jo'\\''s $cluster'`,
    );
  });
});

describe('arithmetic', () => {
  const numbers = { ...aBudget(), minAvailable: undefined, maxUnavailable: '30%', expectedPods: 7, currentHealthy: 7 };

  it('rounds percentages up, as the server does', () => {
    expect(arithmeticOf({ ...numbers, desiredHealthy: 4, disruptionsAllowed: 3 })).toEqual([
      'maxUnavailable 30% of 7 expected = 2.1, rounded up to 3',
      'desiredHealthy = expectedPods 7 - maxUnavailable 3 = 4',
      'currentHealthy 7 - desiredHealthy 4 = 3',
      'disruptionsAllowed = 3',
    ]);
  });

  it('says where the server has other numbers, and never less than 0', () => {
    expect(arithmeticOf({ ...numbers, desiredHealthy: 5, currentHealthy: 3, disruptionsAllowed: 0 })).toEqual([
      'maxUnavailable 30% of 7 expected = 2.1, rounded up to 3',
      'desiredHealthy = expectedPods 7 - maxUnavailable 3 = 4',
      'the server says desiredHealthy = 5: its numbers are from another moment',
      'currentHealthy 3 - desiredHealthy 5 = -2, so 0',
      'disruptionsAllowed = 0',
    ]);
  });

  it('finds the smallest size at which one may go', () => {
    const limit = fc.oneof(
      fc.record({ minAvailable: fc.nat(20), maxUnavailable: fc.constant(undefined) }),
      fc.record({ minAvailable: fc.nat(99).map((n) => `${n}%`), maxUnavailable: fc.constant(undefined) }),
      fc.record({ minAvailable: fc.constant(undefined), maxUnavailable: fc.integer({ min: 1, max: 9 }) }),
    );
    fc.assert(
      fc.property(limit, fc.integer({ min: 1, max: 30 }), (limits, expectedPods) => {
        const budget = { ...aBudget(), ...limits, expectedPods };
        const size = sufficientSize(budget) ?? 0;
        expect(desiredOf(budget, size)).toBeLessThan(size);
        for (let less = expectedPods; less < size; less += 1)
          expect(desiredOf(budget, less)).toBeGreaterThanOrEqual(less);
      }),
    );
  });
});

describe('a pod', () => {
  const ownedBy = (kind: string): Pod['controller'] => ({ apiVersion: 'apps/v1', kind, name: 'agent', uid: 'u-agent' });

  it.each<[string, Partial<Pod>, Partial<PodFacts>, ExplanationVerdict, RegExp]>([
    ['without a budget', {}, {}, 'may-go', /^no budget covers it/],
    ['with a budget that allows it', {}, { budgets: [aBudget()] }, 'may-go', /its budget shop\/web: it allows 1/],
    ['with a budget that does not', {}, { budgets: [aBudget(none)] }, 'blocked', /^its budget shop\/web: it allows no/],
    ['with a never budget', {}, { budgets: [aBudget({ ...none, desiredHealthy: 2 })] }, 'never', /never allows/],
    ['with a settling budget', {}, { budgets: [aBudget({ settled: false })] }, 'settling', /has not computed/],
    ['with unknown budgets', {}, { budgets: undefined }, 'unknown', /only the server knows/],
    [
      'with two budgets',
      {},
      { budgets: [aBudget(), aBudget({ name: 'b' })] },
      'several-budgets',
      /\(shop\/b, shop\/web\)/,
    ],
    ['of a static pod', { mirror: true }, {}, 'left-alone', /static pod/],
    [
      'of a DaemonSet',
      { controller: ownedBy('DaemonSet') },
      { daemonSet: 'exists' },
      'left-alone',
      /DaemonSet shop\/agent/,
    ],
    [
      'of a DaemonSet that is gone',
      { controller: ownedBy('DaemonSet') },
      { daemonSet: 'missing' },
      'blocked',
      /drain stops at it: its DaemonSet shop\/agent is gone.*\(--force lifts this\)/,
    ],
    [
      'of a DaemonSet that is unknown',
      { controller: ownedBy('DaemonSet') },
      { daemonSet: { unknown: 'forbidden' } },
      'blocked',
      /could not be read: forbidden/,
    ],
    ['that is finished', { phase: 'Succeeded', finished: true }, {}, 'finished', /has finished \(Succeeded\)/],
    ['that is terminating', { deletionTimestamp: '2026-01-01T00:00:20Z' }, {}, 'terminating', /20s left to stop/],
    ['that ends overdue', { deletionTimestamp: '2025-12-31T23:59:00Z' }, {}, 'terminating', /1m00s ago/],
    ['that is pending', { phase: 'Pending', ready: false }, { budgets: [aBudget(none)] }, 'may-go', /^it is pending/],
    ['with an emptyDir', { volumes: [aVolume('emptyDir')] }, {}, 'blocked', /--delete-emptydir-data lifts this/],
  ])('%s', (_, differences, facts, verdict, sentence) => {
    const told = podOf(aPod(differences), facts);
    expect(told.sentences[0]).toMatch(sentence);
    expect(told.verdict).toBe(verdict);
  });

  it('without a controller and with a never budget is told both, and the graver one counts', () => {
    const budget = aBudget({ ...none, desiredHealthy: 2, minAvailable: 2 });
    const told = podOf(aPod({ controller: undefined }), { budgets: [budget] });
    expect(told.verdict).toBe('never');
    expect(told.sentences[0]).toMatch(/declares no controller/);
    expect(told.sentences[1]).toMatch(/never allows/);
    expect(told.fixes[0]).toBe('kmaint drain node1 --force');
  });

  it.each([
    ['AlwaysAllow', /lets pods that are not ready go/],
    ['IfHealthyBudget', /because it is not ready and enough others are healthy/],
  ])('that is not ready goes free with %s', (unhealthyPodEvictionPolicy, sentence) => {
    const budget = aBudget({ ...none, unhealthyPodEvictionPolicy });
    const told = podOf(crashing, { budgets: [budget] });
    expect(told.verdict).toBe('may-go');
    expect(told.sentences.join('\n')).toMatch(sentence);
    expect(told.sentences[0]).toContain('CrashLoopBackOff');
  });

  it('that is not ready is held while too few others are healthy', () => {
    const budget = aBudget({ ...none, currentHealthy: 0 });
    const told = podOf(crashing, { budgets: [budget] });
    expect(told.verdict).toBe('blocked');
    expect(told.sentences.join('\n')).toContain('may not go either, because too few others are healthy');
    expect(told.fixes).toEqual([
      'kubectl logs web-2 -n shop -c app --previous',
      `kubectl patch pdb web -n shop --type=merge -p '{"spec":{"unhealthyPodEvictionPolicy":"AlwaysAllow"}}'`,
    ]);
  });

  it('that its finalizers keep names them, and removes none', () => {
    const told = podOf(aPod({ deletionTimestamp: '2025-12-31T23:59:00Z', finalizers: ['x.test/hold'] }));
    expect(told.sentences[1]).toContain('x.test/hold');
    expect(told.fixes).toEqual(['kubectl get pod web-1 -n shop -o yaml']);
  });
});
