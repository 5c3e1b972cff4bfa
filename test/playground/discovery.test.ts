import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { discoveryAnswer } from '../../src/playground/api/discovery.ts';
import { resourceTypes } from '../../src/playground/resources.ts';

interface ResourceList {
  readonly resources: readonly { readonly name: string }[];
}

const json = 'application/json';
const aggregatedAccept =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

function answer(path: string, accept = json): unknown {
  return discoveryAnswer(path, accept);
}

describe('discovery', () => {
  it('describes each core resource as the real server does', () => {
    const recorded = JSON.parse(readFileSync('fixtures/api/discovery-api-v1.json', 'utf8')) as { body: ResourceList };
    const real = new Map(
      recorded.body.resources.map((resource) => [resource.name, { ...resource, storageVersionHash: undefined }]),
    );
    const ours = (answer('/api/v1') as ResourceList).resources;
    expect(ours.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pods', 'pods/eviction', 'pods/log', 'nodes/status']),
    );
    for (const resource of ours)
      expect({ ...resource, storageVersionHash: undefined }).toEqual(real.get(resource.name));
  });

  it('lists groups and their versions', () => {
    expect(answer('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    expect(answer('/apis/policy')).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'policy',
      versions: [{ groupVersion: 'policy/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'policy/v1', version: 'v1' },
    });
    const { groups } = answer('/apis') as { groups: readonly { readonly name: string }[] };
    const names = groups.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { group } of resourceTypes) if (group !== '') expect(names).toContain(group);
    expect(names).toContain('authorization.k8s.io');
  });

  it('says the same in the aggregated form', () => {
    for (const [root, path] of [
      ['/api', '/api'],
      ['/apis', '/apis'],
    ] as const) {
      const aggregated = answer(root, aggregatedAccept) as {
        kind: string;
        items: readonly {
          metadata: { name?: string };
          versions: readonly {
            version: string;
            resources: readonly { resource: string; subresources?: readonly { subresource: string }[] }[];
          }[];
        }[];
      };
      expect(aggregated.kind).toBe('APIGroupDiscoveryList');
      for (const { metadata, versions } of aggregated.items) {
        for (const { version, resources } of versions) {
          const names = resources.flatMap(({ resource, subresources = [] }) => [
            resource,
            ...subresources.map(({ subresource }) => `${resource}/${subresource}`),
          ]);
          const prefix = metadata.name === undefined ? path : `${path}/${metadata.name}`;
          const plain = (answer(`${prefix}/${version}`) as ResourceList).resources.map(({ name }) => name);
          expect(names.toSorted()).toEqual(plain.toSorted());
        }
      }
    }
  });

  it('has a version that kubectl and stern take for a release', () => {
    expect(answer('/version')).toMatchObject({ major: '1', minor: '36', gitVersion: 'v1.36.3+kmaint.playground' });
  });

  it.each([
    '/apis/nowhere',
    '/apis/nowhere/v1',
    '/apis/apps/v2',
    '/api/v2',
    '/api/v1/pods',
    '/apis/apps/v1/deployments',
    '/healthz',
    '/',
  ])('leaves %s to others', (path) => {
    expect(answer(path)).toBeUndefined();
  });
});
