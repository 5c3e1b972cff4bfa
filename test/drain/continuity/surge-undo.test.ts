import { describe, expect, it } from 'vitest';
import type { Workload } from '../../../src/cluster/workload.ts';
import { formerStamp, judgeUndo, restartedAtAnnotation, undoSurge } from '../../../src/drain/continuity/surge-undo.ts';
import { finish } from '../../support/world.ts';
import { aContinuityWorld, aReplicaSet, aSingle } from './world.ts';

const stamp = '2026-01-01T00:00:00.000Z';
const ours = { templateAnnotations: { [restartedAtAnnotation]: stamp } };
const rolling = (differences: Partial<Workload> = {}): Workload =>
  aSingle({ ...ours, generation: 2, statusReplicas: 2, ...differences });
const set = (revision: string, at: string | undefined): Workload =>
  aReplicaSet({
    name: `web-${revision}`,
    revision,
    templateAnnotations: at === undefined ? {} : { [restartedAtAnnotation]: at },
  });

describe('a restart', () => {
  it.each<[string, Workload | undefined, readonly Workload[], number | undefined, string]>([
    ['of our making is undone', rolling(), [], 2, 'undo'],
    ['that the controller has not seen yet is undone', rolling({ settled: false }), [], 2, 'undo'],
    ['is undone after a scaling', rolling({ generation: 3 }), [set('1', undefined), set('2', stamp)], 2, 'undo'],
    ['of another process is undone', rolling(), [set('1', undefined), set('2', stamp)], undefined, 'undo'],
    ['with something newer is not', rolling({ generation: 3 }), [set('2', stamp), set('3', stamp)], 2, 'newer'],
    ['with a change not seen yet is unclear', rolling({ generation: 3, settled: false }), [], 2, 'unclear'],
    ['that is complete is not', rolling({ statusReplicas: 1 }), [], 2, 'complete'],
    ['of somebody else is not', aSingle({ templateAnnotations: { [restartedAtAnnotation]: 'x' } }), [], 2, 'nothing'],
    ['of a Deployment that is gone is not', undefined, [], 2, 'nothing'],
  ])('%s', (_, deployment, sets, generation, verdict) => {
    expect(judgeUndo(deployment, sets, { stamp, generation })).toBe(verdict);
  });

  it('finds the former stamp in the newest ReplicaSet before it', () => {
    expect(formerStamp([set('9', 'b'), set('10', 'c'), set('11', stamp)], stamp)).toBe('c');
    expect(formerStamp([set('1', undefined), set('2', stamp)], stamp)).toBeNull();
  });

  it('is undone by another process from the stamp alone, once the controller has settled', async () => {
    const world = aContinuityWorld([], [rolling({ settled: false }), set('1', 'before'), set('2', stamp)]);
    const stranger = {
      ...set('7', 'other'),
      controller: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api', uid: 'x' },
    };
    world.cluster.putWorkload(stranger);
    world.clock.after(3000, () => world.cluster.putWorkload(rolling()));
    const undo = undoSurge(world, { namespace: 'shop', name: 'web', stamp });
    expect(await finish(world.clock, undo)).toEqual({ kind: 'undone' });
    const now = world.cluster.workloads.get('Deployment/shop/web');
    expect(now?.templateAnnotations).toEqual({ [restartedAtAnnotation]: 'before' });
    expect(world.cluster.writes).toHaveLength(1);
  });

  it('is given up on after 15 s', async () => {
    const world = aContinuityWorld([], [rolling({ settled: false })]);
    const startMs = world.clock.now();
    const undo = undoSurge(world, { namespace: 'shop', name: 'web', stamp });
    expect(await finish(world.clock, undo)).toEqual({
      kind: 'failed',
      message: 'the cluster did not answer within 15 s',
    });
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(15_100);
    expect(world.clock.waiting).toBe(0);
  });
});
