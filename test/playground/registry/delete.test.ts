// Deleting objects: grace, preconditions, finalizers, namespaces.
import { describe, expect, it } from 'vitest';
import { typeOf } from '../../../src/playground/resources.ts';
import { createTestWorld, podDraft, refusalOf, type TestWorld } from './world.ts';

const pods = typeOf('', 'pods');
const configMaps = typeOf('', 'configmaps');
const namespaces = typeOf('', 'namespaces');

function boundPod({ registry }: TestWorld, status?: object): void {
  registry.create(pods, podDraft('a', { nodeName: 'n1' }));
  if (status) registry.modify(pods, 'default', 'a', (pod) => ({ ...pod, status }), { subresource: 'status' });
}

describe('delete', () => {
  it('gives a pod on a node its grace period, which can only be shortened', async () => {
    const world = createTestWorld();
    boundPod(world);
    const { registry, clock } = world;
    const first = registry.delete(pods, 'default', 'a', { gracePeriodSeconds: 100 });
    expect(first.removed).toBe(false);
    expect(first.object.metadata).toMatchObject({
      generation: 2,
      deletionTimestamp: '2026-01-01T00:01:40Z',
      deletionGracePeriodSeconds: 100,
    });
    await clock.advance(10_000);
    const shorter = registry.delete(pods, 'default', 'a', { gracePeriodSeconds: 50 });
    expect(shorter.object.metadata).toMatchObject({
      generation: 2,
      deletionTimestamp: '2026-01-01T00:00:50Z',
      deletionGracePeriodSeconds: 50,
    });
    expect(registry.delete(pods, 'default', 'a', { gracePeriodSeconds: 70 }).object).toBe(shorter.object);
    expect(registry.delete(pods, 'default', 'a').object).toBe(shorter.object);
    expect(registry.delete(pods, 'default', 'a', { gracePeriodSeconds: 0 }).removed).toBe(true);
    expect(world.store.get(pods, 'default', 'a')).toBeUndefined();
  });

  it.each([
    ['finished', { phase: 'Succeeded' }],
    ['failed', { phase: 'Failed' }],
  ])('removes a %s pod at once', (_what, status) => {
    const world = createTestWorld();
    boundPod(world, status);
    const { object, removed } = world.registry.delete(pods, 'default', 'a');
    expect(removed).toBe(true);
    expect(object.metadata).toMatchObject({ generation: 2, deletionGracePeriodSeconds: 0 });
  });

  it('removes an unbound pod at once, and shows watches both steps', () => {
    const { registry, store } = createTestWorld();
    registry.create(pods, podDraft('a'));
    const { revision } = store;
    expect(registry.delete(pods, 'default', 'a').removed).toBe(true);
    expect(store.since(pods, revision)?.map(({ kind }) => kind)).toEqual(['modified', 'deleted']);
  });

  it('deletes only what the caller has seen', () => {
    const world = createTestWorld();
    boundPod(world);
    const { uid, resourceVersion } = world.store.get(pods, 'default', 'a')?.metadata ?? {};
    const other = (): unknown => world.registry.delete(pods, 'default', 'a', { preconditions: { uid: '1' } });
    expect(refusalOf(other)).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on Pod "a": the UID in the precondition (1) does not match the UID in record (${String(uid)}). The object might have been deleted and then recreated`,
      details: { name: 'a', kind: 'Pod' },
    });
    const older = (): unknown =>
      world.registry.delete(pods, 'default', 'a', { preconditions: { resourceVersion: '1' } });
    expect(refusalOf(older).message).toBe(
      `Operation cannot be fulfilled on Pod "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${String(resourceVersion)}). The object might have been modified`,
    );
    expect(world.registry.delete(pods, 'default', 'a', { preconditions: { uid } }).removed).toBe(false);
  });

  it.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
  ] as const)('leaves the rest to the garbage collector: %s', (propagationPolicy, finalizers) => {
    const { registry } = createTestWorld();
    registry.create(configMaps, { metadata: { name: 'c', namespace: 'default' } });
    const { object, removed } = registry.delete(configMaps, 'default', 'c', { propagationPolicy });
    expect(removed).toBe(false);
    expect(object.metadata).toMatchObject({ finalizers, deletionGracePeriodSeconds: 0 });
  });

  it('changes nothing in a dry run', () => {
    const world = createTestWorld();
    boundPod(world);
    const { revision } = world.store;
    const { object } = world.registry.delete(pods, 'default', 'a', { dryRun: true });
    expect(object.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(world.store.revision).toBe(revision);
  });

  it('waits for the content of a namespace, and keeps those of the system', () => {
    const { registry, store } = createTestWorld();
    registry.create(namespaces, { metadata: { name: 'x' } });
    const { object, removed } = registry.delete(namespaces, undefined, 'x');
    expect(removed).toBe(false);
    expect(object['status']).toEqual({ phase: 'Terminating' });
    expect(object.metadata).not.toHaveProperty('deletionGracePeriodSeconds');
    registry.modify(namespaces, undefined, 'x', (namespace) => ({ ...namespace, spec: { finalizers: [] } }));
    expect(store.get(namespaces, undefined, 'x')).toBeUndefined();
    expect(refusalOf(() => registry.delete(namespaces, undefined, 'default')).message).toBe(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
    expect(refusalOf(() => registry.delete(namespaces, undefined, 'nobody')).message).toBe(
      'namespaces "nobody" not found',
    );
  });
});
