/** Evictions: every answer that a drain acts upon. */
import { expect, test } from 'vitest';
import type { ApiAnswer, Json, KubeObject } from '../support/api.ts';
import type { TestBudget, TestPod } from '../support/workloads.ts';
import { bodyOf, contract, refusal, until, untilGone } from './contract.ts';

const nobody = '00000000-0000-4000-8000-000000000000';

interface EvictedPod extends KubeObject {
  metadata: KubeObject['metadata'] & { deletionGracePeriodSeconds?: number };
  status: { conditions: { type: string; status: string; reason?: string; message?: string }[] };
}

contract({ prefix: 'eviction', nodes: 1 }, (at) => {
  function evict(name: string, more: Record<string, unknown> = {}, query = ''): Promise<ApiAnswer> {
    const body = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace: at.scenario.namespace },
      ...more,
    };
    return at.post(`${at.core(`pods/${name}/eviction`)}${query}`, body);
  }
  const bound = (): { nodeName: string } => ({ nodeName: at.scenario.nodeNames[0] ?? '' });
  const podPath = (name: string): string => at.core(`pods/${name}`);
  const success = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

  /** `count` bare pods labelled `app: NAME`, running. */
  async function pods(app: string, count: number, unready = false): Promise<string[]> {
    const names = Array.from({ length: count }, (_, index) => `${app}-${String(index)}`);
    for (const name of names) {
      await at.scenario.pod(name, { ...bound(), labels: { app }, readyAfterMs: 10, goneAfterMs: 1500, unready });
    }
    for (const name of names) {
      await until<TestPod>(at, podPath(name), `${name} to run`, ({ status }) => status.phase === 'Running');
    }
    return names;
  }
  const budgetPath = (name: string): string => at.policy(`poddisruptionbudgets/${name}`);
  /** A budget that has counted. */
  async function budget(name: string, spec: Record<string, Json>, currentHealthy: number): Promise<TestBudget> {
    await at.scenario.budget(name, spec);
    return await until<TestBudget>(
      at,
      budgetPath(name),
      'the budget to count',
      ({ status }) => status?.observedGeneration === 1 && status.currentHealthy === currentHealthy,
    );
  }
  const tooMany = (name: string, needs: number, has: number): object => ({
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: `The disruption budget ${name} needs ${String(needs)} healthy pods and has ${String(has)} currently`,
        },
      ],
    },
  });

  test('an eviction marks the pod, says why, and the pod ends', async () => {
    await pods('free', 1);
    expect(bodyOf(await evict('free-0'), 201)).toEqual(success);
    const marked = bodyOf<EvictedPod>(await at.get(podPath('free-0')));
    expect(marked.metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: expect.any(String) as string,
    });
    expect(marked.status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      }),
    );
    // A second one is accepted and changes nothing.
    expect(bodyOf(await evict('free-0'), 201)).toEqual(success);
    await untilGone(at, podPath('free-0'));
  });

  test('grace period and dry run are those of deleteOptions', async () => {
    await pods('options', 1);
    for (const answer of [
      await evict('options-0', { deleteOptions: { dryRun: ['All'] } }),
      await evict('options-0', {}, '?dryRun=All'),
    ]) {
      expect(bodyOf(answer, 201)).toEqual(success);
      const untouched = bodyOf<EvictedPod>(await at.get(podPath('options-0')));
      expect(untouched.metadata.deletionTimestamp).toBeUndefined();
      expect(untouched.status.conditions.map(({ type }) => type)).not.toContain('DisruptionTarget');
    }
    await evict('options-0', { deleteOptions: { gracePeriodSeconds: 7 } });
    expect(bodyOf<EvictedPod>(await at.get(podPath('options-0'))).metadata.deletionGracePeriodSeconds).toBe(7);
  });

  test('a budget that allows one: accepted, noted, then refused with its cause and no Retry-After', async () => {
    await pods('one', 2);
    const counted = await budget('one', { minAvailable: 1 }, 2);
    expect(counted.status).toMatchObject({ disruptionsAllowed: 1, desiredHealthy: 1, expectedPods: 2 });
    expect(bodyOf(await evict('one-0', { deleteOptions: { dryRun: ['All'] } }), 201)).toEqual(success);
    expect(bodyOf<TestBudget>(await at.get(budgetPath('one'))).status?.disruptionsAllowed).toBe(1);

    expect(bodyOf(await evict('one-0'), 201)).toEqual(success);
    const used = bodyOf<TestBudget>(await at.get(budgetPath('one')));
    expect(used.status?.disruptionsAllowed).toBe(0);
    const settled = await until<TestBudget>(
      at,
      budgetPath('one'),
      'the count',
      ({ status }) => status?.currentHealthy === 1,
    );
    expect(settled.status).toMatchObject({ disruptionsAllowed: 0, desiredHealthy: 1 });

    const refused = await evict('one-1');
    expect(refusal(refused)).toEqual(tooMany('one', 1, 1));
    expect(refused.headers['retry-after']).toBeUndefined();
    expect(refusal(await evict('one-1', { deleteOptions: { dryRun: ['All'] } }))).toEqual(tooMany('one', 1, 1));
    expect(bodyOf<EvictedPod>(await at.get(podPath('one-1'))).metadata.deletionTimestamp).toBeUndefined();
  });

  test('an accepted eviction is noted in disruptedPods', async () => {
    // The grace of a pod with a finalizer never ends: the note is there until the controller has seen the mark.
    await pods('noted', 3);
    await budget('noted', { maxUnavailable: 3 }, 3);
    await at.patch('merge', budgetPath('noted'), { spec: { maxUnavailable: null, minAvailable: 1 } });
    await until<TestBudget>(at, budgetPath('noted'), 'the new count', ({ status }) => status?.disruptionsAllowed === 2);
    const answers = await Promise.all([evict('noted-0'), evict('noted-1'), evict('noted-2')]);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
    const after = bodyOf<{ status: { disruptionsAllowed: number; disruptedPods?: Record<string, string> } }>(
      await at.get(budgetPath('noted')),
    );
    expect(after.status.disruptionsAllowed).toBe(0);
    for (const time of Object.values(after.status.disruptedPods ?? {})) expect(time).toMatch(/^\d{4}-.*Z$/);
  });

  test('two budgets over one pod', async () => {
    await pods('twice', 1);
    await budget('twice', { minAvailable: 0 }, 1);
    await at.scenario.budget('twice-more', { minAvailable: 0, selector: { matchLabels: { app: 'twice' } } });
    expect(refusal(await evict('twice-0'))).toEqual({
      code: 500,
      reason: undefined,
      message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      details: undefined,
    });
  });

  test.each([
    ['AlwaysAllow', 201],
    ['IfHealthyBudget', 429],
    [undefined, 429],
  ])('an unready pod under the policy %s of an unhealthy budget: %i', async (policy, code) => {
    const name = `unready-${policy?.toLowerCase() ?? 'unset'}`;
    await pods(name, 1, true);
    await budget(name, { minAvailable: 1, ...(policy === undefined ? {} : { unhealthyPodEvictionPolicy: policy }) }, 0);
    const answer = await evict(`${name}-0`);
    if (code === 201) expect(bodyOf(answer, 201)).toEqual(success);
    else expect(refusal(answer)).toEqual(tooMany(name, 1, 0));
  });

  test('an unready pod goes without asking, where the budget is healthy without it', async () => {
    const [ready = ''] = await pods('mixed', 1);
    await at.scenario.pod('mixed-bad', {
      ...bound(),
      labels: { app: 'mixed' },
      readyAfterMs: 10,
      goneAfterMs: 1500,
      unready: true,
    });
    await until<TestPod>(at, podPath('mixed-bad'), 'it to run', ({ status }) => status.phase === 'Running');
    await budget('mixed', { minAvailable: 1 }, 1);
    expect(refusal(await evict(ready))).toEqual(tooMany('mixed', 1, 1));
    expect(bodyOf(await evict('mixed-bad'), 201)).toEqual(success);
  });

  test('pending and finished pods are no concern of budgets', async () => {
    await at.scenario.pod('early', { ...bound(), readyAfterMs: 600_000, goneAfterMs: 100 });
    await budget('early', { minAvailable: 1 }, 0);
    expect(bodyOf(await evict('early'), 201)).toEqual(success);
    await at.scenario.pod('late', { ...bound(), readyAfterMs: 10, completeAfterMs: 10 });
    await until<TestPod>(at, podPath('late'), 'its end', ({ status }) => status.phase === 'Succeeded');
    await budget('late', { minAvailable: 1 }, 0);
    expect(bodyOf(await evict('late'), 201)).toEqual(success);
    expect((await at.get(podPath('late'))).status).toBe(404);
  });

  test('a terminating namespace lets pods go', async () => {
    const namespace = await at.scenario.addNamespace('ending');
    await at.scenario.pod('last', { ...bound(), readyAfterMs: 10, goneAfterMs: 5000, namespace });
    const path = `/api/v1/namespaces/${namespace}/pods/last`;
    await until<TestPod>(at, path, 'it to run', ({ status }) => status.phase === 'Running');
    await at.delete(`/api/v1/namespaces/${namespace}`);
    const answer = await at.post(`${path}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'last', namespace },
    });
    expect(refusal(answer)).toEqual({
      code: 403,
      reason: 'Forbidden',
      message: `pods "last" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      details: {
        name: 'last',
        kind: 'pods',
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      },
    });
  });

  test('preconditions', async () => {
    await pods('same', 1);
    const { metadata } = bodyOf<KubeObject>(await at.get(podPath('same-0')));
    const answer = refusal(await evict('same-0', { deleteOptions: { preconditions: { uid: nobody } } }));
    expect(answer).toEqual({
      code: 409,
      reason: 'Conflict',
      message: expect.stringContaining(nobody) as string,
      details: { name: 'same-0', kind: 'Pod' },
    });
    expect(answer.message).toContain(String(metadata.uid));
    expect(bodyOf<KubeObject>(await at.get(podPath('same-0'))).metadata.deletionTimestamp).toBeUndefined();
    expect((await evict('same-0', { deleteOptions: { preconditions: { uid: metadata.uid } } })).status).toBe(201);
  });

  test('a pod that is not there', async () => {
    expect(refusal(await evict('absent'))).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'pods "absent" not found',
      details: { name: 'absent', kind: 'pods' },
    });
  });

  test('another name in the body than in the path', async () => {
    await pods('named', 1);
    expect(
      refusal(
        await at.post(at.core('pods/named-0/eviction'), {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: 'other' },
        }),
      ),
    ).toEqual({
      code: 400,
      reason: 'BadRequest',
      message: 'name in URL does not match name in Eviction object',
      details: undefined,
    });
  });

  test('a dry run that query and body disagree on', async () => {
    await pods('torn', 1);
    const answer = refusal(await evict('torn-0', { deleteOptions: { dryRun: [] } }, '?dryRun=Some'));
    expect(answer.code).toBeGreaterThanOrEqual(400);
    expect(answer).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(answer.message).toContain('dryRun: Unsupported value: ');
  });
});
