/** Who is told of a drain: once at its start and exactly once at its end, whatever that is; and the node's own events. */
import { describe, expect, it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { ClusterError, InterruptedError } from '../../src/errors.ts';
import { aNode, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../support/world.ts';

interface Notice {
  readonly event: string;
  readonly exitCode?: number;
  readonly outcome?: string;
  readonly nodes: readonly string[];
  readonly runId: string;
}

const ownership = {
  ...drainOptions().ownership,
  reason: 'new disk',
  ticket: 'OPS-7',
  notifyUrl: 'https://hooks.test/secret',
};

/** Runs a drain whose notices are collected. */
function notified(
  world: TestWorld,
  options: Partial<DrainOptions> = {},
): { readonly end: Promise<number>; readonly notices: Notice[] } {
  const notices: Notice[] = [];
  const listening = {
    ...world,
    post: (_url: string, text: string) => {
      notices.push(JSON.parse(text) as Notice);
      return Promise.resolve(200);
    },
  };
  const end = finish(world.clock, drainNodes(listening, drainOptions({ ownership, ...options })));
  end.catch(() => {});
  return { end, notices };
}
const stuck = (world: TestWorld): void => void (world.cluster.goneAfterMs = Infinity);

describe('the notices of a drain', () => {
  it.each<[string, number, string, Partial<DrainOptions>, (world: TestWorld) => void]>([
    ['done', 0, 'finished', {}, () => {}],
    [
      'incomplete',
      1,
      'failed',
      {},
      ({ cluster }) =>
        cluster.answers.set('shop/web-1', [{ kind: 'fatal', message: 'no', status: 403, hint: undefined }]),
    ],
    ['timeout', 124, 'failed', { timeoutMs: 2000 }, stuck],
    ['timeout', 124, 'failed', { totalTimeoutMs: 2000 }, stuck],
    [
      'interrupted',
      130,
      'failed',
      {},
      (world) => {
        stuck(world);
        world.clock.after(1000, () => world.interrupt(new InterruptedError('SIGINT')));
      },
    ],
    [
      'drift',
      6,
      'failed',
      {},
      (world) => {
        world.onEvent = ({ type }) => {
          if (type === 'node.cordoned') world.cluster.put(aPod({ name: 'late', controller: undefined }));
        };
      },
    ],
  ])('that ends with %s %d: one start, one end', async (outcome, exitCode, event, options, change) => {
    const world = aWorld([aPod()]);
    change(world);
    const { end, notices } = notified(world, options);
    expect(await end).toBe(exitCode);
    expect(notices.map((one) => [one.event, one.outcome, one.exitCode])).toEqual([
      ['started', undefined, undefined],
      [event, outcome, exitCode],
    ]);
    for (const notice of notices) {
      expect(notice).toMatchObject({
        runId: 'run-1',
        verb: 'drain',
        nodes: ['node1'],
        reason: 'new disk',
        ticket: 'OPS-7',
      });
    }
  });

  it('that kmaint itself breaks: one end, with the code of a bug and without its text', async () => {
    const world = aWorld([aPod()]);
    world.cluster.answers.set('shop/web-1', [() => Promise.reject(new TypeError('token=abc'))]);
    const { end, notices } = notified(world);
    await expect(end).rejects.toThrow(TypeError);
    expect(notices.map(({ event, exitCode }) => [event, exitCode])).toEqual([
      ['started', undefined],
      ['failed', 70],
    ]);
    expect(JSON.stringify(notices)).not.toContain('token=abc');
  });

  it('that never begins: none', async () => {
    const refused = notified(aWorld([aPod({ controller: undefined })]));
    expect(await refused.end).toBe(3);
    const dry = notified(aWorld([aPod()]), { dryRun: 'client' });
    expect(await dry.end).toBe(0);
    const world = aWorld([aPod()]);
    world.answer = false;
    const declined = notified(world);
    expect(await declined.end).toBe(3);
    expect([refused.notices, dry.notices, declined.notices]).toEqual([[], [], []]);
  });

  it('come before the first and after the last change, and name the nodes that are worked on', async () => {
    const world = aWorld(
      [aPod(), aPod({ name: 'bare', nodeName: 'node2', controller: undefined })],
      [aNode(), aNode({ name: 'node2' })],
    );
    const seen: (readonly [string, number])[] = [];
    const listening = {
      ...world,
      post: (_url: string, text: string) => {
        const { event, nodes } = JSON.parse(text) as Notice;
        expect(nodes).toEqual(['node1']);
        seen.push([event, world.cluster.changes.length]);
        return Promise.resolve(200);
      },
    };
    const targets = { names: ['node1', 'node2'], selector: undefined };
    expect(await finish(world.clock, drainNodes(listening, drainOptions({ ownership, targets })))).toBe(1);
    expect(seen).toEqual([
      ['started', 0],
      ['failed', world.cluster.changes.length],
    ]);
  });

  it('that are not heard change nothing, and show no secret', async () => {
    const world = aWorld([aPod()]);
    const deaf = { ...world, post: () => Promise.resolve(404) };
    expect(await finish(world.clock, drainNodes(deaf, drainOptions({ ownership })))).toBe(0);
    const warnings = world.all('warning').map(({ message }) => message);
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).toContain('https://hooks.test');
    expect(JSON.stringify(world.events)).not.toContain('secret');
    // What goes wrong with the last notice is told before the last event.
    expect(world.events.at(-1)?.type).toBe('run.finished');
  });

  it('hold nothing up: an interrupt during the first leaves the cluster as it was', async () => {
    const world = aWorld([aPod()]);
    const hanging = {
      ...world,
      post: (_url: string, text: string, { signal }: { signal: AbortSignal }) =>
        text.includes('"started"')
          ? new Promise<number>((_resolve, reject) =>
              signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
            )
          : Promise.resolve(200),
    };
    const end = finish(world.clock, drainNodes(hanging, drainOptions({ ownership })));
    end.catch(() => {});
    await world.clock.advance(1000);
    world.interrupt(new InterruptedError('SIGINT'));
    await expect(end).rejects.toMatchObject({ exitCode: 130 });
    expect(world.cluster.changes).toEqual([]);
    expect(world.journal.slice(-2)).toEqual([
      { type: 'finished', outcome: 'interrupted', exitCode: 130 },
      { type: 'closed' },
    ]);
  });
});

describe('the events on the node', () => {
  const reasons = ({ cluster }: TestWorld): string[] =>
    cluster.recorded.map(({ involved, type, reason }) => `${involved.name} ${type} ${reason}`);

  it('say start and success, who and why', async () => {
    const world = aWorld([aPod()]);
    expect(await notified(world).end).toBe(0);
    expect(reasons(world)).toEqual(['node1 Normal DrainStarted', 'node1 Normal DrainSucceeded']);
    for (const { message } of world.cluster.recorded) {
      expect(message).toContain('run run-1, by tester@here, reason: new disk, ticket: OPS-7');
    }
  });

  it('say a failure with what went wrong, for each node that was begun', async () => {
    const world = aWorld(
      [
        aPod(),
        aPod({ name: 'web-2', nodeName: 'node2' }),
        aPod({ name: 'web-3', nodeName: 'node3', controller: undefined }),
      ],
      ['node1', 'node2', 'node3'].map((name) => aNode({ name })),
    );
    world.cluster.goneAfterMs = (pod) => (pod.name === 'web-1' ? Infinity : 1000);
    const targets = { names: ['node1', 'node2', 'node3'], selector: undefined };
    expect(await notified(world, { targets, timeoutMs: 3000 }).end).toBe(1);
    expect(reasons(world)).toEqual([
      'node1 Normal DrainStarted',
      'node1 Warning DrainFailed',
      'node2 Normal DrainStarted',
      'node2 Normal DrainSucceeded',
    ]);
    expect(world.cluster.recorded[1]?.message).toContain('--timeout 3s');
  });

  it('that may not be written are no failure of the drain', async () => {
    const world = aWorld([aPod()]);
    world.cluster.failures.set(
      'createEvent',
      () => new ClusterError('events is forbidden', { code: 'cluster.forbidden', status: 403 }),
    );
    expect(await notified(world).end).toBe(0);
    expect(world.all('detail').filter(({ message }) => message.includes('events is forbidden'))).toHaveLength(1);
  });
});
