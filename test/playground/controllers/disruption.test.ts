import { describe, expect, test } from 'vitest';
import { conditionOf, podDraft, startWorld, types, workload, type Loose, type TestWorld } from './world.ts';

interface Numbers {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
  readonly currentHealthy: number;
  readonly disruptionsAllowed: number;
}

function budget(world: TestWorld, spec: object, name = 'pdb'): void {
  world.create(types.budgets, { metadata: { name }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec } });
}

const pdb = (world: TestWorld, name = 'pdb'): Loose => world.get(types.budgets, name) as Loose;

function numbers(world: TestWorld, name?: string): Numbers {
  const { expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed } = pdb(world, name)
    .status as unknown as Numbers;
  return { expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed };
}

describe('the arithmetic of budgets', () => {
  test.each<[string, number, object, readonly [expected: number, desired: number, healthy: number, allowed: number]]>([
    ['an integer minAvailable counts the pods', 3, { minAvailable: 1 }, [3, 1, 3, 2]],
    ['minAvailable of all', 3, { minAvailable: 3 }, [3, 3, 3, 0]],
    ['minAvailable above all', 3, { minAvailable: 5 }, [3, 5, 3, 0]],
    ['minAvailable in percent is rounded up', 7, { minAvailable: '30%' }, [7, 3, 7, 4]],
    ['minAvailable of 100%', 2, { minAvailable: '100%' }, [2, 2, 2, 0]],
    ['maxUnavailable counts the scale', 3, { maxUnavailable: 1 }, [3, 2, 3, 1]],
    ['maxUnavailable in percent is rounded up too', 7, { maxUnavailable: '30%' }, [7, 4, 7, 3]],
    ['maxUnavailable of nothing', 2, { maxUnavailable: 0 }, [2, 2, 2, 0]],
    ['maxUnavailable above all', 2, { maxUnavailable: 5 }, [2, 0, 2, 2]],
    ['no pods', 0, { minAvailable: 0 }, [0, 0, 0, 0]],
  ])('%s: %i pods, %o', async (_name, replicas, spec, [expectedPods, desiredHealthy, currentHealthy, allowed]) => {
    const world = await startWorld();
    world.create(types.deployments, workload('web', { replicas }));
    budget(world, spec);
    await world.clock.advance(2000);
    expect(numbers(world)).toEqual({ expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed: allowed });
    expect(conditionOf(pdb(world), 'DisruptionAllowed')).toMatchObject(
      allowed > 0
        ? { status: 'True', reason: 'SufficientPods', observedGeneration: 1, message: '' }
        : { status: 'False', reason: 'InsufficientPods', observedGeneration: 1, message: '' },
    );
    expect(pdb(world).status['observedGeneration']).toBe(1);
  });

  test('pods that are not ready, or terminate, are not healthy', async () => {
    const world = await startWorld();
    const annotations = { 'kmaint.test/gone-after-ms': '5000' };
    world.create(types.deployments, workload('web', { replicas: 3 }, { annotations }));
    budget(world, { minAvailable: 1 });
    await world.clock.advance(500);
    expect(numbers(world)).toEqual({ expectedPods: 3, desiredHealthy: 1, currentHealthy: 0, disruptionsAllowed: 0 });
    await world.clock.advance(2000);
    world.delete(types.pods, world.pods('web')[0]?.metadata.name ?? '');
    await world.clock.advance(10);
    // The terminating one still counts as expected, beside its replacement.
    expect(numbers(world)).toEqual({ expectedPods: 4, desiredHealthy: 1, currentHealthy: 2, disruptionsAllowed: 1 });
  });

  test('a ReplicaSet of a Deployment that rolls expects the Deployment once', async () => {
    const world = await startWorld();
    world.create(types.deployments, workload('web', { replicas: 2 }));
    world.create(types.statefulSets, workload('web', { replicas: 1, serviceName: 'web' }));
    budget(world, { maxUnavailable: '50%' });
    await world.clock.advance(2000);
    expect(numbers(world)).toMatchObject({ expectedPods: 3, desiredHealthy: 1 });
  });

  test('follows a new spec, with its generation', async () => {
    const world = await startWorld();
    world.create(types.deployments, workload('web', { replicas: 3 }));
    budget(world, { minAvailable: 3 });
    await world.clock.advance(2000);
    world.change(types.budgets, 'pdb', (object) => ({ ...object, spec: { ...object.spec, minAvailable: 2 } }));
    await world.clock.advance(10);
    expect(numbers(world).disruptionsAllowed).toBe(1);
    expect(pdb(world).status['observedGeneration']).toBe(2);
    expect(conditionOf(pdb(world), 'DisruptionAllowed')).toMatchObject({ observedGeneration: 2 });
  });

  test('follows pods whose labels change', async () => {
    const world = await startWorld();
    world.create(types.pods, podDraft('web'));
    budget(world, { minAvailable: 0 });
    await world.clock.advance(2000);
    expect(numbers(world).expectedPods).toBe(1);
    world.change(types.pods, 'web', (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { app: 'other' } } }));
    world.create(types.pods, { ...podDraft('more'), metadata: { name: 'more', labels: { app: 'web', a: 'b' } } });
    world.create(types.pods, { ...podDraft('most'), metadata: { name: 'most', labels: { app: 'web', a: 'b' } } });
    await world.clock.advance(10);
    expect(numbers(world).expectedPods).toBe(2);
  });

  test('pods without a controller add nothing to a scale', async () => {
    const world = await startWorld();
    world.create(types.pods, podDraft('web'));
    budget(world, { maxUnavailable: 1 });
    await world.clock.advance(2000);
    expect(numbers(world)).toEqual({ expectedPods: 0, desiredHealthy: 0, currentHealthy: 1, disruptionsAllowed: 0 });
    expect(world.events('UnmanagedPods')).toEqual([
      'Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.',
    ]);
  });

  test.each([
    ['daemonSets', 'daemonsets.apps does not implement the scale subresource'],
    ['jobs', 'jobs.batch does not implement the scale subresource'],
  ] as const)('%s have no scale: nothing is allowed', async (kind, message) => {
    const world = await startWorld();
    const draft = workload('web');
    if (kind === 'jobs') {
      const { selector: _none, ...spec } = draft['spec'] as { selector: object; template: { spec: object } };
      const template = { ...spec.template, spec: { ...spec.template.spec, restartPolicy: 'Never' } };
      world.create(types.jobs, { ...draft, spec: { template } });
    } else world.create(types.daemonSets, draft);
    budget(world, { minAvailable: '50%' });
    await world.clock.advance(2000);
    expect(pdb(world).status).toMatchObject({
      currentHealthy: 0,
      desiredHealthy: 0,
      disruptionsAllowed: 0,
      expectedPods: 0,
    });
    expect(conditionOf(pdb(world), 'DisruptionAllowed')).toMatchObject({
      status: 'False',
      reason: 'SyncFailed',
      message,
    });
  });
});

describe('evictions', () => {
  /** What the eviction subresource writes before it deletes. */
  function accept(world: TestWorld, pod: string): void {
    world.change(
      types.budgets,
      'pdb',
      (object) => {
        const disruptedPods = { [pod]: new Date(world.clock.now()).toISOString().replace('.000', '') };
        return { ...object, status: { ...object.status, disruptedPods, disruptionsAllowed: 0 } };
      },
      'status',
    );
  }

  test('an accepted one counts until its pod terminates, and for two minutes at most', async () => {
    const world = await startWorld();
    world.create(types.deployments, workload('web', { replicas: 2 }));
    budget(world, { minAvailable: 1 });
    await world.clock.advance(2000);
    const [first] = world.pods('web');
    const name = first?.metadata.name ?? '';
    accept(world, name);
    await world.clock.advance(10);
    expect(numbers(world)).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0 });
    expect(pdb(world).status['disruptedPods']).toEqual({ [name]: '2026-01-01T00:00:02Z' });
    await world.clock.advance(115_000);
    expect(numbers(world).disruptionsAllowed).toBe(0);
    await world.clock.advance(10_000);
    expect(numbers(world)).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 });
    expect(pdb(world).status['disruptedPods']).toBeUndefined();
    expect(world.events('NotDeleted')).toEqual(["Pod was expected by PDB default/default to be deleted but it wasn't"]);
    accept(world, name);
    await world.clock.advance(10);
    world.delete(types.pods, name);
    await world.clock.advance(3000);
    expect(pdb(world).status['disruptedPods']).toBeUndefined();
    expect(numbers(world)).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 });
  });

  test('a mark on a pod that is not deleted is taken back after two minutes', async () => {
    const world = await startWorld();
    world.create(types.pods, podDraft('web'));
    await world.clock.advance(2000);
    const mark = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      lastTransitionTime: '2026-01-01T00:00:02Z',
    };
    world.change(
      types.pods,
      'web',
      (pod) => ({
        ...pod,
        status: { ...pod.status, conditions: [...(pod.status['conditions'] as unknown as object[]), mark] },
      }),
      'status',
    );
    await world.clock.advance(110_000);
    expect(conditionOf(world.get(types.pods, 'web'), 'DisruptionTarget')?.['status']).toBe('True');
    await world.clock.advance(11_000);
    expect(conditionOf(world.get(types.pods, 'web'), 'DisruptionTarget')?.['status']).toBe('False');
  });

  test('of several budgets of a pod only one follows it, and an event names it', async () => {
    const world = await startWorld();
    world.create(types.deployments, workload('web', { replicas: 1 }));
    budget(world, { minAvailable: 1 }, 'a');
    budget(world, { minAvailable: 0 }, 'b');
    await world.clock.advance(2000);
    expect(numbers(world, 'a')).toMatchObject({ currentHealthy: 1 });
    expect(numbers(world, 'b')).toMatchObject({ currentHealthy: 0 });
    expect(world.events('MultiplePodDisruptionBudgets')[0]).toMatch(
      /^Pod "default"\/"web-\S+" matches multiple PodDisruptionBudgets\. {2}Chose "a" arbitrarily\.$/,
    );
  });
});
