/** The part of the OpenAPI documents that clients act upon: which kinds there are and what a PATCH of them takes. */
import { apiVersionOf, type ResourceType } from '../objects.ts';
import { resourceTypes } from '../resources.ts';
import { patchOperation } from './openapi/patch.ts';

const groupVersions = new Map<string, readonly ResourceType[]>(
  [...new Set(resourceTypes.map(pathOf))].map((path) => [path, resourceTypes.filter((type) => pathOf(type) === path)]),
);

/** `api/v1` or `apis/apps/v1`: how a group version is called in the index. */
function pathOf(type: ResourceType): string {
  return `${type.group === '' ? 'api' : 'apis'}/${apiVersionOf(type)}`;
}

/**
 * /openapi/v3 and /openapi/v3/…; undefined for other paths, /openapi/v2 too. kubectl asks here before every create,
 * apply and edit whether the server validates fields itself (cli-runtime pkg/resource/query_param_verifier_v3.go).
 */
export function openApiAnswer(path: string, _query: URLSearchParams): object | undefined {
  if (path === '/openapi/v3') {
    const paths = [...groupVersions.keys()].map(
      (name) => [name, { serverRelativeURL: `/openapi/v3/${name}` }] as const,
    );
    return { paths: Object.fromEntries(paths) };
  }
  const types = groupVersions.get(path.replace(/^\/openapi\/v3\//, ''));
  return types && path.startsWith('/openapi/v3/') ? document(types) : undefined;
}

function document(types: readonly ResourceType[]): object {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: '1.36' },
    paths: Object.fromEntries(types.map((type) => [itemPath(type), { patch: patchOperation(type) }])),
  };
}

function itemPath(type: ResourceType): string {
  return `/${pathOf(type)}/${type.namespaced ? 'namespaces/{namespace}/' : ''}${type.plural}/{name}`;
}
