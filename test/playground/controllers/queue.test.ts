import { describe, expect, test } from 'vitest';
import { createQueue } from '../../../src/playground/controllers/queue.ts';
import { startWorld } from './world.ts';

describe('the work queue', () => {
  test('works on a key once, however often it was added before', async () => {
    const world = await startWorld([], { controllers: false });
    const done: string[] = [];
    const queue = createQueue(world, (key) => void done.push(key));
    queue.add('a');
    queue.add('b');
    queue.add('a');
    expect(done).toEqual([]);
    await world.clock.advance(0);
    expect(done).toEqual(['a', 'b']);
  });

  test('tries again with growing delays what failed, and from the start after a success', async () => {
    const world = await startWorld([], { controllers: false });
    const at: number[] = [];
    const start = world.clock.now();
    const queue = createQueue(world, () => {
      at.push(world.clock.now() - start);
      if (at.length < 4) throw new Error('conflict');
    });
    queue.add('a');
    await world.clock.advance(1000);
    expect(at).toEqual([0, 5, 15, 35]);
  });

  test('of several times for one key the earliest counts', async () => {
    const world = await startWorld([], { controllers: false });
    const at: number[] = [];
    const start = world.clock.now();
    const queue = createQueue(world, () => void at.push(world.clock.now() - start));
    queue.addAfter('a', 500);
    queue.addAfter('a', 100);
    queue.addAfter('a', 900);
    await world.clock.advance(2000);
    expect(at).toEqual([100]);
  });

  test('does nothing more once the world has ended', async () => {
    const world = await startWorld([], { controllers: false });
    const done: string[] = [];
    const queue = createQueue(world, (key) => void done.push(key));
    queue.add('a');
    queue.addAfter('b', 10);
    world.stop();
    queue.add('c');
    await world.clock.advance(100);
    expect(done).toEqual([]);
    expect(world.clock.waiting).toBe(0);
  });
});
