/** POST and PUT of objects. */
import type { DraftObject, KubeObject, ResourceType } from '../objects.ts';
import { badRequest } from '../registry-errors.ts';
import { readObject } from './body.ts';
import type { Answer, ApiRequest, ApiWorld, Target } from './handler.ts';
import { readDryRun } from './query-options.ts';
import { objectAnswer } from './represent.ts';

// AllowCreateOnUpdate() is true in their strategies: a PUT of what does not exist creates it.
const createdByPut = new Set(
  'Lease Event Endpoints Service LimitRange Role RoleBinding ClusterRole ClusterRoleBinding'.split(' '),
);

export async function createObject(
  request: ApiRequest,
  world: ApiWorld,
  type: ResourceType,
  namespace: string | undefined,
): Promise<Answer> {
  const draft = await readObject(request, type);
  const dryRun = readDryRun(request.query, 'CreateOptions');
  const object = world.registry.create(type, draft, { namespace, dryRun });
  return objectAnswer(request, world, type, object, 201);
}

/** Name and namespace in the body must be those of the path, or missing. */
export function namedAsInPath(draft: DraftObject, { name, namespace }: Target): DraftObject {
  const { metadata = {} } = draft;
  if (metadata.name && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (metadata.namespace && namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  return { ...draft, metadata: { ...metadata, name, ...(namespace === undefined ? {} : { namespace }) } };
}

export async function replaceObject(
  request: ApiRequest,
  world: ApiWorld,
  target: Target,
  subresource: 'status' | undefined,
): Promise<Answer> {
  const { type, namespace, name } = target;
  const { registry, store } = world;
  const sent = await readObject(request, type);
  const dryRun = readDryRun(request.query, 'UpdateOptions');
  if (!sent.metadata?.name) throw badRequest('name must be provided');
  const object = namedAsInPath(sent, target);
  const current = store.get(type, namespace, name);
  if (!current && subresource === undefined && createdByPut.has(type.kind)) {
    return objectAnswer(request, world, type, registry.create(type, object, { namespace, dryRun }), 201);
  }
  const kept = subresource === undefined && current ? keepServerFields(type, current, object) : object;
  const updated = registry.update(type, kept, { namespace, subresource, dryRun });
  return objectAnswer(request, world, type, updated);
}

/** A namespace's finalizers are changed by its `finalize` subresource only (pkg/registry/core/namespace/strategy.go). */
export function keepServerFields(type: ResourceType, current: KubeObject, sent: DraftObject): DraftObject {
  if (type.kind !== 'Namespace') return sent;
  const { finalizers } = (current['spec'] ?? {}) as { finalizers?: readonly string[] };
  const spec = { ...(sent['spec'] as object | undefined), ...(finalizers ? { finalizers } : {}) };
  return { ...sent, spec };
}
