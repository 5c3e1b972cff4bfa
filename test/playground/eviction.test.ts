import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ApiWorld } from '../../src/playground/api/handler.ts';
import { evict } from '../../src/playground/api/eviction.ts';
import type { KubeObject } from '../../src/playground/objects.ts';
import { createRegistry } from '../../src/playground/registry.ts';
import { typeOf } from '../../src/playground/resources.ts';
import { ApiStatus } from '../../src/playground/status.ts';
import { createStore } from '../../src/playground/store.ts';
import { FakeClock } from '../support/clock.ts';

const namespaces = typeOf('', 'namespaces');
const pods = typeOf('', 'pods');
const budgets = typeOf('policy', 'poddisruptionbudgets');

interface Recorded {
  readonly status: number;
  readonly body: { readonly message?: string };
}

function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(`fixtures/api/${name}.json`, 'utf8')) as Recorded;
}

interface PodShape {
  readonly phase?: string;
  readonly ready?: boolean;
}

interface BudgetStatus {
  readonly currentHealthy?: number;
  readonly desiredHealthy?: number;
  readonly disruptionsAllowed?: number;
  readonly observedGeneration?: number;
  readonly disruptedPods?: Readonly<Record<string, string>>;
  readonly conditions?: readonly object[];
}

function setUp(): ApiWorld & {
  pod(name: string, shape?: PodShape, namespace?: string): KubeObject;
  budget(name: string, status: BudgetStatus, spec?: object): void;
} {
  const clock = new FakeClock();
  const store = createStore();
  const registry = createRegistry(store, clock);
  registry.create(namespaces, { metadata: { name: 'scenario' } });
  return {
    clock,
    store,
    registry,
    pod(name, { phase = 'Running', ready = true } = {}, namespace = 'scenario') {
      registry.create(
        pods,
        {
          metadata: { name, labels: { app: 'web' } },
          spec: { nodeName: 'node1', containers: [{ name: 'web', image: 'web:1' }] },
        },
        { namespace },
      );
      const status = { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
      return defined(
        registry.modify(pods, namespace, name, (current) => ({ ...current, status }), { subresource: 'status' }),
      );
    },
    budget(name, status, spec = {}) {
      registry.create(
        budgets,
        { metadata: { name }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } }, ...spec } },
        { namespace: 'scenario' },
      );
      const full = {
        currentHealthy: 2,
        desiredHealthy: 2,
        disruptionsAllowed: 0,
        expectedPods: 2,
        observedGeneration: 1,
        ...status,
      };
      // Past the rules, which refuse negative counts; the evicting handler checks for them all the same.
      const stored = defined(store.get(budgets, 'scenario', name));
      store.put(budgets, { ...stored, status: full });
    },
  };
}

async function post(
  world: ApiWorld,
  name: string,
  { deleteOptions, query = '', bodyName = name, namespace = 'scenario' }: PostOptions = {},
): Promise<{ status: number; body: object }> {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: bodyName, namespace }, deleteOptions };
  try {
    return await evict(
      { type: pods, namespace, name },
      Buffer.from(JSON.stringify(body)),
      new URLSearchParams(query),
      world,
    );
  } catch (error) {
    if (error instanceof ApiStatus) return { status: error.code, body: error.toBody() };
    throw error;
  }
}

interface PostOptions {
  readonly deleteOptions?: object;
  readonly query?: string;
  readonly bodyName?: string;
  readonly namespace?: string;
}

/** What was recorded, with this test's names instead of those that were drawn there. */
function renamed({ status, body }: Recorded, from: RegExp, to: string): { status: number; body: object } {
  return { status, body: JSON.parse(JSON.stringify(body).replace(from, to)) as object };
}

function defined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it should be there');
  return value;
}

function budgetStatus(world: ApiWorld, name: string): BudgetStatus {
  return defined(world.store.get(budgets, 'scenario', name))['status'] as BudgetStatus;
}

describe('an eviction that the real server has answered', () => {
  it('201', async () => {
    const world = setUp();
    world.pod('bare');
    expect(await post(world, 'bare')).toEqual(renamed(recorded('eviction-201'), /-/, '-'));
    const pod = defined(world.store.get(pods, 'scenario', 'bare'));
    expect(pod.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(pod['status']).toMatchObject({
      conditions: [
        { type: 'Ready', status: 'True' },
        {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'EvictionByEvictionAPI',
          message: 'Eviction API: evicting',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    });
  });

  it('201 in a dry run, and nothing happens', async () => {
    const world = setUp();
    world.pod('bare');
    world.budget('web', { disruptionsAllowed: 1, currentHealthy: 3 });
    const before = world.store.revision;
    const { status, body } = recorded('eviction-201-dry-run');
    expect(await post(world, 'bare', { deleteOptions: { dryRun: ['All'] } })).toEqual({ status, body });
    expect(await post(world, 'bare', { query: 'dryRun=All' })).toEqual({ status, body });
    expect(world.store.revision).toBe(before);
  });

  it('201 for a pod that is going already, whatever its budget says', async () => {
    const world = setUp();
    world.pod('bare');
    world.budget('web', {});
    world.registry.delete(pods, 'scenario', 'bare');
    const { status, body } = recorded('eviction-201-already-terminating');
    expect(await post(world, 'bare')).toEqual({ status, body });
    expect(budgetStatus(world, 'web').disruptedPods).toBeUndefined();
  });

  it('404', async () => {
    const { status, body } = recorded('eviction-404-no-pod');
    expect(await post(setUp(), 'nobody')).toEqual({ status, body });
  });

  it('409 for another uid', async () => {
    const world = setUp();
    const { uid } = world.pod('bare').metadata;
    const wanted = renamed(recorded('eviction-409-uid-mismatch'), /2022f9f6-ee1c-4fc0-913f-a66ff13985d9/, uid);
    const deleteOptions = { preconditions: { uid: '00000000-0000-4000-8000-000000000000' } };
    expect(await post(world, 'bare', { deleteOptions })).toEqual(wanted);
    expect(world.store.get(pods, 'scenario', 'bare')?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('429 without Retry-After when the budget is exhausted', async () => {
    const world = setUp();
    world.pod('web-0');
    world.budget('web', {});
    const { status, body } = recorded('eviction-429-budget-exhausted');
    expect(await post(world, 'web-0')).toEqual({ status, body });
  });

  it('429 with Retry-After when the budget is news to the disruption controller', async () => {
    const world = setUp();
    world.pod('web-0');
    world.budget('web', { observedGeneration: 0, disruptionsAllowed: 2 });
    const { status, body } = recorded('eviction-429-still-being-processed');
    expect(await post(world, 'web-0')).toEqual({ status, body });
  });

  it('500 for two budgets, without a reason', async () => {
    const world = setUp();
    world.pod('web-0');
    world.budget('one', { disruptionsAllowed: 1 });
    world.budget('two', { disruptionsAllowed: 1 });
    const { status, body } = recorded('eviction-500-two-budgets');
    expect(await post(world, 'web-0')).toEqual({ status, body });
  });

  it('403 where the namespace is going', async () => {
    const world = setUp();
    world.registry.create(namespaces, { metadata: { name: 'scenario-ending' } });
    world.pod('held', {}, 'scenario-ending');
    world.registry.delete(namespaces, undefined, 'scenario-ending');
    const { status, body } = recorded('eviction-403-namespace-terminating');
    expect(await post(world, 'held', { namespace: 'scenario-ending' })).toEqual({ status, body });
  });
});

describe('what a budget allows', () => {
  it('is counted off, with the pod noted, until nothing is left', async () => {
    const world = setUp();
    world.pod('web-0');
    world.pod('web-1');
    world.budget('web', { disruptionsAllowed: 1, currentHealthy: 3 });
    expect((await post(world, 'web-0')).status).toBe(201);
    expect(budgetStatus(world, 'web')).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { 'web-0': '2026-01-01T00:00:00Z' },
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
    });
    expect((await post(world, 'web-1')).status).toBe(429);
  });

  it.each([
    [
      'negative',
      { disruptionsAllowed: -1 },
      'poddisruptionbudget.policy "web" is forbidden: pdb disruptions allowed is negative',
    ],
    [
      'owed too much',
      {
        disruptionsAllowed: 1,
        disruptedPods: Object.fromEntries(
          Array.from({ length: 2001 }, (_, at) => [`p${String(at)}`, '2026-01-01T00:00:00Z']),
        ),
      },
      'poddisruptionbudget.policy "web" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    ],
  ])('is refused for good when it is %s', async (_, status, message) => {
    const world = setUp();
    world.pod('web-0');
    world.budget('web', status);
    expect(await post(world, 'web-0')).toMatchObject({ status: 403, body: { reason: 'Forbidden', message } });
  });

  it.each([
    [{ reason: 'SyncFailed', message: 'no scale' }, 3, 'because it failed sync: no scale'],
    [{ reason: 'InsufficientPods', message: 'soon' }, 3, '(InsufficientPods): soon'],
    [{ reason: 'InsufficientPods', message: '' }, 3, ''],
  ])('says why there is nothing left: %o', async (condition, currentHealthy, ending) => {
    const world = setUp();
    world.pod('web-0');
    const full = {
      type: 'DisruptionAllowed',
      status: 'False',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      ...condition,
    };
    world.budget('web', { currentHealthy, conditions: [full] });
    const message = `The disruption budget web does not allow evicting pods currently ${ending}`.trim();
    expect(await post(world, 'web-0')).toMatchObject({ status: 429, body: { details: { causes: [{ message }] } } });
  });

  it.each<[string, PodShape, string | undefined, BudgetStatus, number]>([
    ['Pending', { phase: 'Pending' }, undefined, {}, 201],
    ['Succeeded', { phase: 'Succeeded' }, undefined, {}, 201],
    ['Failed', { phase: 'Failed' }, undefined, {}, 201],
    ['unready, the rest healthy', { ready: false }, undefined, {}, 201],
    ['unready, the rest healthy', { ready: false }, 'IfHealthyBudget', {}, 201],
    ['unready, the rest not', { ready: false }, undefined, { currentHealthy: 1 }, 429],
    ['unready, nothing desired', { ready: false }, undefined, { desiredHealthy: 0, currentHealthy: 0 }, 429],
    ['unready, the rest not', { ready: false }, 'AlwaysAllow', { currentHealthy: 1 }, 201],
    ['ready', {}, 'AlwaysAllow', {}, 429],
  ])('does not matter to every pod: %s, %o, policy %s', async (_, shape, policy, status, code) => {
    const world = setUp();
    world.pod('web-0', shape);
    world.budget('web', status, policy === undefined ? {} : { unhealthyPodEvictionPolicy: policy });
    expect((await post(world, 'web-0')).status).toBe(code);
    expect(budgetStatus(world, 'web').disruptedPods).toBeUndefined();
  });
});

describe('the request', () => {
  it.each<[string, PostOptions, number, string]>([
    ['another name', { bodyName: 'other' }, 400, 'name in URL does not match name in Eviction object'],
    [
      'an unknown dry run in the query',
      { query: 'dryRun=Some' },
      422,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    [
      'an unknown dry run in the body',
      { deleteOptions: { dryRun: ['Some'] } },
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    [
      'two different dry runs',
      { query: 'dryRun=All', deleteOptions: { dryRun: ['All', 'All'] } },
      500,
      'Non-matching dry-run options in request and content: [All] and [All All]',
    ],
    [
      'a grace period that is no number',
      { deleteOptions: { gracePeriodSeconds: 'a' } },
      400,
      'Eviction in version "v1" cannot be handled as a Eviction: json: cannot unmarshal string into Go struct field DeleteOptions.deleteOptions.gracePeriodSeconds of type int64',
    ],
    [
      'an old resourceVersion',
      { deleteOptions: { preconditions: { resourceVersion: '1' } } },
      409,
      'Operation cannot be fulfilled on Pod "bare": the ResourceVersion in the precondition (1) does not match',
    ],
  ])('is refused for %s', async (_, options, status, message) => {
    const world = setUp();
    world.pod('bare');
    expect(await post(world, 'bare', options)).toMatchObject({
      status,
      body: { message: expect.stringContaining(message) as string },
    });
    expect(world.store.get(pods, 'scenario', 'bare')?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('may give the current uid and version, and a grace period', async () => {
    const world = setUp();
    const { uid, resourceVersion } = world.pod('bare').metadata;
    const deleteOptions = { gracePeriodSeconds: 7, preconditions: { uid, resourceVersion } };
    expect((await post(world, 'bare', { deleteOptions })).status).toBe(201);
    expect(world.store.get(pods, 'scenario', 'bare')?.metadata.deletionGracePeriodSeconds).toBe(7);
  });
});
