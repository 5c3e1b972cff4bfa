import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/cluster/node.ts';
import type { Pod } from '../../../src/cluster/pod.ts';
import type { RollingOptions } from '../../../src/drain/options.ts';
import type { AftercareContext, AftercareResult } from '../../../src/drain/rolling/aftercare.ts';
import { rollNodes } from '../../../src/drain/rolling/loop.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { aNode, aPod, aWorkload } from '../../support/objects.ts';
import { aWorld, finish, type TestWorld } from '../../support/world.ts';
import { keepLease } from './kubelet.ts';

const worker = (name: string): Node => aNode({ name, unschedulable: true });
const controlPlane = (name: string): Node => aNode({ name, unschedulable: true, controlPlane: true });
const etcd = (nodeName: string, ready = true): Pod =>
  aPod({
    name: `etcd-${nodeName}`,
    namespace: 'kube-system',
    nodeName,
    mirror: true,
    controller: undefined,
    labels: { component: 'etcd', tier: 'control-plane' },
    ready,
  });
const three = ['cp1', 'cp2', 'cp3'].map(controlPlane);
const drainMs = 10_000;

interface Run {
  readonly world: TestWorld;
  /** What happened, in order: `drain node1`, `exec node1`, `uncordon node1`, `node1 ended 0`. */
  readonly log: string[];
  readonly messages: (string | undefined)[];
  readonly hints: (string | undefined)[];
  readonly most: { drained: number; controlPlane: number };
  /** Exit codes of drains that fail. */
  readonly failing: Map<string, number>;
  go(options?: Partial<RollingOptions>): Promise<readonly string[]>;
}

function aRun(nodes: readonly Node[], pods: readonly Pod[] = []): Run {
  const world = aWorld(pods, nodes);
  for (const { name } of nodes) keepLease(world, name);
  const log: string[] = [];
  const inWork = new Set<Node>();
  const context: AftercareContext = {
    ...world,
    env: {},
    cwd: '/',
    journal: { runId: 'run-1', write: async () => {} },
    run: async ({ env, signal }) => {
      log.push(`exec ${env['KMAINT_NODE']}`);
      await world.clock.sleep(5000, signal);
      return { kind: 'exited', exitCode: 0, stdout: '', stderr: '' };
    },
  };
  const run: Run = {
    world,
    log,
    messages: [],
    hints: [],
    most: { drained: 0, controlPlane: 0 },
    failing: new Map(),
    async go(options = {}) {
      const rolling: RollingOptions = {
        maxUnavailable: { count: 2 },
        exec: ['work'],
        waitReadyMs: 600_000,
        uncordon: true,
        expectReboot: false,
        minStableMs: 0,
        criticalPods: [],
        ...options,
      };
      const end = rollNodes<AftercareResult>(context, nodes, rolling, {
        async drain(node) {
          log.push(`drain ${node.name}`);
          inWork.add(node);
          run.most.drained = Math.max(run.most.drained, inWork.size);
          const ofControlPlane = [...inWork].filter((one) => one.controlPlane).length;
          run.most.controlPlane = Math.max(run.most.controlPlane, ofControlPlane);
          await world.clock.sleep(drainMs);
          return { exitCode: run.failing.get(node.name) ?? 0, message: 'as the drain said' };
        },
        async uncordon({ name }) {
          log.push(`uncordon ${name}`);
        },
        finished(node, { exitCode, message, hint }) {
          inWork.delete(node);
          log.push(`${node.name} ended ${exitCode}`);
          run.messages.push(message);
          run.hints.push(hint);
        },
      });
      const untouched = await finish(world.clock, end, 3_600_000);
      return untouched.map(({ name }) => name);
    },
  };
  return run;
}

describe('the rolling loop', () => {
  it('takes one node after the other through the whole course', async () => {
    const run = aRun([worker('node1'), worker('node2')]);
    expect(await run.go({ maxUnavailable: { count: 1 } })).toEqual([]);
    const course = ['drain', 'exec', 'uncordon'];
    expect(run.log).toEqual([
      ...course.map((step) => `${step} node1`),
      'node1 ended 0',
      ...course.map((step) => `${step} node2`),
      'node2 ended 0',
    ]);
  });

  it('has never more nodes away than allowed, and a share counts', async () => {
    const nodes = Array.from({ length: 8 }, (_, index) => worker(`node${index}`));
    const run = aRun(nodes);
    expect(await run.go({ maxUnavailable: { percent: 40 } })).toEqual([]);
    expect(run.most.drained).toBe(3);
    expect(run.log.filter((line) => line.endsWith('ended 0'))).toHaveLength(8);
  });

  it('takes control-plane nodes one at a time, beside a worker', async () => {
    const run = aRun(
      [...three, worker('node1')],
      three.map(({ name }) => etcd(name)),
    );
    expect(await run.go({ maxUnavailable: { count: 3 } })).toEqual([]);
    expect(run.most).toEqual({ drained: 2, controlPlane: 1 });
  });

  it('begins no further node after a drain that failed, and nothing is run for that one', async () => {
    const run = aRun(['node1', 'node2', 'node3', 'node4'].map(worker));
    run.failing.set('node1', 1);
    expect(await run.go()).toEqual(['node3', 'node4']);
    expect(run.log).toContain('node1 ended 1');
    expect(run.log).toContain('node2 ended 0');
    expect(run.log).not.toContain('exec node1');
    expect(run.messages).toContain('as the drain said');
  });

  it('refuses a program on a control-plane node that etcd cannot do without', async () => {
    const run = aRun([...three, worker('node1')], [etcd('cp1'), etcd('cp2'), etcd('cp3', false)]);
    expect(await run.go({ maxUnavailable: { count: 1 } })).toEqual(['cp2', 'cp3', 'node1']);
    expect(run.log).toEqual(['cp1 ended 3']);
    expect(run.messages).toEqual([
      expect.stringMatching(/without cp1 etcd has 1 healthy .*; the node was left as it was/),
    ]);
    expect(run.hints).toEqual([expect.stringMatching(/^bring the others back first; .*kubectl get pods/)]);
  });

  it('only warns of the drain of the only member, where nothing is run', async () => {
    const run = aRun([controlPlane('cp1')], [etcd('cp1')]);
    expect(await run.go({ exec: undefined })).toEqual([]);
    expect(run.world.only('warning').message).toContain('cp1 holds the only etcd member: while it is down');
    expect(run.log).toContain('cp1 ended 0');
  });

  it('refuses the drain alone, too, of one of two', async () => {
    const [cp1, cp2] = three as [Node, Node, Node];
    const run = aRun([cp1, cp2], [etcd('cp1'), etcd('cp2')]);
    expect(await run.go({ exec: undefined })).toEqual(['cp2']);
    expect(run.log).toEqual(['cp1 ended 3']);
    expect(run.hints).toEqual([expect.stringMatching(/^of two members none can be spared/)]);
  });

  it('looks at etcd again before its program is run', async () => {
    const run = aRun(
      three,
      three.map(({ name }) => etcd(name)),
    );
    run.world.clock.after(5000, () => run.world.cluster.put(etcd('cp3', false)));
    expect(await run.go()).toEqual(['cp2', 'cp3']);
    expect(run.log).toEqual(['drain cp1', 'cp1 ended 7']);
    expect(run.messages).toEqual([expect.stringContaining('nothing was run for it: without cp1')]);
    expect(run.hints).toEqual([expect.stringMatching(/^bring the others back first/)]);
  });

  it('does not begin while critical pods are not ready', async () => {
    const run = aRun([worker('node1'), worker('node2')]);
    run.world.cluster.putWorkload(aWorkload({ readyReplicas: 1 }));
    expect(await run.go({ criticalPods: ['shop/web'], maxUnavailable: { count: 1 } })).toEqual(['node2']);
    expect(run.log).toEqual(['node1 ended 7']);
    expect(run.messages).toEqual([expect.stringMatching(/1 of 2 replicas ready; the node was left as it was/)]);
  });

  it('does not begin the next one when an earlier one is no longer well', async () => {
    const run = aRun([worker('node1'), worker('node2')]);
    run.world.onEvent = (event) => {
      if (event.type === 'node.step' && event.step === 'gate') {
        run.world.cluster.nodes.set('node1', { ...worker('node1'), ready: 'Unknown' });
      }
    };
    expect(await run.go({ maxUnavailable: { count: 1 } })).toEqual([]);
    expect(run.log.slice(-2)).toEqual(['node1 ended 0', 'node2 ended 7']);
    expect(run.messages.at(-1)).toContain('node1 is not Ready (Unknown)');
  });

  it('leaves a node alone that waited at a gate while another failed', async () => {
    const run = aRun([worker('node1'), worker('node2')]);
    run.failing.set('node1', 1);
    run.world.onEvent = (event) => {
      // From here on the gate is closed for node2, and opens after node1 has failed.
      if (event.type === 'node.waiting' && event.node === 'node2') {
        run.world.clock.after(20_000, () => run.world.cluster.putWorkload(aWorkload()));
      }
    };
    run.world.cluster.putWorkload(aWorkload({ readyReplicas: 1 }));
    const looks = { left: 1 };
    const getWorkload = run.world.cluster.getWorkload.bind(run.world.cluster);
    run.world.cluster.getWorkload = async (ref) => {
      // node1's look, the first, finds all well.
      if (ref.kind === 'Deployment' && looks.left > 0) {
        looks.left -= 1;
        return aWorkload();
      }
      return getWorkload(ref);
    };
    expect(await run.go({ criticalPods: ['shop/web'] })).toEqual(['node2']);
    expect(run.log).toEqual(['drain node1', 'node1 ended 1']);
  });

  it('tells which nodes an interrupt kept from beginning', async () => {
    const run = aRun(['node1', 'node2', 'node3'].map(worker));
    run.world.clock.after(12_000, () => run.world.interrupt(new InterruptedError('SIGINT')));
    expect(await run.go({ maxUnavailable: { count: 1 } })).toEqual(['node2', 'node3']);
    expect(run.log).toEqual(['drain node1', 'exec node1', 'node1 ended 130']);
    expect(run.messages).toEqual(['interrupted by SIGINT; the node stays cordoned']);
  });
});
