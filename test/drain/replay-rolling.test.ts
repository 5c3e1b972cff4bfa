/** The rolling loop through a whole run: gates, the program of each node, the uncordon, and what is left untouched. */
import { describe, expect, it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions, RollingOptions } from '../../src/drain/options.ts';
import { InterruptedError } from '../../src/errors.ts';
import type { RunOptions, RunOutcome } from '../../src/process/run.ts';
import { aNode, aPod, aPolicy } from '../support/objects.ts';
import { said } from '../support/said.ts';
import { aWorld, drainOptions, finish, rollingOptions, type TestWorld } from '../support/world.ts';

const three = { names: ['node1', 'node2', 'node3'], selector: undefined };
const well: RunOutcome = { kind: 'exited', exitCode: 0, stdout: '', stderr: '' };
const rolling = (differences: Partial<RollingOptions> = {}): RollingOptions =>
  rollingOptions({ exec: ['/opt/patch', '--quiet'], ...differences });

interface RollingWorld extends TestWorld {
  /** Names of the nodes for which the program ran, in order. */
  readonly ran: string[];
  /** Plays the program for a node. */
  program: (options: RunOptions, node: string) => Promise<RunOutcome>;
}

/** Three nodes with one pod each; the program takes 2 s. */
function aRollingWorld(cordoned: readonly string[] = []): RollingWorld {
  const names = three.names;
  const world = aWorld(
    names.map((name) => aPod({ name: `web-of-${name}`, nodeName: name })),
    names.map((name) => aNode({ name, unschedulable: cordoned.includes(name) })),
  );
  const ran: string[] = [];
  const rolled: RollingWorld = Object.assign(world, {
    ran,
    program: async () => {
      await world.clock.sleep(2000);
      return well;
    },
    programs: {
      env: { PATH: '/bin' },
      cwd: '/nowhere',
      run: async (options: RunOptions) => {
        const node = options.env['KMAINT_NODE'] ?? '';
        ran.push(node);
        return said(options, await rolled.program(options, node));
      },
    },
  });
  return rolled;
}
const run = (
  world: TestWorld,
  loop: Partial<RollingOptions> = {},
  options: Partial<DrainOptions> = {},
): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions({ targets: three, rolling: rolling(loop), ...options })));
const cordoned = (world: TestWorld): string[] =>
  [...world.cluster.nodes.values()].filter(({ unschedulable }) => unschedulable).map(({ name }) => name);
const ends = (world: TestWorld): (readonly [string, number])[] =>
  world.all('node.finished').map(({ node, exitCode }) => [node, exitCode]);

describe('a rolling drain', () => {
  it('takes, drains, works on and gives back one node before it touches the next', async () => {
    const world = aRollingWorld();
    world.program = async ({ file, args, env }, node) => {
      expect([file, ...args]).toEqual(['/opt/patch', '--quiet']);
      expect(env['KMAINT_RUN']).toBe('run-1');
      // Only this node is away, and it is empty.
      expect(cordoned(world)).toEqual([node]);
      expect(world.cluster.pods.has(`shop/web-of-${node}`)).toBe(false);
      return well;
    };
    expect(await run(world)).toBe(0);
    expect(world.ran).toEqual(three.names);
    expect(world.cluster.writes).toEqual(
      three.names.flatMap((name) => [`cordon ${name}`, `evict shop/web-of-${name}`, `uncordon ${name}`]),
    );
    expect(ends(world)).toEqual(three.names.map((name) => [name, 0]));
    for (const { annotations } of world.cluster.nodes.values()) expect(annotations).toEqual({});
    expect(world.clock.waiting).toBe(0);
  });

  it('leaves the nodes cordoned without --uncordon, and never uncordons one that was cordoned before', async () => {
    const kept = aRollingWorld();
    expect(await run(kept, { uncordon: false })).toBe(0);
    expect(cordoned(kept)).toEqual(three.names);
    const before = aRollingWorld(['node2']);
    expect(await run(before)).toBe(0);
    expect(cordoned(before)).toEqual(['node2']);
    expect(before.cluster.writes).not.toContain('cordon node2');
    expect(before.cluster.writes).not.toContain('uncordon node2');
    expect(before.ran).toEqual(three.names);
  });

  it('begins no further node when the program fails; that node stays cordoned, the others are named', async () => {
    const world = aRollingWorld();
    world.program = async (_options, node) =>
      node === 'node2' ? { kind: 'exited', exitCode: 4, stdout: '', stderr: 'apt is locked\n' } : well;
    expect(await run(world)).toBe(1);
    expect(world.ran).toEqual(['node1', 'node2']);
    expect(cordoned(world)).toEqual(['node2']);
    expect(world.cluster.pods.has('shop/web-of-node3')).toBe(true);
    expect(world.cluster.nodes.get('node3')).toEqual(aNode({ name: 'node3' }));
    expect(ends(world)).toEqual([
      ['node1', 0],
      ['node2', 1],
      ['node3', 1],
    ]);
    const [, failed, untouched] = world.all('node.finished');
    expect(failed?.message).toMatch(/\/opt\/patch ended with exit code 4 .*apt is locked; the node stays cordoned/);
    expect(untouched).toMatchObject({ message: expect.stringContaining('not begun'), cordonedByUs: false });
    expect(world.only('run.finished')).toMatchObject({
      message: 'not drained: node2; not begun: node3',
      undo: ['kmaint uncordon node2'],
      resume: ['kmaint resume run-1'],
    });
  });

  it('begins no further node, and runs nothing, when a drain fails', async () => {
    const world = aRollingWorld();
    world.cluster.answers.set('shop/web-of-node1', [{ kind: 'fatal', message: 'no', status: 403, hint: undefined }]);
    expect(await run(world)).toBe(1);
    expect(world.ran).toEqual([]);
    expect(cordoned(world)).toEqual(['node1']);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-of-node1']);
    expect(world.only('run.finished').message).toBe('not drained: node1; not begun: node2, node3');
  });

  it('stops at a closed gate before the next node: exit 7 for all that is left', async () => {
    const world = aRollingWorld();
    world.cluster.put(aPod({ namespace: 'db', name: 'db-0', nodeName: 'node9', labels: { app: 'db' } }));
    world.program = async () => {
      world.cluster.put(
        aPod({ namespace: 'db', name: 'db-0', nodeName: 'node9', labels: { app: 'db' }, ready: false }),
      );
      return well;
    };
    expect(await run(world, { criticalPods: ['db:app=db'] })).toBe(7);
    expect(world.ran).toEqual(['node1']);
    expect(ends(world).map(([, code]) => code)).toEqual([7, 7, 7]);
    expect(world.all('node.finished')[0]?.message).toMatch(/a health gate failed: .*db\/db-0; the node is uncordoned/);
    expect(cordoned(world)).toEqual([]);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-of-node1', 'uncordon node1']);
  });

  it('never writes at all when a gate is closed from the beginning', async () => {
    const world = aRollingWorld();
    expect(await run(world, { criticalPods: ['db/db'] })).toBe(7);
    expect(world.cluster.changes).toEqual([]);
    expect(world.ran).toEqual([]);
    expect(world.all('node.finished')[0]?.message).toContain('the node was left as it was');
    expect(world.only('run.finished').undo).toEqual([]);
  });

  it('keeps a node cordoned that does not come back in time: 124', async () => {
    const world = aRollingWorld();
    world.program = async (_options, node) => {
      const now = world.cluster.nodes.get(node) ?? aNode();
      world.cluster.nodes.set(node, { ...now, ready: 'Unknown', resourceVersion: `${now.resourceVersion}-down` });
      return well;
    };
    expect(await run(world, { waitReadyMs: 30_000 })).toBe(124);
    expect(cordoned(world)).toEqual(['node1']);
    expect(world.ran).toEqual(['node1']);
    expect(world.all('node.finished')[0]?.message).toContain('not back within --wait-ready 30s');
  });

  it('drains no further node after an interrupt during the program, which is ended', async () => {
    const world = aRollingWorld();
    let ended = false;
    world.program = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended = true;
          reject(signal.reason as Error);
        });
      });
    const done = run(world);
    await world.clock.advance(5000);
    expect(world.ran).toEqual(['node1']);
    world.interrupt(new InterruptedError('SIGINT'));
    expect(await done).toBe(130);
    expect(ended).toBe(true);
    expect(cordoned(world)).toEqual(['node1']);
    expect(ends(world)).toEqual(three.names.map((name) => [name, 130]));
    expect(world.only('run.finished').message).toBe('not drained: node1; not begun: node2, node3');
    expect(world.clock.waiting).toBe(0);
  });

  it('has two nodes away with --max-unavailable 2, never three', async () => {
    const world = aRollingWorld();
    const most: number[] = [];
    world.onEvent = () => most.push(cordoned(world).length);
    expect(await run(world, { maxUnavailable: { count: 2 } })).toBe(0);
    expect(Math.max(...most)).toBe(2);
    expect(cordoned(world)).toEqual([]);
  });

  it('passes over a node that the plan refuses, and works on the others', async () => {
    const world = aRollingWorld();
    world.cluster.put(aPod({ name: 'bare', nodeName: 'node2', controller: undefined }));
    expect(await run(world, {}, { policy: aPolicy() })).toBe(1);
    expect(world.ran).toEqual(['node1', 'node3']);
    expect(world.cluster.nodes.get('node2')).toEqual(aNode({ name: 'node2' }));
    expect(ends(world)).toContainEqual(['node2', 3]);
  });

  it('tells of each node in events: its start, and its return to service', async () => {
    const world = aRollingWorld();
    expect(await run(world, {}, { targets: { names: ['node1'], selector: undefined } })).toBe(0);
    expect(world.cluster.recorded.map(({ reason }) => reason)).toEqual(['DrainStarted', 'Uncordoned']);
  });

  it('writes down each step before it is done', async () => {
    const world = aRollingWorld();
    expect(await run(world, {}, { targets: { names: ['node1'], selector: undefined } })).toBe(0);
    const lines = world.journal.flatMap((line) =>
      line.type === 'intent' ? [`intent ${line.step.kind}`] : line.type === 'done' ? [`done ${line.step}`] : [],
    );
    expect(lines).toEqual([
      'intent hold',
      'done hold',
      'intent drain',
      'done drain',
      'intent exec',
      'done exec',
      'intent release',
      'intent uncordon',
      'done release',
      'done uncordon',
    ]);
  });

  it('is only read in a dry run: nothing is run', async () => {
    const world = aRollingWorld();
    expect(await run(world, {}, { dryRun: 'server' })).toBe(0);
    expect(world.ran).toEqual([]);
    expect(world.cluster.writes.every((write) => write.endsWith('(dry run)'))).toBe(true);
    expect(cordoned(world)).toEqual([]);
  });
});
