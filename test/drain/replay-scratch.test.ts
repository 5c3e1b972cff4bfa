import { expect, it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import { aNode, aPod, aBudget } from '../support/objects.ts';
import { aWorld, drainOptions, finish } from '../support/world.ts';
const rolling = { maxUnavailable: { count: 1 }, exec: ['/opt/patch'], waitReadyMs: undefined, uncordon: true, expectReboot: false, minStableMs: 0, criticalPods: [] };
it('A: restore uncordons after failed exec', async () => {
  const world = aWorld([aPod()]);
  const w = { ...world, programs: { env: {}, cwd: '/', run: async () => ({ kind: 'exited', exitCode: 1, stdout: '', stderr: '' }) as const } };
  const code = await finish(world.clock, drainNodes(w, drainOptions({ rolling, onFailure: 'restore' })));
  console.log('A', code, world.cluster.writes, world.only('node.finished').message, world.cluster.nodes.get('node1')?.unschedulable);
});
it('B: hold lost during exec', async () => {
  const world = aWorld([aPod()]);
  const w = { ...world, programs: { env: {}, cwd: '/', run: async () => { 
    const n = world.cluster.nodes.get('node1')!;
    world.cluster.nodes.set('node1', { ...n, resourceVersion: 'o', annotations: { 'kmaint.io/hold': JSON.stringify({ run: 'run-9', holder: 'ann', until: '2026-01-01T01:00:00Z', wasCordoned: true }) } });
    await world.clock.sleep(100000);
    return { kind: 'exited', exitCode: 0, stdout: '', stderr: '' } as const; } } };
  const code = await finish(world.clock, drainNodes(w, drainOptions({ rolling })));
  console.log('B', code, world.cluster.writes, world.only('node.finished'), world.all('warning'));
});
it('B2: hold lost before exec', async () => {
  const world = aWorld([aPod()]);
  let ran = 0;
  const w = { ...world, programs: { env: {}, cwd: '/', run: async () => { ran += 1; return { kind: 'exited', exitCode: 0, stdout: '', stderr: '' } as const; } } };
  world.onEvent = (e) => { if (e.type === 'pod.gone') {
    const n = world.cluster.nodes.get('node1')!;
    world.cluster.nodes.set('node1', { ...n, unschedulable: false, resourceVersion: 'o', annotations: { 'kmaint.io/hold': JSON.stringify({ run: 'run-9', holder: 'ann', until: '2026-01-01T01:00:00Z', wasCordoned: true }) } });
  } };
  const code = await finish(world.clock, drainNodes(w, drainOptions({ rolling })));
  console.log('B2', code, ran, world.cluster.writes, world.only('node.finished'));
});
it('C: durations in rolling', async () => {
  const world = aWorld([aPod(), aPod({ name: 'web-2', nodeName: 'node2' })], [aNode(), aNode({ name: 'node2' })]);
  const at: unknown[] = [];
  world.onEvent = (e) => { if (e.type === 'node.finished') at.push([e.node, e.durationMs, world.clock.now() - Date.parse('2026-01-01T00:00:00Z')]); };
  const w = { ...world, programs: { env: {}, cwd: '/', run: async () => { await world.clock.sleep(60000); return { kind: 'exited', exitCode: 0, stdout: '', stderr: '' } as const; } } };
  const code = await finish(world.clock, drainNodes(w, drainOptions({ rolling, targets: { names: ['node1', 'node2'], selector: undefined } })));
  console.log('C', code, at, world.journal.filter((e) => e.type === 'node'));
});
it('D: force rung on unreachable node', async () => {
  const world = aWorld([aPod()], [aNode({ ready: 'Unknown' })]);
  world.cluster.goneAfterMs = Infinity;
  const code = await finish(world.clock, drainNodes(world, drainOptions({ unreachable: { poweredOff: ['node1'], fenceExec: undefined, outOfService: false }, escalation: { deadlineMs: 30000, rung: 'force' } })));
  console.log('D', code, world.cluster.writes, world.only('node.finished'));
});
it('E: powered-off of a Ready and a NotReady node is silent', async () => {
  for (const ready of ['True', 'False'] as const) {
    const world = aWorld([aPod()], [aNode({ ready })]);
    const code = await finish(world.clock, drainNodes(world, drainOptions({ unreachable: { poweredOff: ['node1'], fenceExec: undefined, outOfService: true } })));
    console.log('E', ready, code, world.all('warning'), world.cluster.changes.map((c) => c.taints));
  }
});
it('F: powered-off of a node that is not drained', async () => {
  const world = aWorld([aPod()], [aNode({ ready: 'Unknown' })]);
  const code = await finish(world.clock, drainNodes(world, drainOptions({ unreachable: { poweredOff: ['node7'], fenceExec: undefined, outOfService: true } })));
  console.log('F', code, world.all('warning'));
});
it('G: notice payload', async () => {
  const world = aWorld([aPod()]);
  const posts: string[] = [];
  await finish(world.clock, drainNodes({ ...world, post: async (_u, t) => { posts.push(t); return 200; } }, drainOptions({ ownership: { ...drainOptions().ownership, notifyUrl: 'https://x' } })));
  console.log('G', posts);
});
it('H: skipped pod under failing hold etc: unreachable + statefulset', async () => {
  const world = aWorld([aPod()]);
  world.cluster.budgets = [aBudget()];
  world.cluster.failures.set('watchBudgets', () => new TypeError('x'));
  const code = await finish(world.clock, drainNodes(world, drainOptions()));
  console.log('H', code, world.all('warning'));
});
