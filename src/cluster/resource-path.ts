/** Paths of the API's resources: made, and read back for messages that say what was refused. */

export interface ResourceRequest {
  /** RBAC's verb: get, list, watch, create, patch, update, delete. */
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  /** With its subresource: `pods/eviction`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** `/api/v1/namespaces/NS/pods/NAME`. */
export function podPath({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

/** `prefix/resource` of the cluster, or of one namespace. */
export function collectionPath(prefix: string, namespace: string | undefined, resource: string): string {
  return namespace === undefined
    ? `${prefix}/${resource}`
    : `${prefix}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' };

/** The resource that `method path` is about; undefined for paths that are none, such as `/version`. */
export function resourceOf(method: string, path: string): ResourceRequest | undefined {
  const [pathname = '', query = ''] = path.split('?');
  const parts = pathname.split('/').filter(Boolean).map(decoded);
  // Proxies such as Rancher's put a path of their own before the API's.
  const root = parts.findIndex((part, i) => (part === 'api' && parts[i + 1] === 'v1') || part === 'apis');
  if (root === -1) return undefined;
  const group = parts[root] === 'api' ? '' : parts[root + 1];
  let rest = parts.slice(root + (group === '' ? 2 : 3));
  let namespace: string | undefined;
  if (rest[0] === 'namespaces' && rest.length > 2) {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  const [resource, name, subresource] = rest;
  if (group === undefined || resource === undefined) return undefined;
  const read = /(^|&)watch=(1|true)(&|$)/.test(query) ? 'watch' : name === undefined ? 'list' : 'get';
  return {
    verb: verbs[method] ?? read,
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** What a request wanted, in words: `patch nodes n1`, `create pods/eviction shop/web-1`, `GET /version`. */
export function describeRequest(method: string, path: string): string {
  const asked = resourceOf(method, path);
  if (!asked) return `${method} ${path.split('?')[0] ?? path}`;
  const { verb, resource, namespace, name } = asked;
  const target = [namespace, name].filter((part) => part !== undefined).join('/');
  if (target === '') return `${verb} ${resource}`;
  return name === undefined ? `${verb} ${resource} in namespace ${target}` : `${verb} ${resource} ${target}`;
}
