/** A run that is resumed waits for a restart of its own instead of evicting the only pod. */
import { describe, expect, it } from 'vitest';
import type { ContinuityContext } from '../../../src/drain/continuity/context.ts';
import { surge, type SurgeOutcome } from '../../../src/drain/continuity/surge.ts';
import { surgeCandidates } from '../../../src/drain/continuity/surge-candidates.ts';
import { restartedAtAnnotation } from '../../../src/drain/continuity/surge-undo.ts';
import type { Workload } from '../../../src/cluster/workload.ts';
import { finish } from '../../support/world.ts';
import { aContinuityWorld, aMember, aReplicaSet, aSingle, type ContinuityWorld } from './world.ts';

const stamp = '2025-12-31T23:59:00.000Z';
const annotations = { [restartedAtAnnotation]: stamp };
const old = aMember('web-a');
const young = aMember('web-b', { nodeName: 'node2', ready: false }, 'web-2');
/** As the restart left it: two pods, the new one not ready. */
const midway = (differences: Partial<Workload> = {}): Workload =>
  aSingle({ templateAnnotations: annotations, statusReplicas: 2, generation: 2, ...differences });

function aWorldMidway(deployment = midway()): { world: ContinuityWorld; context: ContinuityContext } {
  const sets = [
    aReplicaSet({ revision: '1' }),
    aReplicaSet({ name: 'web-2', revision: '2', templateAnnotations: annotations }),
  ];
  const world = aContinuityWorld([old, young], [deployment, ...sets]);
  return { world, context: { ...world.context, openStamps: new Set([stamp]) } };
}

const move = ({ world, context }: ReturnType<typeof aWorldMidway>, timeoutMs = 60_000): Promise<SurgeOutcome> =>
  finish(world.clock, surge(context, midway(), old, { timeoutMs }));

describe('a restart of ours that is under way', () => {
  it('is a candidate by its old pod, where a stranger would be evicted', async () => {
    const { world, context } = aWorldMidway();
    expect(await surgeCandidates(context, [old])).toEqual([{ pod: old, deployment: midway() }]);
    expect(world.all('warning')).toEqual([]);
    expect(await surgeCandidates(world.context, [old])).toEqual([]);
    expect(world.only('warning').message).toContain('its last rollout is not complete');
  });

  it('is none by its new pod, nor once it is over', async () => {
    const { context } = aWorldMidway();
    expect(await surgeCandidates(context, [{ ...young, nodeName: 'node1' }])).toEqual([]);
    const over = aWorldMidway(midway({ statusReplicas: 1 }));
    expect(await surgeCandidates(over.context, [{ ...young, nodeName: 'node1' }])).toHaveLength(1);
  });

  it('is waited for, and nothing is written', async () => {
    const both = aWorldMidway();
    const { cluster, clock } = both.world;
    clock.after(9000, () => {
      cluster.put({ ...young, ready: true });
      cluster.remove('shop/web-a');
      cluster.putWorkload(midway({ statusReplicas: 1 }));
    });
    expect(await move(both)).toEqual({ kind: 'moved' });
    expect(cluster.writes).toEqual([]);
    expect(both.world.entries).toEqual([{ type: 'done', node: 'node1', step: 'surge', of: 'shop/web' }]);
    expect(both.world.all('node.step').map(({ message }) => message)).toEqual([
      'waits for Deployment shop/web, which this run had restarted already: its only pod is here',
      'moved Deployment shop/web to node2: pod shop/web-b is ready',
    ]);
  });

  it('is undone when it does not come to its end', async () => {
    const both = aWorldMidway();
    expect(await move(both, 10_000)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('the restart was undone'),
    });
    const now = both.world.cluster.workloads.get('Deployment/shop/web');
    expect(now?.templateAnnotations).toEqual({});
    expect(both.world.entries).toEqual([{ type: 'done', node: 'node1', step: 'surge', of: 'shop/web' }]);
  });
});
