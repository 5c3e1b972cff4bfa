/** Lists: their shape, their order, what selectors find and which ones are refused. */
import { beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../support/api.ts';
import { bodyOf, contract, refusal } from './contract.ts';

interface List {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly resourceVersion: string; continue?: string; remainingItemCount?: number };
  readonly items: KubeObject[];
}

contract({ prefix: 'list' }, (at) => {
  let second = '';
  beforeAll(async () => {
    second = await at.scenario.addNamespace('b');
    const node = `${at.scenario.id}-nowhere`;
    // Not in the order in which they are to be listed.
    await at.scenario.pod('c', { labels: { tier: 'back', app: 'c' }, nodeName: node });
    await at.scenario.pod('a', { labels: { tier: 'front', app: 'a' }, nodeName: node });
    await at.scenario.pod('b', { labels: { app: 'b' } });
    await at.scenario.pod('a', { labels: { tier: 'front', app: 'a' }, namespace: second });
  });

  const names = async (query: string): Promise<string[]> =>
    bodyOf<List>(await at.get(at.core(`pods?${query}`))).items.map(({ metadata }) => metadata.name);
  const byLabel = (selector: string): Promise<string[]> => names(`labelSelector=${encodeURIComponent(selector)}`);
  const byField = (selector: string): Promise<string[]> => names(`fieldSelector=${encodeURIComponent(selector)}`);

  test('a list names its kind and version, its items do not; it has a resourceVersion and no continue', async () => {
    const list = bodyOf<List>(await at.get(at.core('pods')));
    expect(list).toMatchObject({ kind: 'PodList', apiVersion: 'v1' });
    expect(Object.keys(list.metadata)).toEqual(['resourceVersion']);
    expect(list.items).toHaveLength(3);
    for (const item of list.items) expect([item.kind, item.apiVersion]).toEqual([undefined, undefined]);
    const newest = Math.max(...list.items.map((item) => Number(item.metadata.resourceVersion)));
    expect(Number(list.metadata.resourceVersion)).toBeGreaterThanOrEqual(newest);
  });

  test('an empty list has an empty array', async () => {
    const list = bodyOf<List>(await at.get(at.apps('deployments')));
    expect(list).toMatchObject({ kind: 'DeploymentList', apiVersion: 'apps/v1', items: [] });
  });

  test('items are ordered by namespace/name as one text, as etcd orders its keys', async () => {
    expect(await names('')).toEqual(['a', 'b', 'c']);
    const everywhere = bodyOf<List>(await at.get(`/api/v1/pods?labelSelector=tier%3Dfront`)).items;
    const mine = everywhere.filter(({ metadata }) => metadata.namespace?.startsWith(at.scenario.id));
    // "-" comes before "/": so the namespace x-b before the namespace x.
    expect(mine.map(({ metadata }) => `${String(metadata.namespace)}/${metadata.name}`)).toEqual([
      `${second}/a`,
      `${at.scenario.namespace}/a`,
    ]);
  });

  test('a list in a namespace that is not there is empty', async () => {
    expect(bodyOf<List>(await at.get('/api/v1/namespaces/no-such-one/pods')).items).toEqual([]);
  });

  test.each([
    ['tier=front', ['a']],
    ['tier==front', ['a']],
    ['tier!=front', ['b', 'c']],
    ['tier', ['a', 'c']],
    ['!tier', ['b']],
    ['tier in (front,back)', ['a', 'c']],
    ['tier in (front),app in (a, c)', ['a']],
    ['tier notin (front)', ['b', 'c']],
    ['tier,app!=a', ['c']],
    ['tier=', []],
    ['', ['a', 'b', 'c']],
  ])('the label selector %j finds %j', async (selector, found) => {
    expect(await byLabel(selector)).toEqual(found);
  });

  test.each(['tier in front', 'a b', '=x', 'tier=front)', 'tier=-x-'])(
    'the label selector %j is refused',
    async (selector) => {
      const answer = refusal(await at.get(at.core(`pods?labelSelector=${encodeURIComponent(selector)}`)));
      expect(answer).toMatchObject({ code: 400, reason: 'BadRequest', details: undefined });
      expect(answer.message).toMatch(/^unable to parse requirement: |^found '.*', expected: /);
    },
  );

  test.each([
    ['metadata.name=b', ['b']],
    ['metadata.name!=b', ['a', 'c']],
    ['spec.nodeName=', ['b']],
    ['spec.nodeName!=', ['a', 'c']],
    ['status.phase=Pending', ['a', 'b', 'c']],
    ['status.phase!=Pending', []],
    ['status.phase=Running,metadata.name=a', []],
    ['spec.restartPolicy=Always', ['a', 'b', 'c']],
    ['spec.schedulerName=default-scheduler', ['a', 'b', 'c']],
    ['metadata.namespace=elsewhere', []],
  ])('the field selector %j finds %j', async (selector, found) => {
    expect(await byField(selector)).toEqual(found);
  });

  test('the pods of a node are found in all namespaces', async () => {
    const path = `/api/v1/pods?fieldSelector=spec.nodeName%3D${at.scenario.id}-nowhere`;
    expect(bodyOf<List>(await at.get(path)).items.map(({ metadata }) => metadata.name)).toEqual(['a', 'c']);
  });

  test('label and field selectors hold together', async () => {
    expect(await names(`labelSelector=tier&fieldSelector=metadata.name%3Dc`)).toEqual(['c']);
  });

  test('an unknown field is refused by name', async () => {
    expect(refusal(await at.get(at.core('pods?fieldSelector=spec.colour%3Dred')))).toEqual({
      code: 400,
      reason: 'BadRequest',
      message: 'field label not supported: spec.colour',
      details: undefined,
    });
    expect(refusal(await at.get(at.apps('deployments?fieldSelector=spec.nodeName%3Dx')))).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: expect.stringContaining(
        '"spec.nodeName" is not a known field selector: only "metadata.name", "metadata.namespace"',
      ) as string,
    });
  });

  test('nodes are found by spec.unschedulable', async () => {
    const name = `${at.scenario.id}-lone`;
    const created = await at.post('/api/v1/nodes', { metadata: { name }, spec: { unschedulable: true } });
    expect(created.status).toBe(201);
    const found = async (value: string): Promise<string[]> =>
      bodyOf<List>(
        await at.get(`/api/v1/nodes?fieldSelector=metadata.name%3D${name}%2Cspec.unschedulable%3D${value}`),
      ).items.map(({ metadata }) => metadata.name);
    expect(await found('true')).toEqual([name]);
    expect(await found('false')).toEqual([]);
    await at.api.delete(`/api/v1/nodes/${name}`);
  });
});
