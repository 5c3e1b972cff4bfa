/** Each exit code of a drain, reached by one way at least, and what its last event says. */
import { describe, expect, it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { ClusterError, InterruptedError } from '../../src/errors.ts';
import { aNode, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, rollingOptions, type TestWorld } from '../support/world.ts';

const run = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));

describe('exit codes', () => {
  const interrupted =
    (name: 'SIGHUP' | 'SIGINT' | 'SIGTERM') =>
    (world: TestWorld): void => {
      stuck(world);
      world.clock.after(500, () => world.interrupt(new InterruptedError(name)));
    };
  const failing = (world: TestWorld): void =>
    void world.cluster.answers.set('shop/web-1', [{ kind: 'fatal', message: 'no', status: 403, hint: undefined }]);
  const stuck = (world: TestWorld): void => void (world.cluster.goneAfterMs = Infinity);
  const gated = rollingOptions({ uncordon: false, criticalPods: ['db/db'] });
  const unreachable = (): Error => new ClusterError('connect ECONNREFUSED', { code: 'cluster.unreachable' });

  it.each<[number, string, (world: TestWorld) => void, Partial<DrainOptions>]>([
    [0, 'done', () => {}, {}],
    [1, 'a pod could not be removed', failing, {}],
    [2, 'a selector matches nothing', () => {}, { targets: { names: [], selector: 'rack=7' } }],
    [3, 'a pod is in the way', ({ cluster }) => cluster.put(aPod({ name: 'bare', controller: undefined })), {}],
    [4, 'the server cannot be reached', ({ cluster }) => void cluster.failures.set('getNode', unreachable), {}],
    [4, 'the node does not exist', () => {}, { targets: { names: ['node7'], selector: undefined } }],
    [
      5,
      'another tool has the node',
      ({ cluster }) => {
        const taints = [{ key: 'ToBeDeletedByClusterAutoscaler', value: undefined, effect: 'NoSchedule' as const }];
        cluster.nodes.set('node1', aNode({ taints }));
      },
      {},
    ],
    [
      6,
      'what arrived after the plan was not agreed to',
      (world) => {
        world.onEvent = ({ type }) => {
          if (type === 'node.cordoned') world.cluster.put(aPod({ name: 'bare', controller: undefined }));
        };
      },
      {},
    ],
    [7, 'a gate is closed', () => {}, { rolling: gated }],
    [124, 'a time-out', stuck, { timeoutMs: 1000 }],
    [124, 'a time-out of the run', stuck, { totalTimeoutMs: 1000 }],
    [129, 'SIGHUP', interrupted('SIGHUP'), {}],
    [130, 'SIGINT', interrupted('SIGINT'), {}],
    [143, 'SIGTERM', interrupted('SIGTERM'), {}],
  ])('%d: %s', async (exitCode, _title, change, options) => {
    const world = aWorld([aPod()]);
    change(world);
    const end = await run(world, options).catch((error: unknown) => (error as { readonly exitCode: number }).exitCode);
    expect(end).toBe(exitCode);
    const finished = world.all('run.finished');
    // An error that is thrown is told by whoever catches it.
    expect(finished.map((event) => event.exitCode)).toEqual([2, 4].includes(exitCode) ? [] : [exitCode]);
    if (exitCode !== 0) for (const { resume } of finished) expect(resume).toHaveLength(1);
    // Each run says its name; the way on names it where there is a journal with something in it, and only there.
    expect(world.only('run.started').runId).toBe('run-1');
    const begun = world.journal.some(({ type }) => type === 'intent');
    for (const { resume } of finished) {
      expect(resume).toEqual(
        exitCode === 0 ? [] : [begun ? 'kmaint resume run-1' : expect.stringMatching(/ drain node1/)],
      );
    }
  });
});
