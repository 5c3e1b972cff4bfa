// A store with its rules, at a clock that stands still, and short words for what tests do with them.
import { createRegistry } from '../../../src/playground/registry.ts';
import type { DraftObject, KubeObject } from '../../../src/playground/objects.ts';
import type { Registry, Store } from '../../../src/playground/ports.ts';
import { typeOf } from '../../../src/playground/resources.ts';
import { ApiStatus } from '../../../src/playground/status.ts';
import { createStore } from '../../../src/playground/store.ts';
import { FakeClock } from '../../support/clock.ts';

export interface TestWorld {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: FakeClock;
}

/** With the namespace `default`. */
export function createTestWorld(): TestWorld {
  const store = createStore();
  const clock = new FakeClock();
  const registry = createRegistry(store, clock);
  registry.create(typeOf('', 'namespaces'), { metadata: { name: 'default' } });
  return { store, registry, clock };
}

export function podDraft(name: string, spec: object = {}, metadata: object = {}): DraftObject {
  return {
    metadata: { name, namespace: 'default', ...metadata },
    spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec },
  };
}

export function workloadDraft(name: string, spec: object = {}): DraftObject {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } };
  return {
    metadata: { name, namespace: 'default' },
    spec: { selector: { matchLabels: { app: name } }, template, ...spec },
  };
}

/** The refusal that this throws. */
export function refusalOf(action: () => unknown): ApiStatus {
  try {
    action();
  } catch (error) {
    if (error instanceof ApiStatus) return error;
    throw error;
  }
  throw new Error('was not refused');
}

/** A field deep inside of an object. */
export function at(object: KubeObject | undefined, path: string): unknown {
  let value: unknown = object;
  for (const step of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}
