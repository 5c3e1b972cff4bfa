/** dryRun=All: the answer of the real thing, and nothing left of it. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../support/api.ts';
import { bodyOf, contract, refusal } from './contract.ts';

contract({ prefix: 'dry-run' }, (at) => {
  const path = (name: string): string => at.core(`configmaps/${name}`);

  test('creation answers as if, and nothing is there', async () => {
    const made = bodyOf<KubeObject>(
      await at.post(at.core('configmaps?dryRun=All'), { metadata: { name: 'ghost' } }),
      201,
    );
    expect(made.metadata).toMatchObject({
      name: 'ghost',
      uid: expect.any(String) as string,
      creationTimestamp: expect.any(String) as string,
    });
    expect(made.metadata.resourceVersion).toBeUndefined();
    expect((await at.get(path('ghost'))).status).toBe(404);
  });

  test('creation of what exists is refused all the same', async () => {
    await at.configMap('there');
    expect(refusal(await at.post(at.core('configmaps?dryRun=All'), { metadata: { name: 'there' } }))).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
    });
  });

  test('patch and replacement answer as if, and change nothing', async () => {
    const before = bodyOf<KubeObject>(await at.configMap('kept', { data: { a: '1' } }), 201);
    const patched = bodyOf<KubeObject>(await at.patch('merge', `${path('kept')}?dryRun=All`, { data: { a: '2' } }));
    expect(patched).toMatchObject({ data: { a: '2' }, metadata: { resourceVersion: before.metadata.resourceVersion } });
    const replaced = await at.put(`${path('kept')}?dryRun=All`, { metadata: { name: 'kept' }, data: { b: '3' } });
    expect(bodyOf(replaced)).toMatchObject({ data: { b: '3' } });
    expect(bodyOf(await at.get(path('kept')))).toEqual(before);
  });

  test('deletion answers as if, by query and by body', async () => {
    const before = bodyOf<KubeObject>(await at.configMap('alive'), 201);
    for (const answer of [
      await at.delete(`${path('alive')}?dryRun=All`),
      await at.delete(path('alive'), { dryRun: ['All'] }),
    ]) {
      expect(bodyOf(answer)).toMatchObject({ status: 'Success', details: { name: 'alive' } });
    }
    expect(bodyOf(await at.get(path('alive')))).toEqual(before);
  });

  test('deletion of a collection deletes nothing', async () => {
    await at.configMap('one-of-many', { metadata: { labels: { many: 'yes' } } });
    expect((await at.delete(at.core('configmaps?labelSelector=many&dryRun=All'))).status).toBe(200);
    expect((await at.get(path('one-of-many'))).status).toBe(200);
  });

  test('a cordon leaves the node schedulable', async () => {
    const name = `${at.scenario.id}-node`;
    await at.post('/api/v1/nodes', { metadata: { name } });
    const answer = await at.patch('strategic', `/api/v1/nodes/${name}?dryRun=All`, { spec: { unschedulable: true } });
    expect(bodyOf(answer)).toMatchObject({ spec: { unschedulable: true } });
    expect(bodyOf<{ spec: object }>(await at.get(`/api/v1/nodes/${name}`)).spec).not.toHaveProperty('unschedulable');
    await at.api.delete(`/api/v1/nodes/${name}`);
  });

  test('another value is refused', async () => {
    const answer = refusal(await at.post(at.core('configmaps?dryRun=Some'), { metadata: { name: 'ghost' } }));
    expect(answer).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(answer.message).toMatch(/dryRun: Unsupported value: .*"Some".*: supported values: "All"/);
  });
});
