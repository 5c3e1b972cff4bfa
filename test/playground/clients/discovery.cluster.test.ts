import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { aggregatedContentType, discoveryAnswer } from '../../../src/playground/api/discovery.ts';
import { apiVersionOf } from '../../../src/playground/objects.ts';
import { resourceTypes } from '../../../src/playground/resources.ts';
import { connect, type Api } from '../../support/api.ts';

interface Named {
  readonly name: string;
  readonly storageVersionHash?: string;
}

interface Discovered {
  readonly resource: string;
  readonly subresources?: readonly { readonly subresource: string }[];
}

interface Aggregated {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly { readonly version: string; readonly resources: readonly Discovered[] }[];
  }[];
}

const groupVersions = [
  ...new Set(resourceTypes.map((type) => `${type.group === '' ? '/api' : '/apis'}/${apiVersionOf(type)}`)),
  '/apis/authorization.k8s.io/v1',
  '/apis/authentication.k8s.io/v1',
];

/** What we leave out is left out; what we say, the real server says too. */
describe.skipIf(inject('tier') !== 'up' || !inject('kubernetesVersion').startsWith('v1.36.'))('discovery', () => {
  let api: Api;

  beforeAll(() => {
    api = connect(inject('kubeconfig'));
  });

  afterAll(() => {
    api.close();
  });

  it.each(groupVersions)('says of %s what the real server says', async (path) => {
    const { resources: real, ...realHead } = await api.get<{ resources: readonly Named[] }>(path);
    const { resources: ours, ...ourHead } = discoveryAnswer(path, undefined) as { resources: readonly Named[] };
    expect(ourHead).toEqual(realHead);
    const known = new Map(real.map((resource) => [resource.name, { ...resource, storageVersionHash: undefined }]));
    expect(ours).toEqual(ours.map(({ name }) => known.get(name)));
  });

  it.each(['/api', '/apis'])('says in the aggregated form of %s what the real server says', async (path) => {
    const answer = await api.request('GET', path, undefined, { headers: { accept: aggregatedContentType } });
    expect(answer.headers['content-type']).toBe(aggregatedContentType);
    const real = groupsOf(answer.body as Aggregated);
    const ours = groupsOf(discoveryAnswer(path, aggregatedContentType) as Aggregated);
    expect(ours.size).toBeGreaterThan(0);
    for (const [name, resource] of ours) {
      const known = real.get(name);
      const subresources = known?.subresources?.filter(({ subresource }) =>
        resource.subresources?.some((own) => own.subresource === subresource),
      );
      expect(resource, name).toEqual({
        ...known,
        ...(subresources?.length ? { subresources } : { subresources: undefined }),
      });
    }
  });

  it.each(['/apis/policy', '/apis/apps'])('describes the group %s as the real server does', async (path) => {
    expect(discoveryAnswer(path, undefined)).toEqual(await api.get(path));
  });
});

function groupsOf({ items }: Aggregated): Map<string, Discovered> {
  return new Map(
    items.flatMap(({ metadata, versions }) =>
      versions.flatMap(({ version, resources }) =>
        resources.map((resource) => [`${metadata.name ?? ''}/${version}/${resource.resource}`, resource] as const),
      ),
    ),
  );
}
