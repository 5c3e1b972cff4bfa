/** Whatever happens to pods: each run that is wanted is opened, and none is twice. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Change } from '../../../src/cluster/cluster.ts';
import type { LogPod } from '../../../src/cluster/log-pod.ts';
import { Targets } from '../../../src/logs/selection/targets.ts';
import { aContainer, aLogPod, resolved } from './pods.ts';

const container = (name: string) =>
  fc
    .record({
      id: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      state: fc.constantFrom('running', 'waiting', 'terminated'),
    })
    .map(({ id, state }) =>
      aContainer(name, { state, containerId: id === undefined ? undefined : `c://${name}-${id}` }),
    );

const pod = fc
  .record({
    name: fc.constantFrom('web-1', 'web-2', 'db-1'),
    ready: fc.constantFrom('True', 'False'),
    containers: fc.tuple(container('app'), container('side')),
  })
  .map(({ name, ready, containers }) => aLogPod(name, { conditions: { Ready: ready }, containers }));

const change: fc.Arbitrary<Change<LogPod>> = fc.oneof(
  fc.uniqueArray(pod, { selector: ({ uid }) => uid }).map((items) => ({ type: 'snapshot' as const, items })),
  pod.map((item) => ({ type: 'changed' as const, item })),
  pod.map((item) => ({ type: 'deleted' as const, item })),
);

const touched = (one: Change<LogPod>): readonly LogPod[] => (one.type === 'snapshot' ? one.items : [one.item]);

it('opens every run of a wanted pod once, and closes only what is open', { timeout: 60_000 }, async () => {
  const selection = await resolved({ query: ['web'], condition: 'ready', tailLines: 0 });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 15 }), (changes) => {
      const targets = new Targets(selection, { context: undefined });
      /** By pod, by container, the run opened last. */
      const open = new Map<string, Map<string, string>>();
      for (const one of changes) {
        const { opened, closed } = targets.apply(one, 0);
        const known = new Set(targets.pods().map(({ uid }) => uid));
        for (const { key, source } of closed) {
          expect(open.get(source.podUid)?.get(source.container)).toBe(key);
          expect(known.has(source.podUid)).toBe(false);
        }
        for (const uid of open.keys()) if (!known.has(uid)) open.delete(uid);
        for (const { key, source, first } of opened) {
          const runs = open.get(source.podUid) ?? new Map<string, string>();
          expect(runs.get(source.container)).not.toBe(key);
          open.set(source.podUid, runs.set(source.container, key));
          expect(first).toBe(one === changes[0] && one.type === 'snapshot');
        }
        if (one.type === 'deleted') continue;
        for (const seen of touched(one)) {
          const wanted = selection.accepts(seen);
          expect(known.has(seen.uid)).toBe(wanted);
          for (const { name, containerId } of seen.containers) {
            if (wanted && containerId !== undefined) {
              expect(open.get(seen.uid)?.get(name)).toBe(`${seen.uid}/${name}/${containerId}`);
            }
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});
