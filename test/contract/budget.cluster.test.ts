/** The arithmetic of PodDisruptionBudgets, as the disruption controller writes it into their status. */
import { beforeAll, expect, test } from 'vitest';
import type { Json } from '../support/api.ts';
import type { TestBudget } from '../support/workloads.ts';
import { bodyOf, contract, until } from './contract.ts';

contract({ prefix: 'budget', nodes: 1 }, (at) => {
  beforeAll(async () => {
    await at.scenario.deployment('seven', 7, { readyAfterMs: 10, goneAfterMs: 10 });
    await at.scenario.deployment('unready', 3, { readyAfterMs: 10, goneAfterMs: 10, unready: true });
    await at.scenario.daemonSet('everywhere', { readyAfterMs: 10, goneAfterMs: 10 });
    await at.scenario.pod('bare', { readyAfterMs: 10, nodeName: at.scenario.nodeNames[0] ?? '' });
    await until<{ status: { readyReplicas?: number } }>(
      at,
      at.apps('deployments/seven'),
      'seven',
      ({ status }) => status.readyReplicas === 7,
    );
    await until<{ status: { replicas?: number } }>(
      at,
      at.apps('deployments/unready'),
      'three',
      ({ status }) => status.replicas === 3,
    );
    await until<{ status: { numberReady?: number } }>(
      at,
      at.apps('daemonsets/everywhere'),
      'one',
      ({ status }) => status.numberReady === 1,
    );
    await until<{ status: { phase?: string } }>(
      at,
      at.core('pods/bare'),
      'it',
      ({ status }) => status.phase === 'Running',
    );
  });

  let made = 0;
  async function counted(app: string | null, spec: Record<string, Json>): Promise<TestBudget> {
    const name = `budget-${String((made += 1))}`;
    const path = at.policy(`poddisruptionbudgets/${name}`);
    const selector = app === null ? {} : { selector: { matchLabels: { app } } };
    await at.post(at.policy('poddisruptionbudgets'), { metadata: { name }, spec: { ...selector, ...spec } });
    const budget = await until<TestBudget>(
      at,
      path,
      'the count',
      ({ status }) => status?.observedGeneration === 1 || (status?.conditions ?? []).length > 0,
    );
    await at.api.delete(path);
    return budget;
  }

  test.each<[string, Record<string, Json>, object]>([
    ['seven', { minAvailable: 5 }, { desiredHealthy: 5, disruptionsAllowed: 2, reason: 'SufficientPods' }],
    ['seven', { minAvailable: 0 }, { desiredHealthy: 0, disruptionsAllowed: 7, reason: 'SufficientPods' }],
    ['seven', { minAvailable: 9 }, { desiredHealthy: 9, disruptionsAllowed: 0, reason: 'InsufficientPods' }],
    ['seven', { minAvailable: '50%' }, { desiredHealthy: 4, disruptionsAllowed: 3, reason: 'SufficientPods' }],
    ['seven', { minAvailable: '100%' }, { desiredHealthy: 7, disruptionsAllowed: 0, reason: 'InsufficientPods' }],
    ['seven', { maxUnavailable: 2 }, { desiredHealthy: 5, disruptionsAllowed: 2, reason: 'SufficientPods' }],
    ['seven', { maxUnavailable: 9 }, { desiredHealthy: 0, disruptionsAllowed: 7, reason: 'SufficientPods' }],
    ['seven', { maxUnavailable: '30%' }, { desiredHealthy: 4, disruptionsAllowed: 3, reason: 'SufficientPods' }],
    ['seven', { maxUnavailable: '1%' }, { desiredHealthy: 6, disruptionsAllowed: 1, reason: 'SufficientPods' }],
    ['seven', { maxUnavailable: 0 }, { desiredHealthy: 7, disruptionsAllowed: 0, reason: 'InsufficientPods' }],
  ])('%s with %j', async (app, spec, expected) => {
    const { status } = await counted(app, spec);
    expect(status).toMatchObject({ currentHealthy: 7, expectedPods: 7, observedGeneration: 1 });
    const { desiredHealthy, disruptionsAllowed, conditions } = status ?? {};
    expect({ desiredHealthy, disruptionsAllowed, reason: conditions?.[0]?.reason }).toEqual(expected);
    expect(conditions).toHaveLength(1);
    expect(conditions?.[0]).toMatchObject({
      type: 'DisruptionAllowed',
      status: disruptionsAllowed === 0 ? 'False' : 'True',
      observedGeneration: 1,
      message: '',
    });
  });

  test('unready pods are expected and not healthy', async () => {
    expect((await counted('unready', { maxUnavailable: 1 })).status).toMatchObject({
      currentHealthy: 0,
      desiredHealthy: 2,
      expectedPods: 3,
      disruptionsAllowed: 0,
    });
  });

  test('a pod of no controller counts for a number, and not for a percentage', async () => {
    expect((await counted('bare', { minAvailable: 1 })).status).toMatchObject({
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
      disruptionsAllowed: 0,
    });
    expect((await counted('bare', { maxUnavailable: 1 })).status).toMatchObject({
      currentHealthy: 1,
      desiredHealthy: 0,
      expectedPods: 0,
      disruptionsAllowed: 0,
    });
  });

  test('an owner without a scale is a failure, and nothing may go', async () => {
    const { status } = await counted('everywhere', { maxUnavailable: 1 });
    expect(status?.disruptionsAllowed).toBe(0);
    expect(status?.conditions).toEqual([
      expect.objectContaining({ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed' }),
    ]);
  });

  test('a budget of no pods allows nothing', async () => {
    expect((await counted('nothing-at-all', { minAvailable: 0 })).status).toMatchObject({
      currentHealthy: 0,
      expectedPods: 0,
      disruptionsAllowed: 0,
    });
  });

  test('no selector means no pod, an empty one every pod', async () => {
    expect((await counted(null, { minAvailable: 1 })).status).toMatchObject({ expectedPods: 0, currentHealthy: 0 });
    // 7 + 3 + 1 of the DaemonSet + 1 bare
    expect((await counted(null, { minAvailable: 1, selector: {} })).status).toMatchObject({
      expectedPods: 12,
      currentHealthy: 9,
    });
  });

  test('the counts follow the pods', async () => {
    await at.scenario.deployment('growing', 1, { readyAfterMs: 10, goneAfterMs: 10 });
    await at.scenario.budget('growing', { maxUnavailable: '50%' });
    const path = at.policy('poddisruptionbudgets/growing');
    await until<TestBudget>(at, path, 'one', ({ status }) => status?.currentHealthy === 1 && status.expectedPods === 1);
    await at.patch('merge', at.apps('deployments/growing'), { spec: { replicas: 4 } });
    const grown = await until<TestBudget>(
      at,
      path,
      'four',
      ({ status }) => status?.currentHealthy === 4 && status.expectedPods === 4,
    );
    expect(grown.status).toMatchObject({ desiredHealthy: 2, disruptionsAllowed: 2 });
    expect(bodyOf<TestBudget>(await at.get(`${path}/status`)).status).toEqual(grown.status);
  });
});
