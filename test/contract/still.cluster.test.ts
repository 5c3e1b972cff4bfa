/** What can only be seen where nothing moves by itself: expiry, and budgets that nobody has counted. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiAnswer, KubeObject } from '../support/api.ts';
import { targets, type StillServer } from '../support/target.ts';
import { bodyOf, refusal } from './contract.ts';
import { startWatch } from './watching.ts';

describe.each(targets())('$name', (target) => {
  let still: StillServer;
  const namespace = 'still-life';
  const core = (path: string): string => `/api/v1/namespaces/${namespace}/${path}`;
  const budgets = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
  const containers = [{ name: 'app', image: 'kmaint.test/app' }];

  beforeAll(async () => {
    still = await target.connectStill();
    await still.api.create('/api/v1/namespaces', { metadata: { name: namespace } });
  });
  afterAll(() => still.dispose());

  const get = (path: string): Promise<ApiAnswer> => still.api.request('GET', path);
  const patchStatus = (path: string, status: unknown): Promise<unknown> =>
    still.api.patch(`${path}/status`, { status });
  const evict = (name: string): Promise<ApiAnswer> =>
    still.api.request('POST', core(`pods/${name}/eviction`), {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name },
    });
  async function guarded(name: string, status: Record<string, unknown>): Promise<void> {
    const labels = { app: name };
    await still.api.create(core('pods'), { metadata: { name, labels }, spec: { containers, nodeName: 'nowhere' } });
    const conditions = [{ type: 'Ready', status: 'True' }];
    await patchStatus(core(`pods/${name}`), { phase: 'Running', conditions });
    await still.api.create(budgets, {
      metadata: { name },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    });
    await patchStatus(`${budgets}/${name}`, {
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 2,
      disruptionsAllowed: 1,
      ...status,
    });
  }

  test('a budget that nobody has counted: 429 with ten seconds to wait', async () => {
    await guarded('fresh', { observedGeneration: 0 });
    const answer = await evict('fresh');
    expect(refusal(answer)).toEqual({
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget fresh is still being processed by the server.',
          },
        ],
        retryAfterSeconds: 10,
      },
    });
    expect(answer.headers['retry-after']).toBe('10');
  });

  test('a budget whose count would be negative cannot be written', async () => {
    await guarded('negative', { observedGeneration: 1 });
    const contentType = 'application/merge-patch+json';
    const answer = await still.api.request(
      'PATCH',
      `${budgets}/negative/status`,
      { status: { disruptionsAllowed: -1 } },
      { contentType },
    );
    expect(refusal(answer)).toEqual({
      code: 422,
      reason: 'Invalid',
      message:
        'PodDisruptionBudget.policy "negative" is invalid: status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
      details: {
        name: 'negative',
        group: 'policy',
        kind: 'PodDisruptionBudget',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: -1: must be greater than or equal to 0',
            field: 'status.disruptionsAllowed',
          },
        ],
      },
    });
  });

  test('an accepted eviction is taken off the budget, with its time', async () => {
    await guarded('counted', { observedGeneration: 1 });
    expect((await evict('counted')).status).toBe(201);
    const { status } = bodyOf<{ status: Record<string, unknown> }>(await get(`${budgets}/counted`));
    expect(status).toMatchObject({
      disruptionsAllowed: 0,
      currentHealthy: 2,
      disruptedPods: { counted: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string },
      conditions: [
        { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', observedGeneration: 1, message: '' },
      ],
    });
  });

  test('more than 2000 disrupted pods: 403', async () => {
    const time = '2026-01-01T00:00:00Z';
    const disruptedPods = Object.fromEntries(
      Array.from({ length: 2001 }, (_, index) => [`pod-${String(index)}`, time]),
    );
    await guarded('full', { observedGeneration: 1, disruptedPods });
    const answer = refusal(await evict('full'));
    expect(answer).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      details: { name: 'full', group: 'policy', kind: 'poddisruptionbudget' },
    });
    expect(answer.message).toBe(
      'poddisruptionbudget.policy "full" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    );
  });

  test('a namespace that terminates and is never emptied', async () => {
    const path = '/api/v1/namespaces/for-ever';
    await still.api.create('/api/v1/namespaces', { metadata: { name: 'for-ever' } });
    const marked = bodyOf<KubeObject & { spec: unknown; status: unknown }>(await still.api.request('DELETE', path));
    expect(marked).toMatchObject({
      kind: 'Namespace',
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Terminating' },
    });
    const again = bodyOf<KubeObject>(await still.api.request('DELETE', path));
    expect(again).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
    expect(again.metadata.deletionTimestamp).toBe(marked.metadata.deletionTimestamp);
    const { metadata } = bodyOf<KubeObject>(await get(path));
    const finalize = await still.api.request('PUT', `${path}/finalize`, {
      metadata: { name: 'for-ever' },
      spec: { finalizers: [] },
    });
    expect(bodyOf(finalize)).toMatchObject({ kind: 'Namespace', metadata: { name: 'for-ever' } });
    expect(metadata.deletionTimestamp).toMatch(/Z$/);
    expect((await get(path)).status).toBe(404);
  });

  // Last: the server has to be started again for it.
  test('what the server has forgotten is 410, by page, by version and in a watch', async () => {
    for (const name of ['a', 'b', 'c']) await still.api.create(core('configmaps'), { metadata: { name } });
    const first = bodyOf<{ metadata: { continue: string; resourceVersion: string } }>(
      await get(core('configmaps?limit=1')),
    );
    await still.api.patch(core('configmaps/c'), { data: { later: 'yes' } });
    await still.forget();

    const page = refusal(await get(core(`configmaps?limit=1&continue=${encodeURIComponent(first.metadata.continue)}`)));
    expect(page).toMatchObject({ code: 410, reason: 'Expired' });
    expect(page.message).toMatch(
      /^The provided continue parameter is too old to display a consistent list result\. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results\./,
    );

    const version = first.metadata.resourceVersion;
    const exact = refusal(await get(core(`configmaps?resourceVersion=${version}&resourceVersionMatch=Exact`)));
    expect(exact).toMatchObject({
      code: 410,
      reason: 'Expired',
      message: 'The resourceVersion for the provided list is too old.',
    });

    const watch = await startWatch(still.api, core('configmaps?resourceVersion=1'));
    const { object } = await watch.find('an event', () => true);
    expect(object).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 });
    expect(object.message).toMatch(/^too old resource version: 1 \(\d+\)$/);
    expect(watch.events).toHaveLength(1);
    watch.close();
  });
});
