/** Replacement: optimistic locking, generations, what may not change, the status subresource. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../support/api.ts';
import { bodyOf, contract, refusal } from './contract.ts';

interface Loose extends KubeObject {
  data?: Record<string, string>;
  spec: Record<string, unknown>;
  status: Record<string, unknown>;
}

const containers = [{ name: 'app', image: 'kmaint.test/app' }];

contract({ prefix: 'update' }, (at) => {
  const podAt = async (name: string): Promise<Loose> =>
    bodyOf<Loose>(
      await at.post(at.core('pods'), { metadata: { name }, spec: { schedulerName: 'nobody', containers } }),
      201,
    );

  test('with the current version, and without any, it replaces', async () => {
    const made = bodyOf<Loose>(await at.configMap('replace', { data: { a: '1' } }), 201);
    const path = at.core('configmaps/replace');
    const second = bodyOf<Loose>(await at.put(path, { ...made, data: { b: '2' } }));
    expect(second.data).toEqual({ b: '2' });
    expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
    const third = bodyOf<Loose>(await at.put(path, { metadata: { name: 'replace' } }));
    expect(third.data).toBeUndefined();
    expect(third.metadata).toMatchObject({
      uid: made.metadata.uid,
      creationTimestamp: made.metadata.creationTimestamp,
    });
  });

  test('with nothing changed it keeps the version', async () => {
    const made = bodyOf<Loose>(await at.configMap('unchanged', { data: { a: '1' } }), 201);
    const again = bodyOf<Loose>(await at.put(at.core('configmaps/unchanged'), made));
    expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
  });

  test('with an older version it is a conflict', async () => {
    const made = bodyOf<Loose>(await at.configMap('stale'), 201);
    await at.patch('merge', at.core('configmaps/stale'), { data: { a: '1' } });
    expect(refusal(await at.put(at.core('configmaps/stale'), made))).toEqual({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "stale": the object has been modified; please apply your changes to the latest version and try again',
      details: { name: 'stale', kind: 'configmaps' },
    });
  });

  test('with the uid of another it is a conflict', async () => {
    await at.configMap('other-uid');
    const uid = '00000000-0000-4000-8000-000000000000';
    const answer = refusal(await at.put(at.core('configmaps/other-uid'), { metadata: { name: 'other-uid', uid } }));
    expect(answer).toMatchObject({ code: 409, reason: 'Conflict', details: { name: 'other-uid', kind: 'configmaps' } });
    expect(answer.message).toMatch(
      new RegExp(
        `^Operation cannot be fulfilled on configmaps "other-uid": .*UID in precondition: ${uid}, UID in object meta: `,
      ),
    );
  });

  test('of one that is not there it is not found', async () => {
    expect(refusal(await at.put(at.core('configmaps/absent'), { metadata: { name: 'absent' } }))).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "absent" not found',
      details: { name: 'absent', kind: 'configmaps' },
    });
  });

  test('with another name than the path says', async () => {
    await at.configMap('right');
    expect(refusal(await at.put(at.core('configmaps/right'), { metadata: { name: 'wrong' } }))).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: 'the name of the object (wrong) does not match the name on the URL (right)',
    });
  });

  test('the generation counts changes of the spec only', async () => {
    const body = {
      metadata: { name: 'generations' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'none' } } },
    };
    expect(bodyOf<Loose>(await at.post(at.policy('poddisruptionbudgets'), body), 201).metadata.generation).toBe(1);
    const path = at.policy('poddisruptionbudgets/generations');
    const labelled = bodyOf<Loose>(await at.patch('merge', path, { metadata: { labels: { a: 'b' } } }));
    expect(labelled.metadata.generation).toBe(1);
    const changed = bodyOf<Loose>(await at.patch('merge', path, { spec: { minAvailable: 2 } }));
    expect(changed.metadata.generation).toBe(2);
    const told = bodyOf<Loose>(await at.patch('merge', `${path}/status`, { status: { disruptionsAllowed: 7 } }));
    expect(told.metadata.generation).toBe(2);
  });

  test('a status sent to the object itself is ignored', async () => {
    await podAt('status-ignored');
    const path = at.core('pods/status-ignored');
    const answer = bodyOf<Loose>(
      await at.patch('merge', path, { metadata: { labels: { a: 'b' } }, status: { phase: 'Running' } }),
    );
    expect(answer).toMatchObject({ metadata: { labels: { a: 'b' } }, status: { phase: 'Pending' } });
  });

  test('the status subresource changes the status alone', async () => {
    await podAt('status-only');
    const path = at.core('pods/status-only/status');
    const answer = bodyOf<Loose>(
      await at.patch('merge', path, {
        spec: { activeDeadlineSeconds: 5 },
        status: { phase: 'Running', reason: 'Because' },
      }),
    );
    expect(answer.status).toMatchObject({ phase: 'Running', reason: 'Because' });
    expect(answer.spec).not.toHaveProperty('activeDeadlineSeconds');
    expect(bodyOf<Loose>(await at.get(path))).toEqual(answer);
    expect(bodyOf<Loose>(await at.get(at.core('pods/status-only')))).toEqual(answer);
  });

  test('the status can be replaced, too', async () => {
    const made = await podAt('status-put');
    const answer = await at.put(at.core('pods/status-put/status'), {
      ...made,
      status: { ...made.status, phase: 'Failed' },
    });
    expect(bodyOf<Loose>(answer).status).toMatchObject({ phase: 'Failed' });
  });

  test("most of a pod's spec may not change", async () => {
    await podAt('fixed');
    const answer = refusal(await at.patch('merge', at.core('pods/fixed'), { spec: { restartPolicy: 'Never' } }));
    expect(answer).toMatchObject({ code: 422, reason: 'Invalid', details: { name: 'fixed', kind: 'Pod' } });
    expect(answer.message).toMatch(
      /^Pod "fixed" is invalid: spec: Forbidden: pod updates may not change fields other than /,
    );
    const image = [{ name: 'app', image: 'kmaint.test/app:2' }];
    expect((await at.patch('strategic', at.core('pods/fixed'), { spec: { containers: image } })).status).toBe(200);
  });

  test("a Deployment's selector may not change", async () => {
    const labels = { app: 'selector' };
    const template = { metadata: { labels: { app: 'selector', b: 'c' } }, spec: { containers } };
    const body = { metadata: { name: 'selector' }, spec: { replicas: 0, selector: { matchLabels: labels }, template } };
    expect((await at.post(at.apps('deployments'), body)).status).toBe(201);
    const answer = refusal(
      await at.patch('merge', at.apps('deployments/selector'), { spec: { selector: { matchLabels: { b: 'c' } } } }),
    );
    expect(answer).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { name: 'selector', group: 'apps', kind: 'Deployment' },
    });
    expect(answer.message).toMatch(/spec\.selector: Invalid value: .*: field is immutable$/);
  });

  test('scale is read and written through its subresource', async () => {
    const labels = { app: 'scaled' };
    const body = {
      metadata: { name: 'scaled' },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { schedulerName: 'nobody', containers } },
      },
    };
    const made = bodyOf<Loose>(await at.post(at.apps('deployments'), body), 201);
    const path = at.apps('deployments/scaled/scale');
    const scale = bodyOf<Loose>(await at.get(path));
    expect(scale).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'scaled', namespace: at.scenario.namespace, uid: made.metadata.uid },
      spec: {},
      status: { replicas: 0, selector: 'app=scaled' },
    });
    expect(
      bodyOf<Loose>(
        await at.put(path, {
          ...scale,
          metadata: { name: 'scaled', namespace: at.scenario.namespace },
          spec: { replicas: 2 },
        }),
      ).spec,
    ).toEqual({ replicas: 2 });
    const after = bodyOf<Loose>(await at.get(at.apps('deployments/scaled')));
    expect(after).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 2 } });
    expect(bodyOf<Loose>(await at.patch('merge', path, { spec: { replicas: 0 } })).spec).toEqual({});
    expect(refusal(await at.get(at.apps('deployments/absent/scale')))).toMatchObject({
      code: 404,
      message: at.minor >= 35 ? 'deployments.apps "absent" not found' : 'deployments/scale.apps "absent" not found',
    });
  });
});
