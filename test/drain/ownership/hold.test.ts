import { describe, expect, it } from 'vitest';
import {
  cordonAnnotation,
  excludeFromLoadBalancersLabel,
  formerMarksAnnotation,
  holdAnnotation,
  scaleDownDisabledAnnotation,
} from '../../../src/drain/ownership/annotations.ts';
import { takeNode } from '../../../src/drain/ownership/hold.ts';
import { judgeNode } from '../../../src/drain/ownership/swap.ts';
import { ClusterError, InterruptedError } from '../../../src/errors.ts';
import { aNode } from '../../support/objects.ts';
import { aRun, aWorld, disturbWrites, finish, holdRecord, stored, take, taken, touch } from './hold-world.ts';

const busy = (): Error => new ClusterError('busy', { code: 'cluster.server', status: 503 });

describe('taking a node', () => {
  it('holds and cordons it in one request that says who and why', async () => {
    const world = aWorld([]);
    const run = aRun(world, 'r1', { reason: 'new disk', ticket: 'OPS-7' });
    const hold = taken(await take(world, run));
    expect(world.cluster.changes).toHaveLength(1);
    expect(stored(world).unschedulable).toBe(true);
    expect(holdRecord(world)).toEqual({
      run: 'r1',
      holder: 'r1@host',
      until: '2026-01-01T00:01:00Z',
      wasCordoned: false,
    });
    expect(JSON.parse(stored(world).annotations[cordonAnnotation] ?? '')).toEqual({
      run: 'r1',
      by: 'r1@host',
      at: '2026-01-01T00:00:00Z',
      reason: 'new disk',
      ticket: 'OPS-7',
    });
    expect(run.entries).toEqual([
      { type: 'intent', node: 'node1', step: { kind: 'hold', wasCordoned: false } },
      { type: 'done', node: 'node1', step: 'hold' },
    ]);
    expect(world.only('node.cordoned')).toMatchObject({ node: 'node1', changed: true });
    await finish(world.clock, hold.release({ uncordon: false }));
    expect(world.clock.waiting).toBe(0);
  });

  it('writes the journal before the request, and does not send it when that fails', async () => {
    const world = aWorld([]);
    const run = aRun(world, 'r1');
    const journal = { runId: 'r1', write: () => Promise.reject(new Error('disk full')) };
    await expect(take(world, { ...run, journal })).rejects.toThrow('disk full');
    expect(world.cluster.changes).toEqual([]);
  });

  it('gives the node back when the journal fails afterwards', async () => {
    const world = aWorld([]);
    let lines = 0;
    const write = async (): Promise<void> => {
      lines += 1;
      if (lines === 2) throw new Error('disk full');
    };
    await expect(take(world, { ...aRun(world, 'r1'), journal: { runId: 'r1', write } })).rejects.toThrow('disk full');
    expect(stored(world)).toMatchObject({ unschedulable: false, annotations: {} });
  });

  it.each(['r1 first', 'r2 first'])('two runs race, %s: exactly one gets it', async (order) => {
    const world = aWorld([]);
    disturbWrites(world, 3);
    const runs = order === 'r1 first' ? ['r1', 'r2'] : ['r2', 'r1'];
    const node = stored(world);
    const results = await finish(
      world.clock,
      Promise.all(runs.map((id) => takeNode(aRun(world, id), node, { cordon: true }))),
    );
    expect(results.map(({ kind }) => kind).sort()).toEqual(['held', 'taken']);
    const winner = runs[results.findIndex(({ kind }) => kind === 'taken')];
    expect(holdRecord(world)?.run).toBe(winner);
    const loser = results.find((result) => result.kind === 'held');
    expect(loser?.message).toContain(`held by run ${winner} of ${winner}@host until`);
    expect(loser?.hint).toContain('--take-over');
    expect(stored(world).annotations[cordonAnnotation]).toContain(`"${winner}"`);
  });

  it('stands up to a kubelet that writes all the time, but not for ever', async () => {
    const patient = aWorld([]);
    disturbWrites(patient, 8);
    expect((await take(patient, aRun(patient, 'r1'))).kind).toBe('taken');

    const hopeless = aWorld([]);
    disturbWrites(hopeless, Infinity);
    await expect(take(hopeless, aRun(hopeless, 'r1'))).rejects.toMatchObject({ code: 'cluster.conflict' });
    expect(hopeless.cluster.changes).toEqual([]);
    expect(stored(hopeless)).toMatchObject({ unschedulable: false, annotations: {} });
  });

  it('waits for a hold to be over by more than clocks differ; then it is taken once', async () => {
    const world = aWorld([]);
    // The first run dies: nobody renews.
    await take(world, { ...aRun(world, 'dead'), clock: deadClock(world) });
    await world.clock.advance(74_000);
    expect((await take(world, aRun(world, 'r1'))).kind).toBe('held');
    await world.clock.advance(2_000);
    const results = await finish(
      world.clock,
      Promise.all(['r1', 'r2'].map((id) => takeNode(aRun(world, id), stored(world), { cordon: true }))),
    );
    expect(results.map(({ kind }) => kind)).toEqual(['taken', 'held']);
    expect(world.all('warning').map(({ message }) => message)).toContain(
      'the hold of run dead of dead@host ended at 2026-01-01T00:01:00Z',
    );
  });

  it('is re-entrant for the same run, which remembers what the node was before', async () => {
    const world = aWorld([]);
    await take(world, { ...aRun(world, 'r1'), clock: deadClock(world) });
    const hold = taken(await take(world, aRun(world, 'r1')));
    expect(hold.wasCordoned).toBe(false);
    expect(await finish(world.clock, hold.release({ uncordon: true }))).toEqual({
      released: true,
      uncordoned: true,
      cordoned: false,
    });
    expect(stored(world)).toMatchObject({ unschedulable: false, annotations: {} });
  });

  it.each(['{"run":1}', 'what?', ''])(
    'treats an annotation that cannot be read (%j) as somebody else',
    async (text) => {
      const world = aWorld([], [aNode({ annotations: { [holdAnnotation]: text } })]);
      expect(await take(world, aRun(world, 'r1'))).toMatchObject({
        kind: 'held',
        message: expect.stringContaining('cannot be read') as string,
      });
      expect((await take(world, aRun(world, 'r1', { takeOver: true }))).kind).toBe('taken');
      expect(world.only('warning').message).toContain('taken over');
    },
  );

  it('leaves a node to the tool that is at work on it, also when that came between', async () => {
    const world = aWorld([]);
    disturbWrites(world, 1, () =>
      touch(world, { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', value: '1', effect: 'NoSchedule' }] }),
    );
    expect(await take(world, aRun(world, 'r1'))).toMatchObject({
      kind: 'held',
      message: expect.stringContaining('in the hands of cluster-autoscaler') as string,
    });
    expect(world.cluster.changes).toEqual([]);
    expect((await take(world, aRun(world, 'r1', { takeOver: true }))).kind).toBe('taken');
    expect(world.only('warning').message).toContain('taken over: the node node1 is being removed');
  });

  it('notices a cordon that did not take, and gives the node back', async () => {
    const world = aWorld([]);
    const changeNode = world.cluster.changeNode.bind(world.cluster);
    world.cluster.changeNode = (node, change, options) =>
      changeNode(node, { ...change, unschedulable: false }, options);
    await expect(take(world, aRun(world, 'r1'))).rejects.toMatchObject({ code: 'cordon.undone', exitCode: 1 });
    expect(holdRecord(world)).toBeUndefined();
  });

  it('puts back what was stored when the answer never came', async () => {
    const world = aWorld([]);
    const changeNode = world.cluster.changeNode.bind(world.cluster);
    let first = true;
    world.cluster.changeNode = async (node, change, options) => {
      const changed = await changeNode(node, change, options);
      if (!first) return changed;
      first = false;
      world.interrupt(new InterruptedError('SIGINT'));
      throw world.signal.reason as Error;
    };
    await expect(take(world, aRun(world, 'r1'))).rejects.toThrow('interrupted');
    expect(stored(world)).toMatchObject({ unschedulable: false, annotations: {} });
  });

  it('recognises its own write when only the answer was lost', async () => {
    const world = aWorld([]);
    const changeNode = world.cluster.changeNode.bind(world.cluster);
    let first = true;
    world.cluster.changeNode = async (node, change, options) => {
      const changed = await changeNode(node, change, options);
      if (!first) return changed;
      first = false;
      throw busy();
    };
    const hold = taken(await take(world, aRun(world, 'r1')));
    expect(hold.wasCordoned).toBe(false);
    expect(world.only('node.cordoned')).toMatchObject({ changed: true });
  });

  it('can be judged beforehand, without a request', () => {
    const world = aWorld([], [aNode({ annotations: { [holdAnnotation]: 'what?' } })]);
    expect(judgeNode(aRun(world, 'r1'), stored(world)).kind).toBe('held');
    expect(judgeNode(aRun(world, 'r1'), aNode()).kind).toBe('free');
    expect(world.cluster.reads).toEqual({});
  });

  it('gives up on a server that stays busy', async () => {
    const world = aWorld([]);
    world.cluster.failures.set('changeNode', busy);
    await expect(take(world, aRun(world, 'r1'))).rejects.toMatchObject({ code: 'cluster.server' });
  });
});

describe('giving a node back', () => {
  it('leaves the cordon with its record after a drain', async () => {
    const world = aWorld([]);
    const run = aRun(world, 'r1', { reason: 'new disk' });
    const hold = taken(await take(world, run));
    expect(await finish(world.clock, hold.release({ uncordon: false }))).toEqual({
      released: true,
      uncordoned: false,
      cordoned: true,
    });
    expect(stored(world).unschedulable).toBe(true);
    expect(Object.keys(stored(world).annotations)).toEqual([cordonAnnotation]);
    expect(run.entries.slice(-2)).toEqual([
      { type: 'intent', node: 'node1', step: { kind: 'release' } },
      { type: 'done', node: 'node1', step: 'release' },
    ]);
  });

  it('undoes the cordon, but not one that was there before', async () => {
    const ours = aWorld([]);
    const oursRun = aRun(ours, 'r1');
    const hold = taken(await take(ours, oursRun));
    await finish(ours.clock, hold.release({ uncordon: true }));
    expect(stored(ours)).toMatchObject({ unschedulable: false, annotations: {} });
    expect(oursRun.entries.map((entry) => ('step' in entry ? entry.step : undefined))).toContain('uncordon');

    const theirs = aWorld([], [aNode({ unschedulable: true, annotations: { [cordonAnnotation]: 'theirs' } })]);
    const other = taken(await take(theirs, aRun(theirs, 'r1')));
    expect(await finish(theirs.clock, other.release({ uncordon: true }))).toMatchObject({ uncordoned: false });
    expect(stored(theirs)).toMatchObject({ unschedulable: true, annotations: { [cordonAnnotation]: 'theirs' } });
  });

  it('keeps a cordon that somebody else signed meanwhile', async () => {
    const world = aWorld([]);
    const hold = taken(await take(world, aRun(world, 'r1')));
    const theirs = JSON.stringify({ run: '', by: 'bob@laptop', at: '2026-01-01T00:00:00Z', reason: 'mine now' });
    touch(world, { annotations: { ...stored(world).annotations, [cordonAnnotation]: theirs } });
    expect(await finish(world.clock, hold.release({ uncordon: true }))).toMatchObject({ uncordoned: false });
    expect(stored(world)).toMatchObject({ unschedulable: true, annotations: { [cordonAnnotation]: theirs } });
    expect(world.all('node.step').at(-1)?.message).toContain('the cordon is not ours');
  });

  it('is one request where only the hold has to go, whatever else was written meanwhile', async () => {
    const world = aWorld([]);
    const run = aRun(world, 'r1');
    const hold = taken(await take(world, run));
    await world.clock.advance(25_000); // Renewed once.
    touch(world, { labels: { zone: 'b' } });
    const readBefore = world.cluster.reads.getNode;
    expect(await finish(world.clock, hold.release({ uncordon: false }))).toEqual({
      released: true,
      uncordoned: false,
      cordoned: true,
    });
    expect(world.cluster.reads.getNode).toBe(readBefore);
    expect(stored(world)).toMatchObject({ unschedulable: true, labels: { zone: 'b' } });
    expect(Object.keys(stored(world).annotations)).toEqual([cordonAnnotation]);
    expect(run.entries.slice(-2)).toEqual([
      { type: 'intent', node: 'node1', step: { kind: 'release' } },
      { type: 'done', node: 'node1', step: 'release' },
    ]);
    expect(world.all('node.step').at(-1)?.message).toBe('given back');
  });

  it('takes its record along where somebody else has uncordoned the node', async () => {
    const world = aWorld([]);
    const hold = taken(await take(world, aRun(world, 'r1')));
    touch(world, { unschedulable: false });
    expect(await finish(world.clock, hold.release({ uncordon: false }))).toMatchObject({ cordoned: false });
    expect(stored(world).annotations).toEqual({});
  });

  it('looks again where the one request was not answered', async () => {
    const world = aWorld([]);
    const hold = taken(await take(world, aRun(world, 'r1')));
    const drop = world.cluster.dropAnnotation.bind(world.cluster);
    world.cluster.dropAnnotation = async (...asked) => {
      await drop(...asked);
      throw busy();
    };
    expect(await finish(world.clock, hold.release({ uncordon: false }))).toMatchObject({ released: true });
    expect(Object.keys(stored(world).annotations)).toEqual([cordonAnnotation]);
    expect(world.all('warning')).toEqual([]);
  });

  it('believes the caller about the cordon before', async () => {
    const world = aWorld([]);
    const hold = taken(await take(world, aRun(world, 'r1'), { cordon: true, wasCordoned: true }));
    await finish(world.clock, hold.release({ uncordon: true }));
    expect(stored(world).unschedulable).toBe(true);
  });

  it('happens once, also after an interrupt and among conflicts', async () => {
    const world = aWorld([]);
    const hold = taken(await take(world, aRun(world, 'r1')));
    world.interrupt(new InterruptedError('SIGINT'));
    disturbWrites(world, 3);
    const first = hold.release({ uncordon: false });
    expect(hold.release({ uncordon: true })).toBe(first);
    expect(await finish(world.clock, first)).toEqual({ released: true, uncordoned: false, cordoned: true });
    expect(world.cluster.changes).toHaveLength(2);
  });

  it('touches nothing of a run that took the node over', async () => {
    const world = aWorld([]);
    const hold = taken(await take(world, aRun(world, 'r1')));
    taken(await take(world, aRun(world, 'r2', { takeOver: true })));
    const before = stored(world);
    await finish(world.clock, hold.release({ uncordon: true }), 1000);
    expect(stored(world)).toEqual(before);
    expect(holdRecord(world)?.run).toBe('r2');
  });

  it('leaves alone what another run has taken meanwhile, and a node that is gone', async () => {
    const world = aWorld([]);
    const hold = taken(await take(world, aRun(world, 'r1')));
    const another = JSON.stringify({ run: 'r2', holder: 'x@y', until: '2099-01-01T00:00:00Z', wasCordoned: true });
    touch(world, { annotations: { [holdAnnotation]: another } });
    expect(await finish(world.clock, hold.release({ uncordon: true }))).toEqual({
      released: true,
      uncordoned: false,
      cordoned: true,
    });
    expect(stored(world)).toMatchObject({ unschedulable: true, annotations: { [holdAnnotation]: another } });

    const other = aWorld([]);
    const lost = taken(await take(other, aRun(other, 'r1')));
    other.cluster.nodes.clear();
    expect(await finish(other.clock, lost.release({ uncordon: true }))).toEqual({
      released: true,
      uncordoned: false,
      cordoned: false,
    });
    expect(other.all('warning')).toEqual([]);
  });

  it('gives up soon when the time for the drain is over', async () => {
    const world = aWorld([]);
    const hold = taken(await take(world, aRun(world, 'r1')));
    for (const call of ['dropAnnotation', 'getNode'] as const) {
      world.cluster.failures.set(call, () => new ClusterError('busy', { code: 'cluster.server' }));
    }
    const started = world.clock.now();
    await finish(world.clock, hold.release({ uncordon: false, hurry: true }));
    expect(world.clock.now() - started).toBeLessThanOrEqual(5100);
    expect(world.only('warning').message).toContain('could not be given back');
  });

  it('gives up in the end, with the command that cleans up', async () => {
    for (const [uncordon, command] of [
      [true, 'kmaint uncordon node1'],
      [
        false,
        `kubectl annotate --overwrite node node1 kmaint.io/hold- ${formerMarksAnnotation}- --context test && kubectl label --overwrite node node1 ${excludeFromLoadBalancersLabel}- --context test`,
      ],
    ] as const) {
      const world = aWorld([]);
      const hold = taken(await take(world, aRun(world, 'r1', { excludeFromLoadBalancers: true })));
      world.cluster.changeNode = (_node, _change, options: { dryRun?: boolean; signal?: AbortSignal }) =>
        new Promise((_resolve, reject) => {
          options.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error));
        });
      const started = world.clock.now();
      // Somebody waits who wants it to end; otherwise the API server gets a minute.
      if (uncordon) world.interrupt(new Error('Ctrl-C'));
      expect(await finish(world.clock, hold.release({ uncordon }))).toEqual({
        released: false,
        uncordoned: false,
        cordoned: true,
      });
      expect(world.clock.now() - started).toBeLessThanOrEqual(uncordon ? 5100 : 60_100);
      expect(world.only('warning').message).toContain(command);
      expect(world.clock.waiting).toBe(0);
    }
  });

  it('changes nothing when the journal cannot be written', async () => {
    const world = aWorld([]);
    let full = false;
    const write = async (): Promise<void> => {
      if (full) throw new Error('disk full');
    };
    const hold = taken(await take(world, { ...aRun(world, 'r1'), journal: { runId: 'r1', write } }));
    full = true;
    expect(await finish(world.clock, hold.release({ uncordon: true }))).toMatchObject({ released: false });
    expect(world.only('warning').message).toContain('disk full');
    expect(holdRecord(world)?.run).toBe('r1');
  });
});

describe('marks', () => {
  const wanted = { excludeFromLoadBalancers: true, holdAutoscaler: true };

  it('are set with the hold and restored with it', async () => {
    const world = aWorld([], [aNode({ annotations: { [scaleDownDisabledAnnotation]: 'false' } })]);
    const run = aRun(world, 'r1', wanted);
    const hold = taken(await take(world, run));
    expect(world.cluster.changes).toHaveLength(1);
    expect(stored(world)).toMatchObject({
      labels: { [excludeFromLoadBalancersLabel]: 'true' },
      annotations: { [scaleDownDisabledAnnotation]: 'true' },
    });
    expect(run.entries).toContainEqual({
      type: 'intent',
      node: 'node1',
      step: {
        kind: 'mark',
        labels: { [excludeFromLoadBalancersLabel]: null },
        annotations: { [scaleDownDisabledAnnotation]: 'false' },
      },
    });
    expect(run.entries).toContainEqual({ type: 'done', node: 'node1', step: 'mark' });
    await finish(world.clock, hold.release({ uncordon: true }));
    expect(stored(world)).toMatchObject({ labels: {}, annotations: { [scaleDownDisabledAnnotation]: 'false' } });
    expect(stored(world).annotations[formerMarksAnnotation]).toBeUndefined();
  });

  it('of others stay, and so does what others changed meanwhile', async () => {
    const world = aWorld([], [aNode({ labels: { [excludeFromLoadBalancersLabel]: '' } })]);
    const hold = taken(await take(world, aRun(world, 'r1', wanted)));
    touch(world, { annotations: { ...stored(world).annotations, [scaleDownDisabledAnnotation]: 'by-ann' } });
    await finish(world.clock, hold.release({ uncordon: true }));
    expect(stored(world).labels).toEqual({ [excludeFromLoadBalancersLabel]: '' });
    expect(stored(world).annotations).toEqual({ [scaleDownDisabledAnnotation]: 'by-ann' });
  });

  it('of a run that died are inherited with their former values', async () => {
    const world = aWorld([], [aNode({ annotations: { [scaleDownDisabledAnnotation]: 'false' } })]);
    await take(world, { ...aRun(world, 'dead', wanted), clock: deadClock(world) });
    await world.clock.advance(80_000);
    const hold = taken(await take(world, aRun(world, 'r2')));
    await finish(world.clock, hold.release({ uncordon: false }));
    expect(stored(world).labels).toEqual({});
    expect(stored(world).annotations[scaleDownDisabledAnnotation]).toBe('false');
  });

  it('are not set where nobody could restore them', async () => {
    const world = aWorld([], [aNode({ annotations: { [formerMarksAnnotation]: '?' } })]);
    const hold = taken(await take(world, aRun(world, 'r1', wanted)));
    expect(stored(world).labels).toEqual({});
    expect(world.only('warning').message).toContain('cannot be read');
    await finish(world.clock, hold.release({ uncordon: false }));
    expect(stored(world).annotations[formerMarksAnnotation]).toBe('?');
  });
});

/** The time of the world, but timers of which nobody hears again. */
function deadClock({ clock }: ReturnType<typeof aWorld>): Parameters<typeof takeNode>[0]['clock'] {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (_, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
    after: () => ({ cancel: () => {} }),
  };
}
