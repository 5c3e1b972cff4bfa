import { describe, expect, it } from 'vitest';
import { holdAnnotation } from '../../../src/drain/ownership/annotations.ts';
import type { Hold } from '../../../src/drain/ownership/hold.ts';
import { ClusterError, InterruptedError, type KmaintError } from '../../../src/errors.ts';
import { aNode } from '../../support/objects.ts';
import {
  aRun,
  aWorld,
  disturbWrites,
  finish,
  holdRecord,
  stored,
  take,
  taken,
  touch,
  type TestWorld,
} from './hold-world.ts';

const down = (): Error => new ClusterError('connection refused', { code: 'cluster.unreachable' });
const minute = 60_000;

async function aHold(world: TestWorld, cordon = true): Promise<Hold> {
  const hold = taken(await take(world, aRun(world, 'r1'), { cordon }));
  // The waits of the tests count from here.
  await finish(world.clock, Promise.resolve());
  return hold;
}

function outage(world: TestWorld): () => void {
  for (const call of ['getNode', 'changeNode', 'getLease', 'putLease'] as const) world.cluster.failures.set(call, down);
  return () => world.cluster.failures.clear();
}

const reasonOf = (hold: Hold): KmaintError => hold.lost.reason as KmaintError;

describe('a hold', () => {
  it('is kept alive for as long as the work takes', async () => {
    const world = aWorld([]);
    const hold = await aHold(world);
    for (let passed = 0; passed < 10 * minute; passed += 5_000) {
      await world.clock.advance(5_000);
      const leftMs = Date.parse(holdRecord(world)?.until ?? '') - world.clock.now();
      expect(leftMs).toBeGreaterThanOrEqual(38_000);
    }
    expect(hold.lost.aborted).toBe(false);
    expect((await take(world, aRun(world, 'r2'))).kind).toBe('held');
    const writes = world.cluster.changes.length;
    expect(writes).toBe(31);
    await finish(world.clock, hold.release({ uncordon: false }));
    await world.clock.advance(minute);
    expect(world.cluster.changes).toHaveLength(writes + 1);
    expect(world.clock.waiting).toBe(0);
  });

  it('is kept alive after an interrupt, until it is given back', async () => {
    const world = aWorld([]);
    const hold = await aHold(world);
    world.interrupt(new InterruptedError('SIGINT'));
    await world.clock.advance(3 * minute);
    expect(hold.lost.aborted).toBe(false);
    expect(Date.parse(holdRecord(world)?.until ?? '')).toBeGreaterThan(world.clock.now());
    await finish(world.clock, hold.release({ uncordon: false }));
  });

  it('stands up to a kubelet that writes all the time', async () => {
    const world = aWorld([]);
    const hold = await aHold(world);
    disturbWrites(world, 40);
    await world.clock.advance(3 * minute);
    expect(hold.lost.aborted).toBe(false);
    await finish(world.clock, hold.release({ uncordon: false }));
  });

  it('survives 50 s without the API server', async () => {
    const world = aWorld([]);
    const hold = await aHold(world);
    await world.clock.advance(21_000);
    const over = outage(world);
    await world.clock.advance(50_000);
    over();
    await world.clock.advance(minute);
    expect(hold.lost.aborted).toBe(false);
    expect(Date.parse(holdRecord(world)?.until ?? '')).toBeGreaterThan(world.clock.now());
    await finish(world.clock, hold.release({ uncordon: false }));
  });

  it('is lost after 90 s without it, at the very moment from which others may take the node', async () => {
    const world = aWorld([]);
    const hold = await aHold(world);
    await world.clock.advance(21_000);
    const until = Date.parse(holdRecord(world)?.until ?? '');
    const over = outage(world);
    let lostAtMs = 0;
    hold.lost.addEventListener('abort', () => (lostAtMs = world.clock.now()));
    await world.clock.advance(90_000);
    expect(lostAtMs).toBeGreaterThan(until - 2_000);
    expect(lostAtMs).toBeLessThanOrEqual(until);
    expect(reasonOf(hold)).toMatchObject({ code: 'hold.lost', exitCode: 5 });
    expect(reasonOf(hold).message).toContain('connection refused');
    over();
    const writes = world.cluster.changes.length;
    await world.clock.advance(minute);
    expect(world.cluster.changes).toHaveLength(writes);
    expect(world.clock.waiting).toBe(0);
  });

  it('is renewed without reading the node, as long as nobody else writes to it', async () => {
    const world = aWorld([]);
    const hold = await aHold(world);
    const before = world.cluster.reads.getNode;
    const until = holdRecord(world)?.until ?? '';
    await world.clock.advance(41_000);
    expect(world.cluster.reads.getNode).toBe(before);
    const renewed = holdRecord(world)?.until ?? '';
    expect(Date.parse(renewed) - Date.parse(until)).toBe(40_000);
    touch(world);
    await world.clock.advance(20_000);
    expect(world.cluster.reads.getNode).toBe((before ?? 0) + 1);
    expect(Date.parse(holdRecord(world)?.until ?? '') - Date.parse(renewed)).toBe(20_000);
    expect(hold.lost.aborted).toBe(false);
    await finish(world.clock, hold.release({ uncordon: false }));
  });

  it('is lost in time when requests hang instead of failing', async () => {
    const world = aWorld([]);
    const hold = await aHold(world);
    world.cluster.changeNode = () => new Promise(() => {});
    await world.clock.advance(59_000);
    expect(hold.lost.aborted).toBe(false);
    await world.clock.advance(1_000);
    expect(reasonOf(hold).code).toBe('hold.lost');
  });

  it.each([
    ['forbidden', 'cluster.forbidden', 403],
    ['unauthorised', 'cluster.unauthorized', 401],
  ] as const)('is lost in time when writing becomes %s', async (_, code, status) => {
    const world = aWorld([]);
    const hold = await aHold(world);
    world.cluster.failures.set('changeNode', () => new ClusterError('no', { code, status }));
    await world.clock.advance(61_000);
    expect(reasonOf(hold).code).toBe('hold.lost');
  });

  it('is lost when another run takes it over', async () => {
    const world = aWorld([]);
    const hold = await aHold(world);
    taken(await take(world, aRun(world, 'r2', { takeOver: true })));
    await world.clock.advance(20_000);
    const hint = 'kubectl get node node1 -o yaml --show-managed-fields --context test';
    expect(reasonOf(hold)).toMatchObject({ code: 'hold.lost', exitCode: 5, hint });
    expect(reasonOf(hold).message).toContain('run r2 of r2@host took the node node1');
  });

  it('is lost when its annotation is removed or overwritten', async () => {
    for (const text of [undefined, 'mine']) {
      const world = aWorld([]);
      const hold = await aHold(world);
      touch(world, { annotations: text === undefined ? {} : { [holdAnnotation]: text } });
      await world.clock.advance(20_000);
      expect(reasonOf(hold).code).toBe('hold.lost');
    }
  });

  it('is lost when somebody else uncordons the node, and does not cordon it again', async () => {
    const world = aWorld([]);
    const hold = await aHold(world);
    touch(world, { unschedulable: false });
    await world.clock.advance(20_000);
    expect(reasonOf(hold)).toMatchObject({ code: 'hold.lost', exitCode: 5 });
    expect(reasonOf(hold).message).toContain('uncordoned by somebody else');
    expect(reasonOf(hold).hint).toContain('--show-managed-fields');
    await finish(world.clock, hold.release({ uncordon: false }));
    expect(stored(world)).toMatchObject({ unschedulable: false, annotations: {} });
  });

  it('without a cordon does not mind a schedulable node', async () => {
    const world = aWorld([]);
    const hold = await aHold(world, false);
    await world.clock.advance(minute);
    expect(stored(world).unschedulable).toBe(false);
    expect(hold.lost.aborted).toBe(false);
    await finish(world.clock, hold.release({ uncordon: false }));
  });

  it('is lost with the node', async () => {
    const gone = aWorld([]);
    const hold = await aHold(gone);
    gone.cluster.nodes.delete('node1');
    await gone.clock.advance(20_000);
    expect(reasonOf(hold).code).toBe('node.gone');
    expect(await finish(gone.clock, hold.release({ uncordon: true }))).toEqual({
      released: true,
      uncordoned: false,
      cordoned: false,
    });

    const replaced = aWorld([]);
    const other = await aHold(replaced);
    replaced.cluster.nodes.set('node1', aNode({ uid: 'another' }));
    await replaced.clock.advance(20_000);
    expect(reasonOf(other).code).toBe('node.gone');
    const writes = replaced.cluster.changes.length;
    await finish(replaced.clock, other.release({ uncordon: true }));
    expect(replaced.cluster.changes).toHaveLength(writes);
  });
});

describe('a machine that slept', () => {
  /** The clock of the cluster goes on while that of our timers stands still. */
  async function asleep(ms: number, afterMs = 0): Promise<{ world: TestWorld; hold: Hold }> {
    const world = aWorld([]);
    const hold = await aHold(world);
    await world.clock.advance(afterMs);
    const now = world.clock.now.bind(world.clock);
    world.clock.now = () => now() + ms;
    return { world, hold };
  }

  it.each([
    ['for longer than its hold lasts', 61_000, 0, false],
    ['for a part of it', 30_000, 0, true],
    ['for long, right after a renewal', 58_000, 20_500, true],
    ['beyond what a renewal gave', 61_000, 20_500, false],
  ])('%s', async (_, ms, afterMs, ours) => {
    const { world, hold } = await asleep(ms, afterMs);
    expect(hold.lost.aborted).toBe(false);
    expect(hold.isStillOurs()).toBe(ours);
    expect(hold.lost.aborted).toBe(!ours);
    if (!ours) expect(reasonOf(hold)).toMatchObject({ code: 'hold.lost', exitCode: 5 });
    expect(hold.isStillOurs()).toBe(ours);
    await finish(world.clock, hold.release({ uncordon: false }));
    expect(world.clock.waiting).toBe(0);
  });

  it('is no matter for a hold that is renewed', async () => {
    const world = aWorld([]);
    const hold = await aHold(world);
    for (let passed = 0; passed < 5 * minute; passed += 5000) {
      await world.clock.advance(5000);
      expect(hold.isStillOurs()).toBe(true);
    }
    await finish(world.clock, hold.release({ uncordon: false }));
  });
});
