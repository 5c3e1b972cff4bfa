/** `plan` shows, saves and changes nothing; `apply` carries out exactly what was saved, or refuses. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { holdAnnotation } from '../../src/drain/ownership/annotations.ts';
import { planDrain, type DrainPlan } from '../../src/drain/plan.ts';
import { applyPlan, type ApplyOptions } from '../../src/drain/saved-plan-apply.ts';
import { planFiles } from '../../src/drain/saved-plan-file.ts';
import { showPlan } from '../../src/drain/show-plan.ts';
import { ClusterError, KmaintError, UsageError } from '../../src/errors.ts';
import { aNode, aPod, aPolicy, aVolume } from '../support/objects.ts';
import { aWorld, drainOptions, type TestWorld } from '../support/world.ts';

/** In other hands for ten minutes. */
const heldNode = aNode({
  annotations: {
    [holdAnnotation]: JSON.stringify({
      run: 'r9',
      holder: 'jo@desk',
      until: '2026-01-01T00:10:00Z',
      wasCordoned: false,
    }),
  },
});

/** Plans on a shelf, and a cluster's identity. */
class Ports {
  readonly shelf = new Map<string, string>();
  uid: string | undefined = 'uid-of-kube-system';
  readonly kmaint = '0.1.0';
  readonly files = {
    writeNew: async (path: string, text: string): Promise<void> => void this.shelf.set(path, text),
    read: async (path: string): Promise<string> => this.shelf.get(path) ?? '',
  };
  readonly clusterId = async (): Promise<string | undefined> => this.uid;
  readonly drained: { options: DrainOptions; expected: DrainPlan }[] = [];
  readonly drain = async (
    _: unknown,
    options: DrainOptions,
    { expected }: { expected: DrainPlan },
  ): Promise<number> => {
    this.drained.push({ options, expected });
    return 0;
  };
}

const apply: ApplyOptions = {
  path: 'my.plan',
  dryRun: 'none',
  assumeYes: false,
  takeOver: false,
  notifyUrl: undefined,
};

async function planned(options: Partial<DrainOptions> = {}, pods: readonly Pod[] = [aPod()], nodes?: Node[]) {
  const world = aWorld(pods, nodes);
  const ports = new Ports();
  const exitCode = await showPlan(world, { ...drainOptions(options), out: 'my.plan' }, ports);
  return { world, ports, exitCode };
}

/** What `apply` throws before anything is done. */
async function failure(world: TestWorld, ports: Ports): Promise<KmaintError> {
  const error: unknown = await applyPlan(world, apply, ports).catch((thrown: unknown) => thrown);
  if (!(error instanceof KmaintError)) throw new Error(`ended with ${String(error)}`);
  return error;
}

describe('plan', () => {
  it('shows what drain would do, and changes nothing', async () => {
    const world = aWorld([aPod()]);
    const options = drainOptions();
    expect(await showPlan(world, options, new Ports())).toBe(0);
    expect(world.events.map(({ type }) => type)).toEqual(['run.started', 'drain.planned', 'run.finished']);
    expect(world.only('run.started')).toMatchObject({ verb: 'plan', dryRun: 'none' });
    const { plan, asks } = world.only('drain.planned');
    const snapshot = { node: aNode(), pods: [aPod()], daemonSets: new Map(), budgets: [] };
    expect(plan).toEqual(planDrain(world.cluster, [snapshot], aPolicy(), world.clock.now()));
    expect(asks).toBe(false);
    expect(world.only('run.finished')).toMatchObject({ verb: 'plan', outcome: 'done', message: undefined, resume: [] });
    expect(world.cluster.writes).toEqual([]);
  });

  it('saves the plan, and says how to carry it out', async () => {
    const { world, ports, exitCode } = await planned();
    expect(exitCode).toBe(0);
    expect(JSON.parse(ports.shelf.get('my.plan') ?? '')).toMatchObject({
      createdAt: '2026-01-01T00:00:00.000Z',
      kmaint: '0.1.0',
      cluster: { server: 'https://127.0.0.1:6443', kubeSystemUid: 'uid-of-kube-system' },
    });
    expect(world.only('run.finished')).toMatchObject({
      message: 'the plan is in my.plan',
      resume: ['kmaint apply my.plan'],
    });
    expect(world.all('warning')).toEqual([]);
  });

  it('ends with 3 when pods are in the way, with the flag that lifts it, and saves all the same', async () => {
    const { world, ports, exitCode } = await planned({}, [aPod({ controller: undefined })]);
    expect(exitCode).toBe(3);
    expect(world.only('run.finished')).toMatchObject({
      outcome: 'refused',
      message: 'pods are in the way of 1 drain: node1; the plan is in my.plan, which apply refuses',
      resume: ['kmaint drain node1 --force'],
    });
    expect(await applyPlan(world, apply, ports)).toBe(3);
    expect(world.all('run.finished').at(-1)).toMatchObject({
      verb: 'apply',
      outcome: 'refused',
      message: expect.stringContaining('pods in the way of the drain (node1)'),
      resume: ['kmaint plan node1 --out my.plan'],
    });
    expect(ports.drained).toEqual([]);
  });

  it('warns when the cluster cannot be told by its uid', async () => {
    const world = aWorld([aPod()]);
    const ports = new Ports();
    ports.uid = undefined;
    expect(await showPlan(world, { ...drainOptions(), out: 'my.plan' }, ports)).toBe(0);
    expect(world.only('warning').message).toContain('kube-system may not be read');
  });

  it('ends with 5 when somebody else works on the node, as drain would, and saves all the same', async () => {
    const { world, ports, exitCode } = await planned({}, [aPod()], [heldNode]);
    expect(exitCode).toBe(5);
    expect(world.only('drain.planned').plan.nodes).toHaveLength(1);
    expect(world.only('run.finished')).toMatchObject({
      outcome: 'held',
      message: 'the node node1 is held by run r9 of jo@desk until 2026-01-01T00:10:00Z; the plan is in my.plan',
      hint: 'to drain all the same: kmaint apply --take-over my.plan',
      resume: ['kmaint apply my.plan'],
    });
    expect(ports.shelf.size).toBe(1);
    expect(world.cluster.writes).toEqual([]);
    const drained = aWorld([aPod()], [heldNode]);
    expect(await drainNodes(drained, drainOptions())).toBe(exitCode);
  });

  it('names both who has a node and what is in the way of it', async () => {
    const { world, exitCode } = await planned({}, [aPod({ controller: undefined })], [heldNode]);
    expect(exitCode).toBe(3);
    expect(world.only('run.finished')).toMatchObject({
      message:
        'pods are in the way of 1 drain: node1; the node node1 is held by run r9 of jo@desk until 2026-01-01T00:10:00Z; the plan is in my.plan, which apply refuses',
      hint: 'its drain needs --take-over',
      resume: ['kmaint drain node1 --force'],
    });
  });

  it('names the drain that would go on all the same, with all the flags that it needs', async () => {
    const world = aWorld([aPod({ controller: undefined })], [heldNode]);
    expect(await showPlan(world, drainOptions(), new Ports())).toBe(3);
    expect(world.only('run.finished').hint).toBe('to drain all the same: kmaint drain node1 --force --take-over');
  });

  it('names no other drain where nothing else is needed', async () => {
    const world = aWorld([aPod()], [aNode()]);
    expect(await showPlan(world, drainOptions(), new Ports())).toBe(0);
    expect(world.only('run.finished').hint).toBeUndefined();
  });

  it('tells of a silent kubelet', async () => {
    const { world, exitCode } = await planned({}, [aPod()], [aNode({ ready: 'Unknown' })]);
    expect(exitCode).toBe(0);
    expect(world.only('warning').message).toMatch(/^node1 is unreachable \(Ready is Unknown\): its pods get a grace/);
  });

  it('fails with unknown nodes, and saves nothing', async () => {
    const world = aWorld([]);
    const ports = new Ports();
    const options = { ...drainOptions({ targets: { names: ['node2'], selector: undefined } }), out: 'my.plan' };
    await expect(showPlan(world, options, ports)).rejects.toThrow(ClusterError);
    expect(ports.shelf.size).toBe(0);
  });
});

describe('apply', () => {
  it('says how a plan is made where the file is not there', async () => {
    const path = '/nonexistent/my.plan';
    const { clusterId, drain } = new Ports();
    const ports = { files: planFiles, clusterId, drain };
    await expect(applyPlan(aWorld([aPod()]), { ...apply, path }, ports)).rejects.toMatchObject({
      exitCode: 2,
      hint: `to make one: kmaint plan NODE... --out ${path}`,
    });
  });

  it('carries out the plan with its options, on its nodes by name', async () => {
    const saved = {
      targets: { names: [], selector: 'pool=old' },
      policy: aPolicy({ force: true, gracePeriodSeconds: 60 }),
      timeoutMs: 300_000,
      continuity: { replacementsMs: Infinity, volumesMs: undefined, surge: true },
    };
    const { ports, world } = await planned(saved, [aPod()], [aNode({ labels: { pool: 'old' } })]);
    expect(await applyPlan(world, { ...apply, assumeYes: true, takeOver: true }, ports)).toBe(0);
    const [drained] = ports.drained;
    expect(drained?.options).toEqual(
      drainOptions({
        ...saved,
        targets: { names: ['node1'], selector: undefined },
        assumeYes: true,
        ownership: { ...drainOptions().ownership, takeOver: true },
      }),
    );
    expect(drained?.expected).toEqual(world.only('drain.planned').plan);
  });

  it.each<[string, (world: TestWorld) => void, RegExp]>([
    [
      'another node of the name',
      (world) => world.cluster.nodes.set('node1', aNode({ uid: 'new' })),
      /node1 is another one/,
    ],
    ['no node of the name', (world) => world.cluster.nodes.delete('node1'), /node\/node1 is gone/],
    [
      'a cordon by somebody else',
      (world) =>
        world.cluster.nodes.set(
          'node1',
          aNode({
            unschedulable: true,
            annotations: { 'kmaint.io/cordon': '{"run":"r1","by":"jo","at":"2026-01-01T00:00:00Z"}' },
          }),
        ),
      /node1 was cordoned since by jo \(run r1\)/,
    ],
    [
      'a pod that loses data',
      (world) => world.cluster.put(aPod({ name: 'x', volumes: [aVolume('emptyDir')] })),
      /stop at \(empty dir, local storage\).*shop\/x/,
    ],
  ])('refuses %s and writes nothing', async (_, change, message) => {
    const { ports, world } = await planned();
    change(world);
    expect(await applyPlan(world, apply, ports)).toBe(6);
    const end = world.all('run.finished').at(-1);
    expect(end).toMatchObject({ verb: 'apply', outcome: 'drift', resume: ['kmaint plan node1 --out my.plan'] });
    expect(end?.message).toMatch(message);
    expect(end?.message).toContain('so nothing was changed');
    expect(ports.drained).toEqual([]);
    expect(world.cluster.writes).toEqual([]);
  });

  it('tells how to plan again with the policy of the plan', async () => {
    const policy = aPolicy({
      force: true,
      ignoreDaemonSets: false,
      deleteEmptyDirData: true,
      disableEviction: true,
      gracePeriodSeconds: 0,
      skipWaitForDeleteTimeoutSeconds: 9,
      podSelector: 'app=web',
      strict: true,
      order: [{ order: -1, selector: 'app=web' }],
    });
    const { ports, world } = await planned({ policy }, []);
    world.cluster.nodes.delete('node1');
    expect(await applyPlan(world, apply, ports)).toBe(6);
    expect(world.all('run.finished').at(-1)?.resume).toEqual([
      'kmaint plan node1 --force --ignore-daemonsets=false --delete-emptydir-data --disable-eviction --grace-period=0 --skip-wait-for-delete-timeout=9 --pod-selector=app=web --strict --order=-1:app=web --out my.plan',
    ]);
  });

  it('takes pods that were replaced or are gone for no drift', async () => {
    const { ports, world } = await planned({}, [aPod(), aPod({ name: 'web-2' })]);
    world.cluster.remove('shop/web-1');
    world.cluster.put(aPod({ name: 'web-3' }));
    expect(await applyPlan(world, apply, ports)).toBe(0);
  });

  it('refuses another cluster, naming both', async () => {
    const { ports, world } = await planned();
    ports.uid = 'uid-of-another';
    const error = await failure(world, ports);
    expect(error.exitCode).toBe(6);
    expect(error.message).toBe(
      'my.plan is a plan for another cluster: it was made for https://127.0.0.1:6443 (kube-system has uid uid-of-kube-system), this is https://127.0.0.1:6443 (uid uid-of-another)',
    );
    expect(world.cluster.reads.listPods).toBe(1);
  });

  it('goes by the address where a uid is unknown, and says so', async () => {
    const { ports, world } = await planned();
    ports.uid = undefined;
    expect(await applyPlan(world, apply, ports)).toBe(0);
    expect(world.only('warning').message).toContain('could not be read now');

    const elsewhere = Object.assign(aWorld([aPod()]));
    Object.assign(elsewhere.cluster, { identity: { ...world.cluster.identity, server: 'https://10.9.9.9:6443' } });
    expect((await failure(elsewhere, ports)).message).toContain(
      'made for https://127.0.0.1:6443, this is https://10.9.9.9:6443',
    );
  });

  it('knows the cluster of the uid by another address', async () => {
    const { ports } = await planned();
    const world = aWorld([aPod()]);
    Object.assign(world.cluster, { identity: { ...world.cluster.identity, server: 'https://10.9.9.9:6443' } });
    expect(await applyPlan(world, apply, ports)).toBe(0);
  });

  it('names the programs that the plan would run', async () => {
    const rolling = {
      maxUnavailable: { count: 1 },
      exec: ['./patch', 'now'],
      waitReadyMs: undefined,
      uncordon: false,
      expectReboot: false,
      minStableMs: 0,
      criticalPods: [],
    };
    const { ports, world } = await planned({ rolling });
    await applyPlan(world, apply, ports);
    expect(world.only('warning').message).toBe('the plan runs a program for each node: ./patch');
    expect(ports.drained[0]?.options.rolling).toEqual(rolling);
  });

  it('refuses a file that is no plan before the cluster is asked', async () => {
    const world = aWorld([aPod()]);
    await expect(applyPlan(world, apply, new Ports())).rejects.toThrow(UsageError);
    expect(world.cluster.reads).toEqual({});
  });

  it('ends a drift that the drain itself finds with how to plan again', async () => {
    const { ports, world } = await planned();
    const drain = (): Promise<number> =>
      Promise.reject(new KmaintError('node/node1 is gone', { code: 'drift', exitCode: 6 }));
    expect(await applyPlan(world, apply, { files: ports.files, clusterId: ports.clusterId, drain })).toBe(6);
    expect(world.all('run.finished').at(-1)?.resume).toEqual(['kmaint plan node1 --out my.plan']);
  });
});
