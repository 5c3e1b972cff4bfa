/** Lists: selectors, pages and revisions (apiserver pkg/registry/generic/registry/store.go, pkg/storage/cacher). */
import type { KubeObject, ResourceType } from '../objects.ts';
import { badRequest } from '../registry-errors.ts';
import { ApiStatus } from '../status.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import type { Answer, ApiRequest, ApiWorld } from './handler.ts';
import { readRevision, type ListOptions } from './query-options.ts';
import { listAnswer } from './represent.ts';
import { byKey, keyOf, listAt } from './snapshot.ts';

/** Whether an object is asked for. */
export function matcher({ labels, fields }: ListOptions): (object: KubeObject) => boolean {
  if (!labels && !fields) return () => true;
  return (object) => (labels ? labels(object.metadata.labels) : true) && (fields ? fields.matches(object) : true);
}

/** The objects that are asked for, now; a pod's node and an object's name are looked up instead of searched. */
export function currentObjects(
  { store }: Pick<ApiWorld, 'store'>,
  type: ResourceType,
  namespace: string | undefined,
  options: ListOptions,
): readonly KubeObject[] {
  const candidates = candidatesOf(store, type, namespace, options);
  return options.labels || options.fields ? candidates.filter(matcher(options)) : candidates;
}

function candidatesOf(
  store: ApiWorld['store'],
  type: ResourceType,
  namespace: string | undefined,
  { fields }: ListOptions,
): readonly KubeObject[] {
  const nodeName = type.kind === 'Pod' ? fields?.exact('spec.nodeName') : undefined;
  if (nodeName) {
    const pods = store.podsOnNode(nodeName);
    return pods.filter((pod) => namespace === undefined || pod.metadata.namespace === namespace).sort(byKey);
  }
  const name = fields?.exact('metadata.name');
  if (name && (namespace !== undefined || !type.namespaced)) {
    const object = store.get(type, namespace, name);
    return object ? [object] : [];
  }
  return store.list(type, namespace);
}

/** Answers a list request. */
export function answerList(
  request: ApiRequest,
  world: ApiWorld,
  type: ResourceType,
  namespace: string | undefined,
  options: ListOptions,
): Answer {
  const { store } = world;
  if (options.continueToken !== '') return nextPage(request, world, type, namespace, options);
  const wanted = readRevision(options.resourceVersion, store.revision, 'list');
  // From the watch cache (resourceVersion=0) a list comes whole, whatever its limit.
  const limit = options.resourceVersion === '0' ? 0 : options.limit;
  const exact =
    wanted !== undefined && wanted > 0 && (options.match === 'Exact' || (options.match === '' && limit > 0));
  if (exact) {
    const objects = listAt(store, type, namespace, wanted);
    if (!objects) throw new ApiStatus(410, 'Expired', 'The resourceVersion for the provided list is too old.');
    return page(request, world, type, objects, options, limit, wanted);
  }
  if (limit <= 0) {
    const objects = currentObjects(world, type, namespace, options);
    return listAnswer(request, world, type, objects, { resourceVersion: String(store.revision) });
  }
  return page(request, world, type, store.list(type, namespace), options, limit, store.revision);
}

function nextPage(
  request: ApiRequest,
  world: ApiWorld,
  type: ResourceType,
  namespace: string | undefined,
  options: ListOptions,
): Answer {
  const { revision, start } = decodeContinue(options.continueToken);
  if (options.resourceVersion !== '' && options.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const at = revision < 0 ? world.store.revision : revision;
  const objects = listAt(world.store, type, namespace, at);
  if (!objects) return expired(start);
  return page(request, world, type, after(objects, start), options, options.limit, at);
}

function after(objects: readonly KubeObject[], start: string): readonly KubeObject[] {
  let low = 0;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(objects[middle] as KubeObject) <= start) low = middle + 1;
    else high = middle;
  }
  return objects.slice(low);
}

function page(
  request: ApiRequest,
  world: ApiWorld,
  type: ResourceType,
  objects: readonly KubeObject[],
  options: ListOptions,
  limit: number,
  revision: number,
): Answer {
  const matches = matcher(options);
  const items: KubeObject[] = [];
  let at = 0;
  for (; at < objects.length && (limit <= 0 || items.length < limit); at += 1) {
    const object = objects[at] as KubeObject;
    if (matches(object)) items.push(object);
  }
  const left = objects.length - at;
  const last = objects[at - 1];
  const more = left > 0 && last !== undefined;
  return listAnswer(request, world, type, items, {
    resourceVersion: String(revision),
    ...(more ? { continue: encodeContinue({ revision, start: keyOf(last) }) } : {}),
    // How many are left is known only when each of them counts.
    ...(more && !options.labels && !options.fields ? { remainingItemCount: left } : {}),
  });
}

/** Offers to go on with the list as it is now (apiserver pkg/storage/etcd3/errors.go). */
function expired(start: string): Answer {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  const body = new ApiStatus(410, 'Expired', message).toBody();
  return { status: 410, json: { ...body, metadata: { continue: encodeContinue({ revision: -1, start }) } } };
}
