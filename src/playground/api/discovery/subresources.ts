/** What stands below an object, such as its status: of which kind it is, and what may be done with it. */
import type { ResourceType } from '../../objects.ts';

export interface Subresource {
  readonly kind: string;
  readonly verbs: readonly string[];
  /** Where the kind is of another group or version than the object. */
  readonly group?: string;
  readonly version?: string;
}

const readWrite = ['get', 'patch', 'update'];

const special: Readonly<Record<string, Subresource>> = {
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: readWrite },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
  token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] },
  binding: { kind: 'Binding', verbs: ['create'] },
  'nodes/proxy': { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
};

const ownKindVerbs: Readonly<Record<string, readonly string[]>> = { log: ['get'], finalize: ['update'] };

/** The subresource of that name; those without a kind of their own (status, log …) have the object's. */
export function subresourceOf(name: string, { plural, kind }: Pick<ResourceType, 'plural' | 'kind'>): Subresource {
  return special[`${plural}/${name}`] ?? special[name] ?? { kind, verbs: ownKindVerbs[name] ?? readWrite };
}
