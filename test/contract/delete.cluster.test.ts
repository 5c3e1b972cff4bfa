/** Deletion: grace, preconditions, propagation, finalizers, collections. */
import { expect, test } from 'vitest';
import { waitFor, type KubeObject } from '../support/api.ts';
import { bodyOf, contract, refusal, until, untilGone } from './contract.ts';

interface Deleted extends KubeObject {
  metadata: KubeObject['metadata'] & { deletionGracePeriodSeconds?: number };
}

const nobody = '00000000-0000-4000-8000-000000000000';
const containers = [{ name: 'app', image: 'kmaint.test/app' }];

contract({ prefix: 'delete', nodes: 1 }, (at) => {
  /** A pod that runs on a real (fake) node and takes its time to end. */
  async function runningPod(name: string, more: { finalizers?: readonly string[] } = {}): Promise<string> {
    const nodeName = at.scenario.nodeNames[0] ?? '';
    await at.scenario.pod(name, { nodeName, readyAfterMs: 10, goneAfterMs: 20_000, ...more });
    await until<{ status: { phase?: string } }>(
      at,
      at.core(`pods/${name}`),
      `${name} to run`,
      ({ status }) => status.phase === 'Running',
    );
    return at.core(`pods/${name}`);
  }
  const secondsUntil = (object: Deleted): number =>
    Math.round((Date.parse(object.metadata.deletionTimestamp ?? '') - Date.now()) / 1000);

  test('the answer of an object that goes at once is a Status with its uid', async () => {
    const { metadata } = bodyOf<KubeObject>(await at.configMap('at-once'), 201);
    expect(bodyOf(await at.delete(at.core('configmaps/at-once')))).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'at-once', kind: 'configmaps', uid: metadata.uid },
    });
    expect(refusal(await at.delete(at.core('configmaps/at-once')))).toEqual({
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "at-once" not found',
      details: { name: 'at-once', kind: 'configmaps' },
    });
  });

  test('a running pod gets its own grace period; the answer is the marked pod', async () => {
    const path = await runningPod('graceful');
    const marked = bodyOf<Deleted>(await at.delete(path));
    expect(marked).toMatchObject({ kind: 'Pod', metadata: { name: 'graceful', deletionGracePeriodSeconds: 30 } });
    expect(secondsUntil(marked)).toBeGreaterThan(25);
    expect(secondsUntil(marked)).toBeLessThanOrEqual(31);
    expect(bodyOf<Deleted>(await at.get(path)).metadata.deletionTimestamp).toBe(marked.metadata.deletionTimestamp);
  });

  test('a second deletion shortens the grace period and never lengthens it', async () => {
    const path = await runningPod('shortened');
    const first = bodyOf<Deleted>(await at.delete(path, { gracePeriodSeconds: 60 }));
    expect(first.metadata.deletionGracePeriodSeconds).toBe(60);
    const second = bodyOf<Deleted>(await at.delete(path, { gracePeriodSeconds: 20 }));
    expect(second.metadata.deletionGracePeriodSeconds).toBe(20);
    expect(secondsUntil(second)).toBeLessThanOrEqual(21);
    const third = bodyOf<Deleted>(await at.delete(path, { gracePeriodSeconds: 500 }));
    expect(third.metadata).toMatchObject({
      deletionGracePeriodSeconds: 20,
      deletionTimestamp: second.metadata.deletionTimestamp,
    });
    const fourth = bodyOf<Deleted>(await at.delete(path));
    expect(fourth.metadata.deletionGracePeriodSeconds).toBe(20);
  });

  test('grace 0 removes at once, also by the query', async () => {
    const one = await runningPod('removed');
    expect(bodyOf(await at.delete(one, { gracePeriodSeconds: 0 }))).toMatchObject({ kind: 'Pod' });
    expect((await at.get(one)).status).toBe(404);
    const other = await runningPod('removed-by-query');
    await at.delete(`${other}?gracePeriodSeconds=0`);
    expect((await at.get(other)).status).toBe(404);
  });

  test('a pod on no node, and one that has ended, go at once', async () => {
    await at.post(at.core('pods'), { metadata: { name: 'unbound' }, spec: { containers, schedulerName: 'nobody' } });
    expect(bodyOf(await at.delete(at.core('pods/unbound')))).toMatchObject({ kind: 'Pod' });
    expect((await at.get(at.core('pods/unbound'))).status).toBe(404);
    const path = await runningPod('ended');
    await at.patch('merge', `${path}/status`, { status: { phase: 'Succeeded' } });
    await at.delete(path);
    expect((await at.get(path)).status).toBe(404);
  });

  test('a negative grace period is taken for one second', async () => {
    const path = await runningPod('negative');
    expect(bodyOf<Deleted>(await at.delete(path, { gracePeriodSeconds: -1 })).metadata.deletionGracePeriodSeconds).toBe(
      1,
    );
  });

  test('preconditions', async () => {
    const path = await runningPod('conditions');
    const { metadata } = bodyOf<KubeObject>(await at.get(path));
    const uid = refusal(await at.delete(path, { preconditions: { uid: nobody } }));
    expect(uid).toEqual({
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on Pod "conditions": the UID in the precondition (${nobody}) does not match the UID in record (${String(metadata.uid)}). The object might have been deleted and then recreated`,
      details: { name: 'conditions', kind: 'Pod' },
    });
    const version = refusal(await at.delete(path, { preconditions: { resourceVersion: '1' } }));
    expect(version).toMatchObject({ code: 409, reason: 'Conflict', details: { name: 'conditions', kind: 'Pod' } });
    expect(version.message).toContain(
      'the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (',
    );
    expect((await at.delete(path, { preconditions: { uid: metadata.uid }, gracePeriodSeconds: 0 })).status).toBe(200);
  });

  test('a precondition holds for objects without a grace period, too', async () => {
    await at.configMap('condition');
    const answer = refusal(await at.delete(at.core('configmaps/condition'), { preconditions: { uid: nobody } }));
    expect(answer).toMatchObject({ code: 409, reason: 'Conflict', details: { name: 'condition', kind: 'ConfigMap' } });
    expect(answer.message).toMatch(
      new RegExp(
        `^Operation cannot be fulfilled on ConfigMap "condition": the UID in the precondition \\(${nobody}\\) does not match the UID in record`,
      ),
    );
  });

  test('finalizers hold an object until the last one is gone', async () => {
    await at.configMap('held', { metadata: { finalizers: ['kmaint.test/a', 'kmaint.test/b'] } });
    const path = at.core('configmaps/held');
    const marked = bodyOf<Deleted>(await at.delete(path));
    expect(marked).toMatchObject({ kind: 'ConfigMap', metadata: { deletionGracePeriodSeconds: 0 } });
    expect(marked.metadata.deletionTimestamp).toMatch(/Z$/);
    expect(
      bodyOf<Deleted>(await at.patch('merge', path, { metadata: { finalizers: ['kmaint.test/b'] } })).metadata
        .finalizers,
    ).toEqual(['kmaint.test/b']);
    const added = refusal(
      await at.patch('merge', path, { metadata: { finalizers: ['kmaint.test/b', 'kmaint.test/c'] } }),
    );
    expect(added).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(added.message).toContain(
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted',
    );
    expect((await at.patch('merge', path, { metadata: { finalizers: null } })).status).toBe(200);
    expect((await at.get(path)).status).toBe(404);
  });

  test('a pod with a finalizer stays after its grace period, as long as it is there', async () => {
    const path = await runningPod('held-pod', { finalizers: ['kmaint.test/hold'] });
    const marked = bodyOf<Deleted>(await at.delete(path, { gracePeriodSeconds: 0 }));
    expect(marked.metadata).toMatchObject({ deletionGracePeriodSeconds: 0, finalizers: ['kmaint.test/hold'] });
    expect((await at.get(path)).status).toBe(200);
    await at.patch('merge', path, { metadata: { finalizers: null } });
    await untilGone(at, path);
  });

  test('an unknown propagation policy, and two at once, are refused', async () => {
    await at.configMap('policies');
    const path = at.core('configmaps/policies');
    const unknown = refusal(await at.delete(path, { propagationPolicy: 'Sideways' }));
    expect(unknown).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(unknown.message).toContain(
      'propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
    );
    const both = refusal(await at.delete(path, { propagationPolicy: 'Background', orphanDependents: true }));
    expect(both.message).toContain('orphanDependents and deletionPropagation cannot be both set');
  });

  test.each([
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ])('%s is a finalizer first', async (propagationPolicy, finalizer) => {
    const name = propagationPolicy.toLowerCase();
    // Its own finalizer keeps the garbage collector from finishing before the test looks.
    await at.configMap(name, { metadata: { finalizers: ['kmaint.test/hold'] } });
    const path = at.core(`configmaps/${name}`);
    const marked = bodyOf<Deleted>(await at.delete(path, { propagationPolicy }));
    expect(marked.metadata.finalizers?.toSorted()).toEqual([finalizer, 'kmaint.test/hold'].toSorted());
    expect(marked.metadata.deletionTimestamp).toMatch(/Z$/);
    await until<KubeObject>(at, path, 'the garbage collector', ({ metadata }) => metadata.finalizers?.length === 1);
    await at.patch('merge', path, { metadata: { finalizers: null } });
    await untilGone(at, path);
  });

  test('a collection is deleted by its selector', async () => {
    for (const name of ['many-a', 'many-b']) await at.configMap(name, { metadata: { labels: { many: 'yes' } } });
    await at.configMap('many-not', { metadata: { labels: { many: 'no' } } });
    const answer = await at.delete(at.core('configmaps?labelSelector=many%3Dyes'));
    const list = bodyOf<{ kind: string; items: KubeObject[] }>(answer);
    expect(list.kind).toBe('ConfigMapList');
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['many-a', 'many-b']);
    const left = bodyOf<{ items: KubeObject[] }>(await at.get(at.core('configmaps?labelSelector=many')));
    expect(left.items.map(({ metadata }) => metadata.name)).toEqual(['many-not']);
  });

  test('a node is deleted with its uid as the condition', async () => {
    const name = `${at.scenario.id}-gone`;
    const { metadata } = bodyOf<KubeObject>(await at.post('/api/v1/nodes', { metadata: { name } }), 201);
    const path = `/api/v1/nodes/${name}`;
    expect((await at.delete(path, { preconditions: { uid: nobody } })).status).toBe(409);
    expect(bodyOf(await at.delete(path, { preconditions: { uid: metadata.uid } }))).toMatchObject({
      status: 'Success',
      details: { name, kind: 'nodes', uid: metadata.uid },
    });
    await waitFor('the node to be gone', async () => ((await at.get(path)).status === 404 ? true : undefined));
  });
});
