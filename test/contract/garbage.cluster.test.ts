/** What happens to the rest when an owner or a namespace is deleted. */
import { expect, test } from 'vitest';
import { waitFor, type KubeObject } from '../support/api.ts';
import { bodyOf, contract, refusal, until, untilGone } from './contract.ts';

const quick = { readyAfterMs: 10, goneAfterMs: 10 };

contract({ prefix: 'garbage', nodes: 1 }, (at) => {
  const names = async (resource: 'pods' | 'replicasets', app: string): Promise<string[]> => {
    const path = resource === 'pods' ? at.core(resource) : at.apps(resource);
    return (await at.api.list(`${path}?labelSelector=app%3D${app}`)).map(({ metadata }) => metadata.name);
  };
  async function running(app: string): Promise<void> {
    await at.scenario.deployment(app, 2, quick);
    await until<{ status: { readyReplicas?: number } }>(
      at,
      at.apps(`deployments/${app}`),
      'two',
      ({ status }) => status.readyReplicas === 2,
    );
  }
  const noneLeft = (resource: 'pods' | 'replicasets', app: string): Promise<true> =>
    waitFor(`no ${resource}`, async () => ((await names(resource, app)).length === 0 ? true : undefined));

  test('in the background: the owner goes at once, its dependents follow', async () => {
    await running('background');
    const answer = await at.delete(at.apps('deployments/background'), { propagationPolicy: 'Background' });
    expect(bodyOf(answer)).toMatchObject({
      status: 'Success',
      details: { name: 'background', group: 'apps', kind: 'deployments' },
    });
    expect((await at.get(at.apps('deployments/background'))).status).toBe(404);
    await noneLeft('replicasets', 'background');
    await noneLeft('pods', 'background');
  });

  test('background is the default of workloads', async () => {
    await running('default');
    await at.delete(at.apps('deployments/default'));
    await noneLeft('pods', 'default');
  });

  test('in the foreground: the owner goes last', async () => {
    await running('foreground');
    const marked = bodyOf<KubeObject>(
      await at.delete(at.apps('deployments/foreground'), { propagationPolicy: 'Foreground' }),
    );
    expect(marked.metadata.finalizers).toEqual(['foregroundDeletion']);
    await untilGone(at, at.apps('deployments/foreground'));
    expect(await names('replicasets', 'foreground')).toEqual([]);
  });

  test('orphaned: dependents stay, without this owner', async () => {
    await running('orphan');
    const [set = ''] = await names('replicasets', 'orphan');
    await at.delete(at.apps('deployments/orphan'), { propagationPolicy: 'Orphan' });
    await untilGone(at, at.apps('deployments/orphan'));
    const left = bodyOf<KubeObject>(await at.get(at.apps(`replicasets/${set}`)));
    expect(left.metadata.ownerReferences).toBeUndefined();
    expect(await names('pods', 'orphan')).toHaveLength(2);
  });

  test('an object whose owner was never there is collected', async () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: '00000000-0000-4000-8000-000000000000' };
    await at.configMap('dependent', { metadata: { ownerReferences: [owner] } });
    await untilGone(at, at.core('configmaps/dependent'));
  });

  test('an object with one of two owners left stays', async () => {
    const own = async (name: string): Promise<{ apiVersion: string; kind: string; name: string; uid: string }> => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name,
      uid: bodyOf<KubeObject>(await at.configMap(name), 201).metadata.uid ?? '',
    });
    const owners = [await own('first-owner'), await own('second-owner')];
    await at.configMap('shared', { metadata: { ownerReferences: owners } });
    await at.configMap('single', { metadata: { ownerReferences: owners.slice(0, 1) } });
    await at.delete(at.core('configmaps/first-owner'));
    await untilGone(at, at.core('configmaps/single'));
    const left = await until<KubeObject>(
      at,
      at.core('configmaps/shared'),
      'one owner',
      ({ metadata }) => metadata.ownerReferences?.length === 1,
    );
    expect(left.metadata.ownerReferences?.[0]?.name).toBe('second-owner');
  });

  test('a new namespace gets its account, its certificate, its label and its finalizer', async () => {
    const name = await at.scenario.addNamespace('new');
    const namespace = bodyOf<KubeObject & { spec: unknown; status: unknown }>(
      await at.get(`/api/v1/namespaces/${name}`),
    );
    expect(namespace.metadata.labels).toMatchObject({ 'kubernetes.io/metadata.name': name });
    expect(namespace).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    await until(at, `/api/v1/namespaces/${name}/serviceaccounts/default`, 'the account', () => true);
    const config = await until<{ data: Record<string, string> }>(
      at,
      `/api/v1/namespaces/${name}/configmaps/kube-root-ca.crt`,
      'the certificate',
      () => true,
    );
    expect(config.data['ca.crt']).toContain('BEGIN CERTIFICATE');
  });

  test('a deleted namespace is terminating, refuses what is new, and takes its content along', async () => {
    const name = await at.scenario.addNamespace('ending');
    const path = `/api/v1/namespaces/${name}`;
    await at.post(`${path}/configmaps`, { metadata: { name: 'held', finalizers: ['kmaint.test/hold'] } });
    await at.post(`${path}/secrets`, { metadata: { name: 'free' } });
    const answer = bodyOf<KubeObject & { status: unknown }>(await at.delete(path));
    expect(answer).toMatchObject({ kind: 'Namespace', metadata: { name }, status: { phase: 'Terminating' } });
    expect(refusal(await at.post(`${path}/configmaps`, { metadata: { name: 'late' } }))).toEqual({
      code: 403,
      reason: 'Forbidden',
      message: `configmaps "late" is forbidden: unable to create new content in namespace ${name} because it is being terminated`,
      details: {
        name: 'late',
        kind: 'configmaps',
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${name} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      },
    });
    await untilGone(at, `${path}/secrets/free`);
    const stuck = await until<{ status: { phase: string; conditions?: { type: string; status: string }[] } }>(
      at,
      path,
      'to say what is left',
      ({ status }) =>
        status.conditions?.some(({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True') ===
        true,
    );
    expect(stuck.status.phase).toBe('Terminating');
    expect(bodyOf<KubeObject>(await at.get(`${path}/configmaps/held`)).metadata.deletionTimestamp).toMatch(/Z$/);
    await at.patch('merge', `${path}/configmaps/held`, { metadata: { finalizers: null } });
    await untilGone(at, `${path}/configmaps/held`);
  });

  test('an empty namespace is gone soon', async () => {
    const name = await at.scenario.addNamespace('empty');
    await at.delete(`/api/v1/namespaces/${name}`);
    await untilGone(at, `/api/v1/namespaces/${name}`);
  });
});
