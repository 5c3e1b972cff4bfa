/** Tells clients which kinds of objects there are: /api, /apis and what lies below, plain or aggregated, and /version. */
import { apiVersionOf, type ResourceType } from '../objects.ts';
import { resourceTypes } from '../resources.ts';
import { reviewTypes } from './discovery/reviews.ts';
import { subresourceOf } from './discovery/subresources.ts';
import { serverVersion } from './discovery/version.ts';

/** Alphabetical, as the server lists them; namespaces cannot be deleted by the collection. */
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

interface Group {
  readonly name: string;
  readonly versions: readonly string[];
}

/** A resource as both forms of discovery need it. */
interface Resource extends Omit<ResourceType, 'subresources'> {
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

const resources: readonly Resource[] = [
  ...resourceTypes.map((type) => ({
    ...type,
    verbs: type.plural === 'namespaces' ? verbs.filter((verb) => verb !== 'deletecollection') : verbs,
  })),
  ...reviewTypes.map((type) => ({ ...type, verbs: ['create'] })),
];

const groups: readonly Group[] = [...new Set(resources.map(({ group }) => group))]
  .filter((name) => name !== '')
  .map((name) => ({ name, versions: [...new Set(of(name).map(({ version }) => version))] }));

function of(group: string, version?: string): readonly Resource[] {
  return resources.filter((type) => type.group === group && (version === undefined || type.version === version));
}

/**
 * The document at that path, undefined when there is none. /api and /apis answer with the aggregated form (an
 * APIGroupDiscoveryList) when the Accept header puts it first; the content type must then be `aggregatedContentType`,
 * by which client-go tells the forms apart.
 */
export function discoveryAnswer(path: string, accept: string | undefined): object | undefined {
  const [, root, group, version, ...rest] = path.replace(/\/$/, '').split('/');
  if (rest.length > 0) return undefined;
  if (root === 'version') return group === undefined ? serverVersion : undefined;
  if (root === 'api') {
    if (group === undefined) return aggregated(accept) ? aggregate([{ name: '', versions: ['v1'] }]) : apiVersions;
    return group === 'v1' && version === undefined ? resourceList('', 'v1') : undefined;
  }
  if (root !== 'apis') return undefined;
  if (group === undefined) {
    return aggregated(accept)
      ? aggregate(groups)
      : { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(plain) };
  }
  const known = groups.find(({ name }) => name === group);
  if (!known) return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...plain(known) };
  return known.versions.includes(version) ? resourceList(group, version) : undefined;
}

/** Of an APIGroupDiscoveryList. */
export const aggregatedContentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const apiVersions = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1' }],
};

function plain({ name, versions }: Group): object {
  const listed = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: listed, preferredVersion: listed[0] };
}

function resourceList(group: string, version: string): object {
  return {
    kind: 'APIResourceList',
    ...(group !== '' && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources: of(group, version)
      .flatMap((type) => [
        {
          name: type.plural,
          singularName: type.singular,
          namespaced: type.namespaced,
          kind: type.kind,
          verbs: type.verbs,
          ...(type.shortNames.length > 0 && { shortNames: type.shortNames }),
          ...(type.categories.length > 0 && { categories: type.categories }),
        },
        ...type.subresources.map((name) => {
          const { kind, verbs: own, group: otherGroup, version: otherVersion } = subresourceOf(name, type);
          return {
            name: `${type.plural}/${name}`,
            singularName: '',
            namespaced: type.namespaced,
            ...(otherGroup !== undefined && { group: otherGroup, version: otherVersion }),
            kind,
            verbs: own,
          };
        }),
      ])
      .toSorted(byName),
  };
}

/** Whether the aggregated form is asked for at all; a server that has it prefers it. */
function aggregated(accept: string | undefined): boolean {
  return /g=apidiscovery\.k8s\.io;v=v2;as=APIGroupDiscoveryList/.test(accept?.replaceAll(' ', '') ?? '');
}

function aggregate(list: readonly Group[]): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: list.map(({ name, versions }) => ({
      metadata: name === '' ? {} : { name },
      versions: versions.map((version) => ({
        version,
        resources: of(name, version).map(discovered).toSorted(byResource),
        freshness: 'Current',
      })),
    })),
  };
}

function discovered(type: Resource): { readonly resource: string; readonly [field: string]: unknown } {
  return {
    resource: type.plural,
    responseKind: { group: '', version: '', kind: type.kind },
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    verbs: type.verbs,
    ...(type.shortNames.length > 0 && { shortNames: type.shortNames }),
    ...(type.categories.length > 0 && { categories: type.categories }),
    ...(type.subresources.length > 0 && {
      subresources: type.subresources.toSorted().map((name) => {
        const { kind, verbs: own, group = '', version = '' } = subresourceOf(name, type);
        return { subresource: name, responseKind: { group, version, kind }, verbs: own };
      }),
    }),
  };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

function byResource(a: { readonly resource: string }, b: { readonly resource: string }): number {
  return a.resource < b.resource ? -1 : Number(a.resource > b.resource);
}
