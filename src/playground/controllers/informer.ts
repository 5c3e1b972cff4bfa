/** Tells a controller of all objects of some types: those that exist, then each change. */
import type { ResourceType } from '../objects.ts';
import type { ControllerWorld, StoreEvent } from '../ports.ts';

/** What a listener is told: a change, or with kind `added` an object that existed before the listener. */
export type Observation = Pick<StoreEvent, 'kind' | 'type' | 'object' | 'previous'>;

/** Calls `listener` for each existing object of the types, then for each change, until the world's signal aborts. */
export function observe(
  { store, signal }: ControllerWorld,
  types: readonly ResourceType[],
  listener: (observation: Observation) => void,
): void {
  const wanted = new Set(types);
  for (const type of types) {
    for (const object of store.list(type)) listener({ kind: 'added', type, object, previous: undefined });
  }
  const stop = store.subscribe((event) => {
    if (wanted.has(event.type)) listener(event);
  });
  signal.addEventListener('abort', stop);
}
