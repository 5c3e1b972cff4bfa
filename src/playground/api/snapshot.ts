/** A list as it was at a revision: what later pages and exact lists show while objects change. */
import type { KubeObject, ResourceType } from '../objects.ts';
import type { Store } from '../ports.ts';

/** In the order of the store's keys. */
export function keyOf({ metadata: { namespace, name } }: KubeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function byKey(a: KubeObject, b: KubeObject): number {
  const left = keyOf(a);
  const right = keyOf(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Undoes what has happened since, backwards; undefined when the store no longer knows all of it. */
export function listAt(
  store: Store,
  type: ResourceType,
  namespace: string | undefined,
  revision: number,
): readonly KubeObject[] | undefined {
  if (revision === store.revision) return store.list(type, namespace);
  const changes = store.since(type, revision);
  if (!changes) return undefined;
  if (changes.length === 0) return store.list(type, namespace);
  const objects = new Map(store.list(type, namespace).map((object) => [keyOf(object), object]));
  for (const { object, previous } of changes.toReversed()) {
    if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
    if (previous) objects.set(keyOf(object), previous);
    else objects.delete(keyOf(object));
  }
  return [...objects.values()].sort(byKey);
}
