import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/cluster/node.ts';
import { awaitReady, type ReadyOptions } from '../../../src/drain/rolling/ready.ts';
import { ClusterError, InterruptedError } from '../../../src/errors.ts';
import { aNode, aPod } from '../../support/objects.ts';
import { aWorld, finish, type TestWorld } from '../../support/world.ts';
import { keepLease } from './kubelet.ts';

const node = aNode();
const unreachable = (): Error => new ClusterError('connection refused', { code: 'cluster.unreachable' });
const forbidden = (): Error => new ClusterError('leases is forbidden', { code: 'cluster.forbidden', status: 403 });

function put(world: TestWorld, differences: Partial<Node>): void {
  world.cluster.nodes.set('node1', { ...node, ...differences });
}

const wait = (world: TestWorld, differences: Partial<ReadyOptions> = {}) =>
  finish(
    world.clock,
    awaitReady(world, node, { timeoutMs: 600_000, expectReboot: false, bootID: node.bootID, ...differences }),
    1_200_000,
  );
const waits = (world: TestWorld): string[] =>
  world.all('node.waiting').map(({ waitsFor, message }) => `${waitsFor}: ${message}`);

describe('waiting for a node', () => {
  it('ends when it is Ready and its Lease was renewed before our eyes', async () => {
    const world = aWorld([]);
    keepLease(world, 'node1');
    const startMs = world.clock.now();
    expect(await wait(world)).toMatchObject({ ok: true, node: { name: 'node1' } });
    expect(world.clock.now() - startMs).toBeGreaterThanOrEqual(10_000);
    expect(waits(world)).toEqual(['ready: the node says Ready, but its Lease was not renewed yet']);
  });

  it('goes through a reboot, and says what is missing when that changes', async () => {
    const world = aWorld([]);
    const kubelet = keepLease(world, 'node1');
    world.clock.after(5000, () => kubelet.stop());
    world.clock.after(50_000, () => put(world, { ready: 'Unknown' }));
    world.clock.after(90_000, () => {
      put(world, { bootID: 'new', ready: 'False' });
      keepLease(world, 'node1');
    });
    world.clock.after(95_000, () => put(world, { bootID: 'new', ready: 'True' }));
    const end = await wait(world, { expectReboot: true });
    expect(end).toMatchObject({ ok: true, node: { bootID: 'new' } });
    expect(waits(world)[0]).toBe('reboot: still the old boot: bootID boot-of-node1');
    expect(waits(world).at(-1)).toContain('ready: ');
    expect(world.all('node.waiting').length).toBeLessThanOrEqual(4);
  });

  it('does not take a Lease for fresh that was renewed once and never again', async () => {
    const world = aWorld([]);
    const kubelet = keepLease(world, 'node1');
    put(world, { ready: 'False' });
    world.clock.after(15_000, () => kubelet.stop());
    world.clock.after(100_000, () => put(world, { ready: 'True' }));
    const end = await wait(world, { timeoutMs: 200_000 });
    expect(end).toEqual({
      ok: false,
      exitCode: 124,
      message: 'not back within --wait-ready 3m20s: the node says Ready, but its Lease was not renewed yet',
    });
  });

  it('sits out the errors of an API server that is being booted', async () => {
    const world = aWorld([]);
    keepLease(world, 'node1');
    world.cluster.failures.set('getNode', unreachable);
    world.clock.after(120_000, () => world.cluster.failures.set('getNode', forbidden));
    world.clock.after(150_000, () => world.cluster.failures.delete('getNode'));
    expect(await wait(world)).toMatchObject({ ok: true });
    expect(waits(world)[0]).toBe('ready: the API server cannot say: connection refused');
  });

  it('throws a refusal that lasts', async () => {
    const world = aWorld([]);
    world.cluster.failures.set('getNode', forbidden);
    await expect(wait(world)).rejects.toThrow('forbidden');
  });

  it('goes by the Ready condition alone where Leases may not be read, and says so once', async () => {
    const world = aWorld([]);
    put(world, { ready: 'False' });
    world.cluster.failures.set('getLease', forbidden);
    world.clock.after(10_000, () => put(world, { ready: 'True' }));
    expect(await wait(world)).toMatchObject({ ok: true });
    expect(world.only('warning').message).toContain('its Lease may not be read');
  });

  it('takes a node that was registered again, and says what may be lost', async () => {
    const world = aWorld([]);
    keepLease(world, 'node1');
    world.cluster.nodes.delete('node1');
    world.clock.after(20_000, () => put(world, { uid: 'another', bootID: 'new' }));
    expect(await wait(world, { expectReboot: true })).toMatchObject({ ok: true, node: { uid: 'another' } });
    expect(world.only('warning').message).toContain('registered again as another Node object: it is not cordoned');
  });

  it('waits for the pods of the node itself', async () => {
    const controller = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'kube-proxy', uid: 'uid-of-proxy' };
    const proxy = aPod({ name: 'kube-proxy-x', namespace: 'kube-system', controller, ready: false });
    const world = aWorld([proxy]);
    keepLease(world, 'node1');
    const end = await wait(world, { timeoutMs: 60_000 });
    expect(end).toHaveProperty('message', expect.stringContaining('not ready on the node: kube-system/kube-proxy-x'));
    world.cluster.put({ ...proxy, ready: true });
    expect(await wait(world)).toMatchObject({ ok: true });
  });

  it('ends by its time even while a request hangs', async () => {
    const world = aWorld([]);
    const startMs = world.clock.now();
    const hangs = Object.assign(Object.create(world.cluster), {
      getNode: (_: string, { signal }: { signal: AbortSignal }) => world.clock.sleep(3_600_000, signal),
    });
    const end = await finish(
      world.clock,
      awaitReady({ ...world, cluster: hangs }, node, { timeoutMs: 30_000, expectReboot: true, bootID: 'x' }),
    );
    expect(end).toMatchObject({ ok: false, exitCode: 124 });
    expect(world.clock.now() - startMs).toBeLessThan(31_000);
  });

  it('waits for ever when asked to, and rejects with the interrupt', async () => {
    const world = aWorld([]);
    const interrupt = new InterruptedError('SIGINT');
    world.clock.after(900_000, () => world.interrupt(interrupt));
    await expect(wait(world, { timeoutMs: Infinity })).rejects.toBe(interrupt);
  });
});
