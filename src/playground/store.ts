/** Objects in memory under one counter of revisions, with the indexes that controllers need and a bounded history. */
import { apiVersionOf, type KubeObject, type ResourceType } from './objects.ts';
import type { Store, StoreEvent } from './ports.ts';
import { StoreIndex } from './store-index.ts';

interface Table {
  readonly byKey: Map<string, KubeObject>;
  /** Keys in etcd's order, but for those that wait in `newKeys`. */
  keys: string[];
  /** Sorted in by the next list, so that seeding many objects sorts once. */
  newKeys: string[];
  history: StoreEvent[];
  /** Changes of this type up to this revision may be forgotten. */
  forgottenUpTo: number;
}

// Up to so many new keys are cheaper put into their places one by one than by sorting all.
const fewKeys = 32;

/** As etcd's keys end: `x-b/a` stands before `x/a` among them. */
function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * An empty store. `historyPerType` changes of each kind are remembered for watches; a watch that asks for older ones
 * is told that they are gone, as by the watch cache of a real server.
 */
export function createStore(options: { historyPerType?: number } = {}): Store {
  const historyPerType = options.historyPerType ?? 10_000;
  const tables = new Map<string, Table>();
  const listeners = new Set<(event: StoreEvent) => void>();
  const index = new StoreIndex();
  let revision = 0;
  let compactedUpTo = 0;
  const waiting: StoreEvent[] = [];

  function tableOf(type: ResourceType): Table {
    const id = `${type.group}/${type.plural}`;
    let table = tables.get(id);
    if (!table) {
      table = { byKey: new Map(), keys: [], newKeys: [], history: [], forgottenUpTo: compactedUpTo };
      tables.set(id, table);
    }
    return table;
  }

  function sortedKeys(table: Table): string[] {
    if (table.newKeys.length > fewKeys) table.keys = table.keys.concat(table.newKeys.sort(byBytes)).sort(byBytes);
    else for (const key of table.newKeys) table.keys.splice(lowerBound(table.keys, key), 0, key);
    if (table.newKeys.length > 0) table.newKeys = [];
    return table.keys;
  }

  function publish(table: Table, event: StoreEvent): void {
    const { history } = table;
    history.push(event);
    // Cut in large steps: moving the array at each change would cost more than the memory is worth.
    if (history.length > historyPerType * 2) {
      const cut = history.length - historyPerType;
      table.forgottenUpTo = history[cut - 1]?.revision ?? revision;
      table.history = history.slice(cut);
    }
    waiting.push(event);
    if (waiting.length > 1) return;
    // A listener that changes something must not make later listeners hear of the second change first.
    for (let next = waiting[0]; next; next = waiting[0]) {
      try {
        for (const listener of listeners) listener(next);
      } finally {
        waiting.shift();
      }
    }
  }

  return {
    get revision() {
      return revision;
    },

    get: (type, namespace, name) => tableOf(type).byKey.get(keyOf(type.namespaced ? namespace : undefined, name)),

    list(type, namespace) {
      const table = tableOf(type);
      const keys = sortedKeys(table);
      const found: KubeObject[] = [];
      const prefix = namespace === undefined || !type.namespaced ? '' : `${namespace}/`;
      for (let at = lowerBound(keys, prefix); at < keys.length; at += 1) {
        const key = keys[at] as string;
        if (!key.startsWith(prefix)) break;
        found.push(table.byKey.get(key) as KubeObject);
      }
      return found;
    },

    podsOnNode: (nodeName) => index.podsOnNode(nodeName),
    controlledBy: (uid) => index.controlledBy(uid),

    put(type, object) {
      const table = tableOf(type);
      const key = keyOf(type.namespaced ? object.metadata.namespace : undefined, object.metadata.name);
      const previous = table.byKey.get(key);
      revision += 1;
      const stored: KubeObject = {
        ...object,
        apiVersion: apiVersionOf(type),
        kind: type.kind,
        metadata: { ...object.metadata, resourceVersion: String(revision) },
      };
      if (!previous) table.newKeys.push(key);
      table.byKey.set(key, stored);
      index.replace(type, previous, stored);
      publish(table, { kind: previous ? 'modified' : 'added', type, object: stored, previous, revision });
      return stored;
    },

    remove(type, namespace, name) {
      const table = tableOf(type);
      const key = keyOf(type.namespaced ? namespace : undefined, name);
      const previous = table.byKey.get(key);
      if (!previous) return undefined;
      revision += 1;
      const object = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } };
      table.byKey.delete(key);
      const keys = sortedKeys(table);
      keys.splice(lowerBound(keys, key), 1);
      index.replace(type, previous, undefined);
      publish(table, { kind: 'deleted', type, object, previous, revision });
      return object;
    },

    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    since(type, after) {
      const table = tableOf(type);
      if (after < table.forgottenUpTo) return undefined;
      return table.history.slice(firstAfter(table.history, after));
    },

    compact(upTo = revision) {
      for (const table of tables.values()) {
        table.history = table.history.slice(firstAfter(table.history, upTo));
        table.forgottenUpTo = Math.max(table.forgottenUpTo, Math.min(upTo, revision));
      }
      // Kinds without any object so far forget as well: compaction is of the whole store.
      compactedUpTo = Math.max(compactedUpTo, Math.min(upTo, revision));
    },
  };
}

function lowerBound(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAfter(history: readonly StoreEvent[], revision: number): number {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((history[middle] as StoreEvent).revision <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
