import { it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import { InterruptedError, KmaintError } from '../../src/errors.ts';
import { aNode, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish } from '../support/world.ts';
const rolling = { maxUnavailable: { count: 1 }, exec: ['/opt/patch'], waitReadyMs: undefined, uncordon: true, expectReboot: false, minStableMs: 0, criticalPods: [] };
it('I: interrupt at a gate', async () => {
  for (const opts of [{}, { totalTimeoutMs: 5000 }]) {
  const world = aWorld([aPod()]);
  const done = finish(world.clock, drainNodes(world, drainOptions({ ...opts, rolling: { ...rolling, criticalPods: ['db/db'] } })));
  done.catch(() => {});
  await world.clock.advance(3000);
  if (!('totalTimeoutMs' in opts)) world.interrupt(new InterruptedError('SIGINT'));
  console.log('I', await done.catch((e) => e), world.all('node.finished'), world.only('run.finished'));
  }
});
it('J: node line fails', async () => {
  const world = aWorld([aPod()]);
  const w = { ...world, journals: { ...world.journals, begin: async (r: never) => ({ ...(await world.journals.begin(r)), write: async (e: { type: string }) => { if (e.type === 'node') throw new KmaintError('disk full', { code: 'journal.unwritable', exitCode: 1 }); } }) } };
  console.log('J', await finish(world.clock, drainNodes(w, drainOptions())).catch((e) => e), world.events.map((e) => e.type), world.cluster.nodes.get('node1')?.annotations);
});
it('S: etcd nodes in parallel', async () => {
  const labels = { 'node-role.kubernetes.io/etcd': 'true' };
  const world = aWorld([aPod(), aPod({ name: 'web-2', nodeName: 'node2' })], [aNode({ labels }), aNode({ name: 'node2', labels })]);
  await finish(world.clock, drainNodes(world, drainOptions({ parallel: { count: 2 }, targets: { names: ['node1', 'node2'], selector: undefined } })));
  console.log('S', world.events.filter((e) => e.type === 'node.draining' || e.type === 'node.finished').map((e) => e.type), world.all('warning'));
});
it('K: interrupt while evicting with hung server', async () => {
  const world = aWorld([aPod()]);
  world.cluster.answers.set('shop/web-1', [() => new Promise(() => {})]);
  const done = finish(world.clock, drainNodes(world, drainOptions()), 20000);
  done.catch(() => {});
  await world.clock.advance(1000);
  world.interrupt(new InterruptedError('SIGINT'));
  console.log('K', await done.catch((e) => e));
});
it('L: dry run of terminating', async () => {
  const world = aWorld([aPod({ deletionTimestamp: '2026-01-01T00:00:05Z' })]);
  console.log('L', await finish(world.clock, drainNodes(world, drainOptions({ dryRun: 'client' }))), world.all('pod.evicting'));
});
