/** Discovery, as far as clients read it before anything else. */
import { expect, test } from 'vitest';
import { bodyOf, contract } from './contract.ts';

interface Resource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: string[];
  readonly shortNames?: string[];
  readonly categories?: string[];
  readonly group?: string;
  readonly version?: string;
}

contract({ prefix: 'discovery' }, (at) => {
  const resourcesOf = async (path: string): Promise<Map<string, Resource>> => {
    const list = bodyOf<{ kind: string; resources: Resource[] }>(await at.get(path));
    expect(list.kind).toBe('APIResourceList');
    return new Map(list.resources.map((resource) => [resource.name, resource]));
  };
  const everything = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

  test('the version is one that clients can compare', async () => {
    const version = bodyOf<Record<string, string>>(await at.get('/version'));
    expect(version['major']).toBe('1');
    expect(version['minor']).toMatch(/^(30|36)$/);
    expect(version['gitVersion']).toMatch(/^v1\.(30|36)\.\d+/);
    expect(Object.keys(version)).toEqual(
      expect.arrayContaining(['gitCommit', 'gitTreeState', 'buildDate', 'goVersion', 'compiler', 'platform']),
    );
  });

  test('/api names the one version', async () => {
    expect(bodyOf(await at.get('/api'))).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  });

  test('/apis names the groups with their preferred versions', async () => {
    const { kind, groups } = bodyOf<{
      kind: string;
      groups: { name: string; preferredVersion: object; versions: object[] }[];
    }>(await at.get('/apis'));
    expect(kind).toBe('APIGroupList');
    for (const name of [
      'apps',
      'batch',
      'policy',
      'coordination.k8s.io',
      'storage.k8s.io',
      'rbac.authorization.k8s.io',
      'discovery.k8s.io',
      'certificates.k8s.io',
      'authorization.k8s.io',
    ]) {
      const v1 = { groupVersion: `${name}/v1`, version: 'v1' };
      const group = groups.find((one) => one.name === name);
      expect(group).toMatchObject({ name, preferredVersion: v1 });
      expect(group?.versions).toContainEqual(v1);
    }
  });

  test('one group, by itself', async () => {
    const v1 = { groupVersion: 'policy/v1', version: 'v1' };
    expect(bodyOf(await at.get('/apis/policy'))).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'policy',
      versions: [v1],
      preferredVersion: v1,
    });
  });

  test('pods with all their names', async () => {
    const resources = await resourcesOf('/api/v1');
    expect(resources.get('pods')).toMatchObject({
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs: everything,
      shortNames: ['po'],
      categories: ['all'],
    });
    expect(resources.get('nodes')).toMatchObject({
      singularName: 'node',
      namespaced: false,
      kind: 'Node',
      verbs: everything,
      shortNames: ['no'],
    });
    expect(resources.get('namespaces')?.verbs).toEqual(everything.filter((verb) => verb !== 'deletecollection'));
    expect(resources.get('pods/eviction')).toEqual({
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    });
    expect(resources.get('pods/log')).toEqual({
      name: 'pods/log',
      singularName: '',
      namespaced: true,
      kind: 'Pod',
      verbs: ['get'],
    });
    expect(resources.get('pods/status')).toEqual({
      name: 'pods/status',
      singularName: '',
      namespaced: true,
      kind: 'Pod',
      verbs: ['get', 'patch', 'update'],
    });
  });

  test('workloads with their scale', async () => {
    const resources = await resourcesOf('/apis/apps/v1');
    expect(resources.get('deployments')).toMatchObject({
      singularName: 'deployment',
      kind: 'Deployment',
      verbs: everything,
      shortNames: ['deploy'],
      categories: ['all'],
    });
    for (const name of ['deployments', 'replicasets', 'statefulsets']) {
      expect(resources.get(`${name}/scale`)).toEqual({
        name: `${name}/scale`,
        singularName: '',
        namespaced: true,
        group: 'autoscaling',
        version: 'v1',
        kind: 'Scale',
        verbs: ['get', 'patch', 'update'],
      });
    }
    expect(resources.has('daemonsets/scale')).toBe(false);
  });

  test('aggregated discovery, as kubectl asks for it', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    for (const [path, group, resource] of [
      ['/api', undefined, 'pods'],
      ['/apis', 'apps', 'deployments'],
    ] as const) {
      const answer = await at.api.request('GET', path, undefined, { headers: { accept } });
      expect(answer.headers['content-type']).toBe(
        'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
      );
      const list = bodyOf<{
        kind: string;
        apiVersion: string;
        items: {
          metadata: { name?: string };
          versions: { version: string; resources: { resource: string; scope: string; subresources?: object[] }[] }[];
        }[];
      }>(answer);
      expect(list).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
      const found = list.items
        .find(({ metadata }) => metadata.name === group)
        ?.versions.find(({ version }) => version === 'v1')
        ?.resources.find((one) => one.resource === resource);
      expect(found).toMatchObject({
        scope: 'Namespaced',
        verbs: everything,
        responseKind: { kind: resource === 'pods' ? 'Pod' : 'Deployment' },
      });
      expect(found?.subresources).toContainEqual(expect.objectContaining({ subresource: 'status' }));
    }
  });
});
