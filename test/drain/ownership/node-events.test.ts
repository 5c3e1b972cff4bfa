import { describe, expect, it } from 'vitest';
import { createNodeEvents } from '../../../src/drain/ownership/node-events.ts';
import { ClusterError, InterruptedError } from '../../../src/errors.ts';
import { aNode } from '../../support/objects.ts';
import { aRun, aWorld, finish } from './hold-world.ts';

describe('events on the node', () => {
  it('say what, who and why', async () => {
    const world = aWorld([]);
    const events = createNodeEvents(aRun(world, 'r1', { reason: 'new disk', ticket: 'OPS-7' }));
    await finish(world.clock, events.started(aNode()));
    world.interrupt(new InterruptedError('SIGINT'));
    await finish(world.clock, events.failed(aNode(), 'interrupted by SIGINT'));
    expect(world.cluster.recorded).toEqual([
      {
        involved: { apiVersion: 'v1', kind: 'Node', namespace: undefined, name: 'node1', uid: 'uid-of-node1' },
        type: 'Normal',
        reason: 'DrainStarted',
        message: 'kmaint drains the node (run r1, by r1@host, reason: new disk, ticket: OPS-7)',
      },
      expect.objectContaining({
        type: 'Warning',
        reason: 'DrainFailed',
        message:
          'kmaint could not drain the node: interrupted by SIGINT (run r1, by r1@host, reason: new disk, ticket: OPS-7)',
      }),
    ]);
  });

  it('are two for each node', async () => {
    const world = aWorld([]);
    const events = createNodeEvents(aRun(world, 'r1'));
    for (const node of [aNode(), aNode({ name: 'node2' })]) {
      await finish(world.clock, events.started(node));
      await finish(world.clock, events.uncordoned(node));
      await finish(world.clock, events.succeeded(node));
    }
    expect(world.cluster.recorded.map(({ reason, involved }) => `${involved.name} ${reason}`)).toEqual([
      'node1 DrainStarted',
      'node1 Uncordoned',
      'node2 DrainStarted',
      'node2 Uncordoned',
    ]);
  });

  it('that may not be recorded are one detail, and no failure', async () => {
    const world = aWorld([]);
    world.cluster.failures.set(
      'createEvent',
      () => new ClusterError('events is forbidden', { code: 'cluster.forbidden', status: 403 }),
    );
    const events = createNodeEvents(aRun(world, 'r1'));
    await finish(world.clock, Promise.all([events.started(aNode()), events.started(aNode({ name: 'node2' }))]));
    await finish(world.clock, events.succeeded(aNode()));
    expect(world.only('detail').message).toContain('events is forbidden');
    expect(world.all('warning')).toEqual([]);
  });

  it('do not hold anybody up', async () => {
    const world = aWorld([]);
    world.cluster.createEvent = (_, options?: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        options?.signal.addEventListener('abort', () => reject(options.signal.reason as Error));
      });
    const startMs = world.clock.now();
    await finish(world.clock, createNodeEvents(aRun(world, 'r1')).started(aNode()));
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(5100);
    expect(world.only('detail').message).toContain('not done within 5 s');
    expect(world.clock.waiting).toBe(0);
  });

  it('are cut to what the server takes, but keep who and why', async () => {
    const world = aWorld([]);
    const events = createNodeEvents(aRun(world, 'r1', { reason: 'ü'.repeat(600) }));
    await finish(world.clock, events.failed(aNode(), 'x'.repeat(5000)));
    const message = world.cluster.recorded[0]?.message ?? '';
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
    expect(message).toContain('run r1, by r1@host');
    expect(message).not.toContain('\uFFFD');
  });
});
