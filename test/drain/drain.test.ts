import { describe, expect, it } from 'vitest';
import type { Cluster, RemovalOutcome } from '../../src/cluster/cluster.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { ClusterError, InterruptedError, UsageError } from '../../src/errors.ts';
import { aBudget, aNode, aPod, aPolicy, aVolume } from '../support/objects.ts';
import { aWorld, drainOptions, finish, names, type TestWorld } from '../support/world.ts';

const run = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));

const forbidden = (): Error =>
  new ClusterError('nodes "node1" is forbidden', { code: 'cluster.forbidden', status: 403, hint: 'ask for it' });
const unavailable = (): Error =>
  new ClusterError('etcdserver: leader changed', { code: 'cluster.server', status: 500 });
const budgetFull: RemovalOutcome = {
  kind: 'blocked-budget',
  message: 'needs 1, has 1',
  budget: 'web',
  needs: 1,
  has: 1,
};
const two = [aPod({ name: 'web-1' }), aPod({ name: 'web-2' })];

describe('a drain', () => {
  it('cordons, evicts and proves that the pods are gone', async () => {
    const world = aWorld(two);
    expect(await run(world)).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1', 'evict shop/web-2']);
    expect(world.events.map(({ type }) => type).filter((type) => type !== 'node.step')).toEqual([
      'run.started',
      'drain.planned',
      'node.cordoned',
      'node.draining',
      'pod.evicting',
      'pod.evicting',
      'pod.gone',
      'pod.gone',
      'node.finished',
      'run.finished',
    ]);
    expect(world.only('node.finished')).toMatchObject({ outcome: 'done', gone: 2, left: [], cordonedByUs: true });
    expect(world.only('run.finished')).toMatchObject({ exitCode: 0, undo: [], resume: [] });
  });

  it('does not touch a pod that is terminating already, but waits for it', async () => {
    const world = aWorld([aPod({ deletionTimestamp: '2026-01-01T00:00:05Z' })]);
    const done = run(world);
    await world.clock.advance(3000);
    world.cluster.remove('shop/web-1');
    expect(await done).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1']);
  });

  it('sends no patch to a node that is cordoned already', async () => {
    const world = aWorld([], [aNode({ unschedulable: true })]);
    expect(await run(world)).toBe(0);
    expect(world.cluster.writes).toEqual([]);
    expect(world.only('node.finished').cordonedByUs).toBe(false);
  });

  it('keeps no more than the allowed requests in flight', async () => {
    const world = aWorld(Array.from({ length: 60 }, (_, index) => aPod({ name: `web-${index}` })));
    world.cluster.answerAfterMs = 50;
    expect(await run(world, { maxInFlight: 25 })).toBe(0);
    expect(world.cluster.mostEvictionsInFlight).toBe(25);
  });

  it('passes the grace period on, and deletes where evictions are disabled', async () => {
    const world = aWorld([aPod()]);
    await run(world, { policy: aPolicy({ gracePeriodSeconds: 0, disableEviction: true }) });
    expect(world.cluster.writes).toEqual(['cordon node1', 'delete shop/web-1 grace 0']);
  });

  it('waits for pods that two rounds find anew, and says so when they keep coming back', async () => {
    const world = aWorld([aPod()]);
    let comebacks = 0;
    world.onEvent = (event) => {
      if (event.type === 'pod.gone' && comebacks < 5) {
        comebacks += 1;
        world.cluster.put(aPod({ uid: `comeback-${comebacks}` }));
      }
    };
    expect(await run(world)).toBe(1);
    expect(world.only('node.finished').message).toContain(
      'shop/web-1 of ReplicaSet web (names the node, or its scheduler ignores the cordon); scale their owners down',
    );
    expect(world.cluster.writes.filter((write) => write.startsWith('evict'))).toHaveLength(3);
  });

  it('succeeds when a pod came back only once', async () => {
    const world = aWorld([aPod()]);
    world.onEvent = (event) => {
      if (event.type === 'pod.gone' && event.pod.uid !== 'second') world.cluster.put(aPod({ uid: 'second' }));
    };
    expect(await run(world)).toBe(0);
  });
});

describe('--pod-selector', () => {
  it('makes all other pods invisible to every check', async () => {
    const world = aWorld([
      aPod({ name: 'web-1', labels: { app: 'web' } }),
      aPod({ name: 'bare', controller: undefined, volumes: [aVolume('emptyDir')] }),
    ]);
    expect(await run(world, { policy: aPolicy({ podSelector: 'app=web' }) })).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1']);
  });
});

describe('a refused drain', () => {
  it('leaves the node as it was', async () => {
    const world = aWorld([aPod({ controller: undefined, name: 'go-http', namespace: 'default' })]);
    expect(await run(world)).toBe(3);
    expect(world.cluster.writes).toEqual([]);
    expect(world.only('node.finished')).toMatchObject({ outcome: 'refused', cordonedByUs: false });
    expect(world.only('run.finished')).toMatchObject({ exitCode: 3, undo: [], resume: ['kmaint drain node1 --force'] });
  });

  it('does not keep another node from being drained; the code is then 1', async () => {
    const world = aWorld(
      [aPod({ controller: undefined }), aPod({ name: 'web-2', nodeName: 'node2' })],
      [aNode(), aNode({ name: 'node2' })],
    );
    expect(await run(world, { targets: { names: ['node1', 'node2'], selector: undefined } })).toBe(1);
    expect(world.cluster.writes).toEqual(['cordon node2', 'evict shop/web-2']);
    expect(world.all('node.finished').map(({ node, exitCode }) => [node, exitCode])).toEqual([
      ['node1', 3],
      ['node2', 0],
    ]);
    // The run has nothing that could be gone on with: what is left was never part of it.
    expect(world.only('run.finished')).toMatchObject({
      undo: ['kmaint uncordon node2'],
      resume: ['kmaint drain node1 --force'],
    });
  });

  it('of one node among others that are not done is typed again, and the others are resumed', async () => {
    const world = aWorld(
      [aPod({ controller: undefined }), aPod({ name: 'web-2', nodeName: 'node2' })],
      [aNode(), aNode({ name: 'node2' })],
    );
    world.cluster.goneAfterMs = Infinity;
    const targets = { names: ['node1', 'node2'], selector: undefined };
    expect(await run(world, { targets, timeoutMs: 1000 })).toBe(1);
    expect(world.only('run.finished').resume).toEqual(['kmaint resume run-1', 'kmaint drain node1 --force']);
  });

  it('comes before any write for an unknown node, with what was probably meant', async () => {
    const world = aWorld(two, [aNode(), aNode({ name: 'node2' })]);
    const failure = run(world, { targets: { names: ['node2', 'nod1'], selector: undefined } });
    await expect(failure).rejects.toThrow('no node is called nod1; did you mean node1?');
    await expect(failure).rejects.toMatchObject({
      exitCode: 4,
      code: 'cluster.not-found',
      hint: 'kubectl get nodes --context test',
    });
    expect(world.cluster.writes).toEqual([]);
  });

  it('comes for a selector that matches nothing', async () => {
    const failure = run(aWorld(two), { targets: { names: [], selector: 'rack=7' } });
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow('rack=7');
  });
});

describe('consent', () => {
  it('is asked on a terminal, after the plan, and a no changes nothing', async () => {
    const world = aWorld(two);
    world.answer = false;
    expect(await run(world)).toBe(3);
    expect(world.cluster.writes).toEqual([]);
    expect(world.questions).toEqual(['Drain node1 (context test): cordon and remove 2 pods?']);
    expect(world.only('run.finished')).toMatchObject({ outcome: 'declined', undo: [] });
  });

  it('given, lets the drain go on', async () => {
    const world = aWorld(two);
    world.answer = true;
    expect(await run(world)).toBe(0);
  });

  it('is not asked with --yes, nor for a dry run', async () => {
    const world = aWorld(two);
    world.answer = false;
    expect(await run(world, { assumeYes: true })).toBe(0);
    expect(await run(aWorld(two), { dryRun: 'client' })).toBe(0);
    expect(world.questions).toEqual([]);
  });
});

describe('cordoning', () => {
  it('that is forbidden stops the drain of that node: no pod is touched', async () => {
    const world = aWorld(two);
    world.cluster.failures.set('changeNode', forbidden);
    expect(await run(world)).toBe(4);
    expect(world.cluster.writes).toEqual([]);
    expect(world.only('node.finished')).toMatchObject({ outcome: 'failed', hint: 'ask for it' });
  });

  it('is retried over passing errors', async () => {
    const world = aWorld([]);
    let failures = 2;
    world.cluster.failures.set('changeNode', unavailable);
    const done = run(world);
    while (failures > 0) {
      await world.clock.advance(700);
      failures -= 1;
    }
    world.cluster.failures.delete('changeNode');
    expect(await done).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1']);
  });

  it('covers all nodes before the first pod is evicted', async () => {
    const world = aWorld([aPod(), aPod({ name: 'web-2', nodeName: 'node2' })], [aNode(), aNode({ name: 'node2' })]);
    expect(await run(world, { targets: { names: ['node1', 'node2'], selector: undefined } })).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'cordon node2', 'evict shop/web-1', 'evict shop/web-2']);
  });

  it('is followed by a second look: what arrived in between and was not consented to stops the drain', async () => {
    const world = aWorld([aPod()]);
    world.onEvent = (event) => {
      if (event.type === 'node.cordoned') world.cluster.put(aPod({ name: 'late', controller: undefined }));
    };
    expect(await run(world)).toBe(6);
    expect(world.cluster.writes).toEqual(['cordon node1']);
    expect(world.only('node.finished').message).toContain('shop/late');
    expect(world.only('run.finished').undo).toEqual(['kmaint uncordon node1']);
  });
});

describe('answers to evictions', () => {
  const scripted = (...answers: RemovalOutcome[]): TestWorld => {
    const world = aWorld([aPod()]);
    world.cluster.answers.set('shop/web-1', answers);
    return world;
  };
  const evictions = (world: TestWorld): number =>
    world.cluster.writes.filter((write) => write.startsWith('evict')).length;

  it('a full budget: tried again after 5 s, said once', async () => {
    const world = scripted(budgetFull, budgetFull);
    expect(await run(world)).toBe(0);
    expect(world.all('pod.blocked')).toHaveLength(1);
    expect(world.only('pod.blocked')).toMatchObject({ reason: 'budget', budget: 'web', needs: 1, has: 1 });
    const [, first = 0, second = 0, third = 0] = world.cluster.writtenAtMs;
    expect(second - first).toBeGreaterThanOrEqual(5000);
    expect(third - second).toBeGreaterThanOrEqual(5000);
    expect(third - first).toBeLessThan(12_100);
  });

  it('gone: done', async () => {
    const world = aWorld([aPod()]);
    world.cluster.answers.set('shop/web-1', [
      async () => {
        world.cluster.remove('shop/web-1');
        return { kind: 'gone' };
      },
    ]);
    expect(await run(world)).toBe(0);
    expect(evictions(world)).toBe(1);
  });

  it('a budget that is being computed: the server says when to come back', async () => {
    const world = scripted({ kind: 'settling', message: 'still being processed', retryAfterMs: 10_000 });
    expect(await run(world)).toBe(0);
    const [, first = 0, second = 0] = world.cluster.writtenAtMs;
    expect(second - first).toBeGreaterThanOrEqual(10_000);
  });

  it('a busy server is not called a budget', async () => {
    const world = scripted({ kind: 'throttled', message: 'too many requests', retryAfterMs: 1000 });
    expect(await run(world)).toBe(0);
    expect(world.only('pod.blocked').reason).toBe('throttled');
  });

  it('passing errors: tried again', async () => {
    const world = scripted({ kind: 'transient', message: 'webhook: EOF', retryAfterMs: undefined });
    expect(await run(world)).toBe(0);
    expect(evictions(world)).toBe(2);
  });

  it('errors that do not pass: given up, in bounds', async () => {
    const world = aWorld([aPod()]);
    const always: RemovalOutcome = { kind: 'transient', message: 'connection refused', retryAfterMs: undefined };
    world.cluster.answers.set(
      'shop/web-1',
      Array.from({ length: 100 }, () => always),
    );
    expect(await run(world)).toBe(1);
    expect(evictions(world)).toBeLessThan(20);
    expect(world.only('node.finished').left).toMatchObject([
      { name: 'web-1', reason: expect.stringContaining('gave up') },
    ]);
  });

  it('a webhook that moves the pod itself is asked again', async () => {
    const denied: RemovalOutcome = { kind: 'denied', message: 'not yet', webhook: 'drain-cleaner' };
    expect(await run(scripted(denied, denied))).toBe(0);
  });

  it('forbidden: this pod fails at once, the others go', async () => {
    const world = aWorld(two);
    world.cluster.answers.set('shop/web-1', [
      { kind: 'fatal', message: 'forbidden', status: 403, hint: 'pods/eviction create' },
    ]);
    expect(await run(world)).toBe(1);
    expect(names(world.all('pod.gone'))).toEqual(['shop/web-2']);
    expect(world.only('pod.failed').message).toContain('pods/eviction create');
    expect(world.only('run.finished').undo).toEqual(['kmaint uncordon node1']);
  });

  it('several budgets, seen only by the server: this pod fails', async () => {
    const world = scripted({ kind: 'blocked-config', message: 'more than one PodDisruptionBudget' });
    expect(await run(world)).toBe(1);
    expect(evictions(world)).toBe(1);
  });

  it('a terminating namespace: its controller deletes the pod', async () => {
    const world = scripted({ kind: 'namespace-terminating', message: 'is being terminated' });
    const done = run(world);
    await world.clock.advance(2000);
    const startMs = world.clock.now();
    world.cluster.remove('shop/web-1');
    expect(await done).toBe(0);
    expect(evictions(world)).toBe(1);
    // A pod that goes by itself ends the wait for the next try.
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(200);
  });

  it('a terminating namespace: a pod that is going by then is only waited for', async () => {
    const world = scripted({ kind: 'namespace-terminating', message: 'is being terminated' });
    const startMs = world.clock.now();
    world.clock.after(2000, () => world.cluster.put(aPod({ deletionTimestamp: '2026-01-01T00:00:32Z' })));
    world.clock.after(20_000, () => world.cluster.remove('shop/web-1'));
    expect(await run(world)).toBe(0);
    expect(evictions(world)).toBe(1);
    expect(world.clock.now() - startMs).toBeGreaterThanOrEqual(20_000);
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(20_200);
    expect(world.only('node.finished')).toMatchObject({ gone: 1, left: [] });
  });

  it('a StatefulSet pod that was re-created elsewhere in the meantime is never evicted', async () => {
    const world = scripted(budgetFull, budgetFull, budgetFull);
    const done = run(world);
    await world.clock.advance(2000);
    world.cluster.put(aPod({ uid: 'another', nodeName: 'node2' }));
    expect(await done).toBe(0);
    expect(evictions(world)).toBe(1);
    expect(world.cluster.pods.get('shop/web-1')?.deletionTimestamp).toBeUndefined();
    expect(world.only('node.finished')).toMatchObject({ gone: 1, left: [] });
  });

  it('the same while the watch lags behind: the pod is looked at before it is asked again', async () => {
    const world = scripted(budgetFull, budgetFull, budgetFull);
    const done = run(world);
    await world.clock.advance(2000);
    world.cluster.watchLags = true;
    world.cluster.put(aPod({ uid: 'another', nodeName: 'node2' }));
    expect(await done).toBe(0);
    expect(evictions(world)).toBe(1);
    expect(world.only('node.finished')).toMatchObject({ gone: 1, left: [] });
  });

  it('the same where pods may not be watched', async () => {
    const world = scripted(budgetFull, budgetFull, budgetFull);
    world.cluster.failures.set('watchPods', forbidden);
    const done = run(world);
    await world.clock.advance(2000);
    world.cluster.put(aPod({ uid: 'another', nodeName: 'node2' }));
    expect(await done).toBe(0);
    expect(evictions(world)).toBe(1);
    expect(world.only('node.finished')).toMatchObject({ gone: 1, left: [] });
    expect(world.only('warning').message).toContain('listed every second');
  });

  it('two budgets in the plan: refused before anything is written', async () => {
    const world = aWorld([aPod()]);
    world.cluster.budgets = [aBudget(), aBudget({ name: 'web2' })];
    expect(await run(world)).toBe(3);
    expect(world.cluster.writes).toEqual([]);
  });
});

describe('waiting', () => {
  it('--timeout is exact, and says what is left and why', async () => {
    const world = aWorld(two);
    world.cluster.goneAfterMs = (pod) => (pod.name === 'web-1' ? Infinity : 1000);
    world.cluster.answers.set(
      'shop/web-2',
      Array.from({ length: 9 }, () => budgetFull),
    );
    const startMs = world.clock.now();
    expect(await run(world, { timeoutMs: 7000 })).toBe(124);
    expect(world.clock.now() - startMs).toBeGreaterThanOrEqual(7000);
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(7500);
    expect(world.only('node.finished').left.map(({ name, reason }) => [name, reason.split(':')[0]])).toEqual([
      ['web-1', 'terminating'],
      ['web-2', 'budget shop/web needs 1 healthy pod and has 1'],
    ]);
  });

  it.each<[string, number, RemovalOutcome[], string]>([
    ['that is not answered', 60_000, [], 'was asked to go, and the answer was not heard'],
    [
      'that a busy server puts off',
      0,
      [{ kind: 'throttled', message: 'too many requests', retryAfterMs: 20_000 }],
      'too many requests',
    ],
    [
      'that a budget being computed puts off',
      0,
      [{ kind: 'settling', message: 'still being processed', retryAfterMs: 20_000 }],
      'still being processed',
    ],
  ])('--timeout is exact for an eviction %s', async (_, answerAfterMs, answers, reason) => {
    const world = aWorld([aPod()]);
    world.cluster.answerAfterMs = answerAfterMs;
    world.cluster.answers.set('shop/web-1', answers);
    const startMs = world.clock.now();
    expect(await run(world, { timeoutMs: 7000 })).toBe(124);
    expect(world.clock.now() - startMs).toBeGreaterThanOrEqual(7000);
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(7500);
    expect(world.only('node.finished').left).toMatchObject([
      { name: 'web-1', reason: expect.stringContaining(reason) },
    ]);
    expect(world.clock.waiting).toBe(0);
  });

  it('says which finalizers hold a pod', async () => {
    const world = aWorld([aPod({ finalizers: ['example.com/a', 'example.com/b'] })]);
    world.cluster.goneAfterMs = Infinity;
    await run(world, { timeoutMs: 1000 });
    expect(world.only('node.finished').left[0]?.reason).toContain(
      'held by the finalizers example.com/a, example.com/b',
    );
  });

  it('leaves no timer behind', async () => {
    const world = aWorld(two);
    expect(await run(world, { timeoutMs: 60_000, totalTimeoutMs: 60_000 })).toBe(0);
    expect(world.clock.waiting).toBe(0);
  });

  it('ends when the pods can no longer be followed', async () => {
    const world = aWorld(two);
    world.cluster.goneAfterMs = Infinity;
    const done = run(world);
    await world.clock.advance(500);
    world.cluster.breakWatches(new ClusterError('logged out', { code: 'cluster.unauthorized', status: 401 }));
    expect(await done).toBe(1);
    expect(world.only('node.finished')).toMatchObject({ message: 'logged out', gone: 0 });
    expect(world.only('node.finished').left).toHaveLength(2);
  });

  it('--timeout is for each node, --total-timeout for the run', async () => {
    const pods = [aPod(), aPod({ name: 'web-2', nodeName: 'node2' })];
    const nodes = [aNode(), aNode({ name: 'node2' })];
    const targets = { names: ['node1', 'node2'], selector: undefined };
    const each = aWorld(pods, nodes);
    each.cluster.goneAfterMs = Infinity;
    const startMs = each.clock.now();
    expect(await run(each, { targets, timeoutMs: 3000 })).toBe(124);
    expect(each.clock.now() - startMs).toBeGreaterThanOrEqual(6000);
    expect(each.clock.now() - startMs).toBeLessThanOrEqual(7000);

    const whole = aWorld(pods, nodes);
    whole.cluster.goneAfterMs = Infinity;
    expect(await run(whole, { targets, timeoutMs: 3000, totalTimeoutMs: 4000 })).toBe(124);
    expect(whole.clock.now() - startMs).toBeLessThanOrEqual(4500);
    expect(whole.all('node.finished').map(({ message }) => message)).toEqual([
      expect.stringContaining('--timeout 3s'),
      expect.stringContaining('--total-timeout 4s'),
    ]);
  });

  it('a pod that terminates for too long is skipped when asked, and named', async () => {
    const world = aWorld([aPod({ terminationGracePeriodSeconds: 3 })]);
    world.cluster.goneAfterMs = Infinity;
    const startMs = world.clock.now();
    expect(await run(world, { policy: aPolicy({ skipWaitForDeleteTimeoutSeconds: 2 }) })).toBe(0);
    expect(world.clock.now() - startMs).toBeGreaterThanOrEqual(6000);
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(6500);
    expect(world.only('pod.skipped')).toMatchObject({
      pod: { namespace: 'shop', name: 'web-1' },
      message: 'terminating for more than 2s beyond its grace period; no longer waited for',
    });
    expect(world.only('node.finished').left).toMatchObject([{ namespace: 'shop', name: 'web-1' }]);
  });

  it('a first Ctrl-C stops new evictions and hears the answers of those under way', async () => {
    const world = aWorld([aPod({ name: 'a' }), aPod({ name: 'b' }), aPod({ name: 'c' })]);
    world.cluster.answerAfterMs = 200;
    world.cluster.goneAfterMs = Infinity;
    const done = run(world, { maxInFlight: 1 });
    await world.clock.advance(100);
    world.interrupt(new InterruptedError('SIGINT'));
    expect(await done).toBe(130);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/a']);
    expect(world.only('node.finished').left.map(({ name, reason }) => [name, reason.split(':')[0]])).toEqual([
      ['a', 'terminating'],
      ['b', 'not asked to go yet'],
      ['c', 'not asked to go yet'],
    ]);
    expect(world.only('run.finished')).toMatchObject({
      outcome: 'interrupted',
      undo: ['kmaint uncordon node1'],
      resume: ['kmaint resume run-1'],
    });
  });

  it('an interrupt while planning changes nothing', async () => {
    const world = aWorld(two);
    world.interrupt(new InterruptedError('SIGTERM'));
    await expect(run(world)).rejects.toMatchObject({ exitCode: 143 });
    expect(world.cluster.writes).toEqual([]);
  });
});

describe('reading', () => {
  it('asks for the budgets once and for each DaemonSet once, however many nodes and pods', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'uid-of-agent' };
    const nodes = ['node1', 'node2', 'node3'].map((name) => aNode({ name }));
    const world = aWorld(
      nodes.map(({ name }) => aPod({ name: `agent-${name}`, nodeName: name, controller: owner })),
      nodes,
    );
    world.cluster.daemonSets.set('shop/agent', 'exists');
    const targets = { names: nodes.map(({ name }) => name), selector: undefined };
    expect(await run(world, { targets, dryRun: 'client' })).toBe(0);
    expect(world.cluster.reads).toEqual({
      listBudgets: 1,
      daemonSetExists: 1,
      listPods: 3,
      getNode: 3,
      getWorkload: 1,
      namespaceExists: 1,
    });
  });

  /** Who asks it for a list, watched or not, is written down with the size of the pages. */
  function listening(world: TestWorld): { readonly world: TestWorld; readonly pages: Map<string, unknown[]> } {
    const pages = new Map<string, unknown[]>();
    const cluster = new Proxy(world.cluster, {
      get(target, name: keyof Cluster) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          const { chunkSize } = (args.at(-1) ?? {}) as { readonly chunkSize?: number };
          if (/^(list|watch)/.test(name)) pages.set(name, [...(pages.get(name) ?? []), chunkSize]);
          return Reflect.apply(value, target, args);
        };
      },
    });
    return { world: { ...world, cluster }, pages };
  }

  it.each<[string, Partial<DrainOptions>, string[]]>([
    ['a dry run', { dryRun: 'client' }, ['listBudgets']],
    ['a dry run that looks at other nodes', { dryRun: 'client', capacity: 'always' }, ['listBudgets']],
    ['a drain', {}, ['watchBudgets', 'watchPods']],
    ['a drain that looks at other nodes', { capacity: 'always' }, ['watchBudgets', 'watchPods']],
    ['a drain that deletes', { policy: aPolicy({ disableEviction: true }) }, ['listBudgets', 'watchPods']],
  ])('asks in pages of --chunk-size for every list: %s', async (_, options, further) => {
    const volumes = [{ ...aVolume('persistentVolumeClaim'), claimName: 'data' }];
    // Owners of one namespace, and of so many that all of the cluster are listed.
    const pods = Array.from({ length: 20 }, (__, index) => {
      const [kind, namespace] = index < 10 ? ['ReplicaSet', 'shop'] : ['StatefulSet', `shop-${index}`];
      const controller = { apiVersion: 'apps/v1', kind, name: `web-${index}`, uid: `uid-of-${index}` };
      return aPod({ name: `web-${index}`, namespace, controller, volumes });
    });
    const { world, pages } = listening(aWorld(pods));
    world.cluster.budgets = [aBudget({ disruptionsAllowed: 0, currentHealthy: 1 })];
    const targets = { names: [], selector: 'rack=7' };
    world.cluster.nodes.set('node1', aNode({ labels: { rack: '7' } }));
    expect(await run(world, { chunkSize: 7, targets, timeoutMs: 1000, ...options })).toBeOneOf([0, 124]);
    const always = ['listClaims', 'listNodes', 'listPersistentVolumes', 'listPods', 'listWorkloads'];
    expect([...pages.keys()].toSorted()).toEqual([...always, ...further].toSorted());
    expect([...pages.values()].flat().filter((chunkSize) => chunkSize !== 7)).toEqual([]);
  });
});

describe('few rights', () => {
  it('that show only after the cordon are exit 1, for the cluster was changed', async () => {
    const world = aWorld(two);
    world.onEvent = ({ type }) => {
      if (type === 'node.cordoned') world.cluster.failures.set('listPods', forbidden);
    };
    expect(await run(world)).toBe(1);
    expect(world.only('run.finished').undo).toEqual(['kmaint uncordon node1']);
  });

  it('budgets that may not be read are unknown, said once; the drain works', async () => {
    const world = aWorld(two);
    world.cluster.failures.set('listBudgets', forbidden);
    world.cluster.failures.set('watchBudgets', forbidden);
    expect(await run(world)).toBe(0);
    expect(world.only('drain.planned').plan.nodes[0]?.budgetsKnown).toBe(false);
    expect(world.all('warning').filter(({ message }) => message.includes('budgets may not be read'))).toHaveLength(1);
  });

  it('pods that may not be read alone are still evicted', async () => {
    const world = aWorld([aPod()]);
    world.cluster.answers.set('shop/web-1', [budgetFull]);
    world.cluster.failures.set('getPod', forbidden);
    expect(await run(world)).toBe(0);
  });
});

describe('dry runs', () => {
  it('client: nothing is sent', async () => {
    const world = aWorld(two);
    expect(await run(world, { dryRun: 'client' })).toBe(0);
    expect(world.cluster.writes).toEqual([]);
    expect(names(world.all('pod.evicting'))).toEqual(['shop/web-1', 'shop/web-2']);
  });

  it('client: blockers are exit 3', async () => {
    expect(await run(aWorld([aPod({ volumes: [aVolume('emptyDir')] })]), { dryRun: 'client' })).toBe(3);
  });

  it('server: a full budget is told, not waited for', async () => {
    const world = aWorld(two);
    world.cluster.answers.set('shop/web-1', [budgetFull]);
    expect(await run(world, { dryRun: 'server' })).toBe(0);
    expect(world.cluster.writes).toEqual([
      'cordon node1 (dry run)',
      'evict shop/web-1 (dry run)',
      'evict shop/web-2 (dry run)',
    ]);
    expect(world.only('warning').message).toContain('shop/web-1 would have to wait');
    expect(world.cluster.nodes.get('node1')?.unschedulable).toBe(false);
  });

  it('server: what can never go is exit 3', async () => {
    const world = aWorld([aPod()]);
    world.cluster.answers.set('shop/web-1', [{ kind: 'blocked-config', message: 'two budgets' }]);
    expect(await run(world, { dryRun: 'server' })).toBe(3);
  });

  const busy: RemovalOutcome = { kind: 'throttled', message: 'too many requests', retryAfterMs: 7000 };
  const refused: RemovalOutcome = { kind: 'transient', message: 'connection refused', retryAfterMs: undefined };
  const silent = (...pods: string[]): TestWorld => {
    const world = aWorld(pods.map((name) => aPod({ name })));
    const answers = (): RemovalOutcome[] => Array.from({ length: 100 }, () => refused);
    for (const name of pods) world.cluster.answers.set(`shop/${name}`, answers());
    return world;
  };

  it('server: a passing failure is asked again, when the server says', async () => {
    const world = aWorld(two);
    world.cluster.answers.set('shop/web-1', [refused, busy]);
    expect(await run(world, { dryRun: 'server' })).toBe(0);
    expect(world.all('warning')).toEqual([]);
    expect(names(world.all('pod.evicting'))).toEqual(['shop/web-2', 'shop/web-1']);
    const atMs = world.cluster.writtenAtMs;
    expect((atMs[4] ?? 0) - (atMs[3] ?? 0)).toBeGreaterThanOrEqual(7000);
  });

  it('server: a pod that could not be asked is no success', async () => {
    const world = silent('web-1');
    const startMs = world.clock.now();
    expect(await run(world, { dryRun: 'server' })).toBe(1);
    expect(world.clock.now() - startMs).toBeGreaterThan(20_000);
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(31_000);
    expect(world.only('pod.failed').message).toBe('could not be asked: connection refused');
    expect(world.only('node.finished')).toMatchObject({
      outcome: 'incomplete',
      message: '1 pod could not be asked',
      left: [{ name: 'web-1', reason: 'could not be asked: connection refused' }],
    });
    expect(world.clock.waiting).toBe(0);
  });

  it('server: what can never go is told apart from what could not be asked', async () => {
    const world = silent('web-1', 'web-2');
    world.cluster.answers.set('shop/web-2', [{ kind: 'blocked-config', message: 'two budgets' }]);
    expect(await run(world, { dryRun: 'server' })).toBe(1);
    expect(world.only('node.finished').message).toBe('1 pod could not be removed, 1 pod could not be asked');
  });

  it('server: pods that no answer comes for share the patience', async () => {
    const world = silent('web-1', 'web-2', 'web-3', 'web-4');
    const startMs = world.clock.now();
    expect(await run(world, { dryRun: 'server', maxInFlight: 1 })).toBe(1);
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(31_000);
    expect(world.only('node.finished').left).toHaveLength(4);
  });

  it('server: an interrupt ends the asking', async () => {
    const world = silent('web-1');
    const done = run(world, { dryRun: 'server' });
    await world.clock.advance(3000);
    world.interrupt(new InterruptedError('SIGINT'));
    const asked = world.cluster.writes.length;
    expect(await done).toBe(130);
    expect(world.cluster.writes).toHaveLength(asked);
    expect(world.clock.waiting).toBe(0);
  });

  it.each<RemovalOutcome>([{ kind: 'gone' }, { kind: 'identity-changed', message: 'the UID does not match' }])(
    'server: a pod that is $kind went by itself',
    async (answer) => {
      const world = aWorld([aPod()]);
      world.cluster.answers.set('shop/web-1', [answer]);
      expect(await run(world, { dryRun: 'server' })).toBe(0);
      expect(names(world.all('pod.gone'))).toEqual(['shop/web-1']);
      expect(world.all('pod.evicting')).toEqual([]);
      expect(world.all('warning')).toEqual([]);
      expect(world.only('node.finished')).toMatchObject({ gone: 1, left: [] });
    },
  );

  it.each(['client', 'server'] as const)('%s: what is only waited for is not said to be evicted', async (dryRun) => {
    const world = aWorld([
      aPod({ name: 'ending', deletionTimestamp: '2026-01-01T00:00:05Z' }),
      aPod({
        name: 'job',
        controller: { apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: 'uid-of-job' },
        labels: { 'cluster.x-k8s.io/drain': 'wait-completed' },
      }),
      aPod(),
    ]);
    expect(await run(world, { dryRun })).toBe(0);
    expect(names(world.all('pod.evicting'))).toEqual(['shop/web-1']);
    expect(world.cluster.writes.filter((write) => write.startsWith('evict'))).toHaveLength(dryRun === 'server' ? 1 : 0);
    expect(world.all('warning').map(({ message }) => message)).toEqual([
      'pod shop/ending would be waited for: terminating already',
      'pod shop/job would be waited for: label cluster.x-k8s.io/drain=wait-completed',
    ]);
    expect(world.only('node.finished')).toMatchObject({ gone: 0, left: [] });
  });
});
