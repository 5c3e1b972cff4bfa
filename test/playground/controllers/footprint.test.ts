import { describe, expect, test } from 'vitest';
import type { ResourceType } from '../../../src/playground/objects.ts';
import type { Store } from '../../../src/playground/ports.ts';
import { startControllers } from '../../../src/playground/controllers/start.ts';
import { startWorld, types, workload, type TestWorld } from './world.ts';

/** The world's store, with a note of each walk through all pods. */
function watched(world: TestWorld): { readonly store: Store; readonly walks: string[] } {
  const walks: string[] = [];
  const store = Object.create(world.store) as Store;
  const list = (type: ResourceType, namespace?: string): ReturnType<Store['list']> => {
    if (type === types.pods) walks.push(namespace ?? 'all');
    return world.store.list(type, namespace);
  };
  Object.defineProperty(store, 'list', { value: list });
  return { store, walks };
}

describe('what the controllers cost', () => {
  test('a pod that is deleted and replaced makes nobody look at all pods', async () => {
    const world = await startWorld(['n1', 'n2'], { controllers: false });
    const { store, walks } = watched(world);
    startControllers({ ...world, store });
    world.create(types.deployments, workload('web', { replicas: 3 }));
    world.create(types.budgets, {
      metadata: { name: 'web' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    });
    await world.clock.advance(3000);
    walks.length = 0;
    world.delete(types.pods, world.pods('web')[0]?.metadata.name ?? '');
    await world.clock.advance(5000);
    expect(world.pods('web')).toHaveLength(3);
    expect(walks).toEqual([]);
  });

  test('while nothing happens only Leases and, once a minute, heartbeats are written', async () => {
    const world = await startWorld(['n1', 'n2']);
    world.create(types.deployments, workload('web', { replicas: 3 }));
    world.create(types.statefulSets, workload('db', { replicas: 2, serviceName: 'db' }));
    world.create(types.daemonSets, workload('agent'));
    world.create(types.budgets, {
      metadata: { name: 'web' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    });
    await world.clock.advance(30_000);
    const written = new Map<string, number>();
    world.store.subscribe(({ type }) => written.set(type.plural, (written.get(type.plural) ?? 0) + 1));
    await world.clock.advance(120_000);
    expect(Object.fromEntries(written)).toEqual({ leases: 24, nodes: 4 });
  });

  test('nothing is left running when the world ends', async () => {
    const world = await startWorld(['n1']);
    world.create(types.deployments, workload('web', { replicas: 2 }));
    await world.clock.advance(500);
    world.stop();
    expect(world.clock.waiting).toBe(0);
    const { revision } = world.store;
    await world.clock.advance(100_000);
    expect(world.store.revision).toBe(revision);
  });
});
