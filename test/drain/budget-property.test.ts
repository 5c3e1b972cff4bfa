/** Over random clusters, lags and faults: every drain ends, no budget is broken, and hardly a request is in vain. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import { BudgetController, type App } from '../support/budget-controller.ts';
import { aNode } from '../support/objects.ts';
import { aWorld, drainOptions, finish } from '../support/world.ts';

const nodeNames = ['node1', 'node2', 'node3'];

const app = (name: string): fc.Arbitrary<App> =>
  fc
    .record({
      pods: fc.array(fc.record({ node: fc.constantFrom(...nodeNames, 'elsewhere'), ready: fc.boolean() }), {
        minLength: 1,
        maxLength: 6,
      }),
      slack: fc.integer({ min: 1, max: 3 }),
      guarded: fc.boolean(),
      replacedAfterMs: fc.constantFrom(0, 200, 1000, 8000),
    })
    .map(({ pods, slack, guarded, replacedAfterMs }) => ({
      name,
      // Ready enough to begin with, so that every drain can end.
      pods: pods.map((pod) => ({ ...pod, ready: pod.ready || guarded })),
      desiredHealthy: guarded ? Math.max(0, pods.length - slack) : undefined,
      replacedAfterMs,
    }));

const cluster = fc
  .integer({ min: 1, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => app(`app${i}`))));
const lags = fc.record({ controllerMs: fc.constantFrom(0, 50, 700), watchMs: fc.constantFrom(0, 30, 400) });
const faults = fc.array(fc.constantFrom('transient', 'throttled', 'none', 'none', 'none'), { maxLength: 12 });

describe('budgets', () => {
  it('are never broken, and every drain ends', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        cluster,
        lags,
        faults,
        fc.integer({ min: 1, max: 3 }),
        async (apps, lag, plannedFaults, count) => {
          const world = aWorld(
            [],
            [...nodeNames, 'elsewhere'].map((name) => aNode({ name })),
          );
          const controller = new BudgetController(world.cluster, world.clock, apps, lag);
          const pending = [...plannedFaults];
          world.cluster.judge = (pod) => {
            const fault = pending.shift() ?? 'none';
            if (fault === 'transient')
              return { kind: 'transient', message: 'etcd changed its leader', retryAfterMs: undefined };
            if (fault === 'throttled') return { kind: 'throttled', message: 'busy', retryAfterMs: 1000 };
            const verdict = controller.judge(pod);
            // The answer was lost on its way, not the eviction.
            return verdict;
          };
          const targets = { names: nodeNames.slice(0, count), selector: undefined };
          const exitCode = await finish(
            world.clock,
            drainNodes(world, drainOptions({ targets, parallel: { count } })),
            900_000,
          );
          expect(exitCode).toBe(0);
          expect(controller.violations).toEqual([]);
          for (const name of targets.names) {
            expect([...world.cluster.pods.values()].filter((pod) => pod.nodeName === name)).toEqual([]);
          }
          // In vain at most where the numbers were old, or nothing was heard for 5 s.
          expect(controller.refusals).toBeLessThanOrEqual(
            2 + Math.ceil((world.clock.now() - 1_767_225_600_000) / 5000) * apps.length,
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});
