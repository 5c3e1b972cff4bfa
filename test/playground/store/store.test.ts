// The store: revisions, order, indexes, history.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/playground/objects.ts';
import type { StoreEvent } from '../../../src/playground/ports.ts';
import { typeOf } from '../../../src/playground/resources.ts';
import { createStore } from '../../../src/playground/store.ts';

const pods = typeOf('', 'pods');
const nodes = typeOf('', 'nodes');

function pod(namespace: string, name: string, extra: Partial<KubeObject> = {}): KubeObject {
  const metadata = { name, namespace, uid: `${namespace}/${name}`, resourceVersion: '', creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'Pod', metadata, ...extra };
}

const names = (objects: readonly KubeObject[]): string[] =>
  objects.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);

describe('createStore', () => {
  it('gives each change the next revision, of one counter for all kinds', () => {
    const store = createStore();
    expect(store.put(pods, pod('a', 'x')).metadata.resourceVersion).toBe('1');
    const node = { ...pod('', 'n'), kind: 'Node' };
    expect(store.put(nodes, node).metadata.resourceVersion).toBe('2');
    expect(store.remove(pods, 'a', 'x')?.metadata.resourceVersion).toBe('3');
    expect(store.revision).toBe(3);
    expect(store.get(pods, 'a', 'x')).toBeUndefined();
    expect(store.remove(pods, 'a', 'x')).toBeUndefined();
    expect(store.revision).toBe(3);
  });

  it('lists in the order of the text namespace/name, whatever the order of creation and however many come at once', () => {
    const store = createStore();
    for (let at = 99; at >= 0; at -= 1) store.put(pods, pod('b', `p${String(at).padStart(2, '0')}`));
    for (const name of ['z', 'a']) store.put(pods, pod('b-2', name));
    store.put(pods, pod('a', 'z'));
    expect(names(store.list(pods)).slice(0, 3)).toEqual(['a/z', 'b-2/a', 'b-2/z']);
    expect(names(store.list(pods)).slice(-2)).toEqual(['b/p98', 'b/p99']);
    store.put(pods, pod('b-2', 'm'));
    store.remove(pods, 'b-2', 'a');
    expect(names(store.list(pods, 'b-2'))).toEqual(['b-2/m', 'b-2/z']);
    expect(store.list(pods, 'b')).toHaveLength(100);
    expect(store.list(pods, 'none')).toEqual([]);
  });

  it('finds the pods of a node as they come, move and go', () => {
    const store = createStore();
    store.put(pods, pod('a', 'x'));
    expect(store.podsOnNode('n1')).toEqual([]);
    const bound = store.put(pods, pod('a', 'x', { spec: { nodeName: 'n1' } }));
    expect(store.podsOnNode('n1')).toEqual([bound]);
    const changed = store.put(pods, { ...bound, status: { phase: 'Running' } });
    expect(store.podsOnNode('n1')).toEqual([changed]);
    store.remove(pods, 'a', 'x');
    expect(store.podsOnNode('n1')).toEqual([]);
  });

  it('finds what a controller owns, and not what merely names it', () => {
    const store = createStore();
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u1' };
    const owned = pod('a', 'x');
    const stored = store.put(pods, {
      ...owned,
      metadata: { ...owned.metadata, ownerReferences: [{ ...owner, controller: true }] },
    });
    const named = pod('a', 'y');
    store.put(pods, { ...named, metadata: { ...named.metadata, ownerReferences: [owner] } });
    expect(store.controlledBy('u1')).toEqual([stored]);
    store.put(pods, owned);
    expect(store.controlledBy('u1')).toEqual([]);
  });

  it('tells every listener of each change in order, also of those that a listener makes', () => {
    const store = createStore();
    const heard: number[] = [];
    store.subscribe(({ object }) => {
      if (object.metadata.name === 'first') store.put(pods, pod('a', 'second'));
    });
    const stop = store.subscribe(({ revision }) => heard.push(revision));
    store.put(pods, pod('a', 'first'));
    expect(heard).toEqual([1, 2]);
    stop();
    store.put(pods, pod('a', 'third'));
    expect(heard).toEqual([1, 2]);
  });

  it('remembers what happened, with the state before', () => {
    const store = createStore();
    const first = store.put(pods, pod('a', 'x'));
    const second = store.put(pods, { ...first, status: {} });
    const gone = store.remove(pods, 'a', 'x');
    const events = store.since(pods, 1) as readonly StoreEvent[];
    expect(events.map(({ kind, previous, object }) => ({ kind, previous, object }))).toEqual([
      { kind: 'modified', previous: first, object: second },
      { kind: 'deleted', previous: second, object: gone },
    ]);
    expect(store.since(pods, 3)).toEqual([]);
    expect(store.since(nodes, 0)).toEqual([]);
  });

  it('forgets by compaction, in kinds without objects too', () => {
    const store = createStore();
    store.put(pods, pod('a', 'x'));
    store.put(pods, pod('a', 'y'));
    store.compact(1);
    expect(store.since(pods, 0)).toBeUndefined();
    expect(store.since(nodes, 0)).toBeUndefined();
    expect(store.since(pods, 1)).toHaveLength(1);
    store.compact();
    expect(store.since(pods, 1)).toBeUndefined();
    expect(store.since(pods, 2)).toEqual([]);
  });

  it('forgets what is too long ago, and says so', () => {
    const store = createStore({ historyPerType: 10 });
    for (let at = 0; at < 50; at += 1) store.put(pods, pod('a', 'x'));
    expect(store.since(pods, 1)).toBeUndefined();
    expect(store.since(pods, 45)?.map(({ revision }) => revision)).toEqual([46, 47, 48, 49, 50]);
  });
});
