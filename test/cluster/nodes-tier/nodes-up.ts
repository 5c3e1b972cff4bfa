// Brings a cluster of real nodes up, or takes the one that is up; leftovers of a killed run are cleaned away first.

import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { connect } from '../../support/api.ts';
import { waitForNodes } from '../nodes.ts';
import { isAlive } from '../processes.ts';
import { nodesFolder } from '../versions.mts';
import type { KubernetesVersion } from '../versions.mts';
import { readNodeFile } from './enter.ts';
import type { LivingNode } from './enter.ts';
import type { BuiltImages } from './images.ts';
import { initialise, joinCluster } from './kubeadm.ts';
import { assertNoOtherNodes, startSwitch, wireNode, wireSwitch } from './network.ts';
import { nodeFiles } from './node-files.ts';
import { findInit, importImages, startKeeper, waitForRuntime } from './node-root.ts';
import { lockNodes, stopNodes } from './nodes-down.ts';
import { notePlace, processesOf, readNodesState, writeNodesState } from './nodes-state.ts';
import type { NodesState } from './nodes-state.ts';
import { planNodes } from './shape.ts';
import type { NodePlan, NodesShape } from './shape.ts';

/** Real nodes that are Ready. */
export interface RunningNodes {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** By name. */
  readonly nodes: ReadonlyMap<string, LivingNode>;
  /** They were up already. */
  readonly reused: boolean;
}

type Say = (line: string) => void;

const kubeconfigOf = (version: KubernetesVersion): string => join(nodesFolder(version), 'admin.kubeconfig');

function running({ version, inits }: NodesState, reused: boolean): RunningNodes {
  const nodes = Object.values(inits).map(({ name, pid }) => [name, { name, initPid: pid }] as const);
  return { kubeconfig: kubeconfigOf(version), nodes: new Map(nodes), reused };
}

/** Keeps the record of what has been started; every change is on disk before the next thing is done. */
class Startup {
  state: NodesState;

  constructor(version: KubernetesVersion, nodes: readonly NodePlan[]) {
    this.state = { version, nodes, keepers: {}, inits: {}, whole: false };
    writeNodesState(this.state);
  }

  note(change: Partial<NodesState>): void {
    this.state = { ...this.state, ...change };
    writeNodesState(this.state);
  }
}

async function startNode(startup: Startup, plan: NodePlan, images: BuiltImages): Promise<LivingNode> {
  const { version, nodes, bridge } = startup.state;
  if (bridge === undefined) throw new Error('the bridge comes before the nodes');
  const keeper = await startKeeper(version, plan.name, nodeFiles(plan, nodes, images.pauseReference));
  startup.note({ keepers: { ...startup.state.keepers, [plan.name]: keeper } });
  const init = await findInit(version, keeper);
  startup.note({ inits: { ...startup.state.inits, [plan.name]: init } });
  await wireNode(bridge, init.pid, plan, nodes);
  await waitForRuntime(version, init);
  const node = { name: plan.name, initPid: init.pid };
  await importImages(node, images.filesFor(plan.role));
  return node;
}

/** One after the other for control planes, since etcd takes one new member at a time. */
async function joinAll(
  nodes: readonly { plan: NodePlan; node: LivingNode }[],
  version: KubernetesVersion,
): Promise<void> {
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('there is no node');
  const secrets = {
    token: `kmaint.${randomBytes(8).toString('hex')}`,
    certificateKey: randomBytes(32).toString('hex'),
  };
  const controlPlanes = others.filter(({ plan }) => plan.role === 'control plane');
  const severalControlPlanes = controlPlanes.length > 0;
  await initialise(version, first.plan, first.node, { secrets, severalControlPlanes });
  for (const { plan, node } of controlPlanes) await joinCluster(first, plan, node, secrets);
  const workers = others.filter(({ plan }) => plan.role === 'worker');
  await Promise.all(workers.map(({ plan, node }) => joinCluster(first, plan, node, secrets)));
  writeFileSync(kubeconfigOf(version), readNodeFile(first.node, '/etc/kubernetes/admin.conf'), { mode: 0o600 });
}

async function waitUntilReady(version: KubernetesVersion, names: readonly string[]): Promise<void> {
  const api = connect(kubeconfigOf(version));
  try {
    // The mark by which a run that is handed this kubeconfig knows that it may play here.
    const mark = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kmaint-test-cluster' } };
    await api.create('/api/v1/namespaces/kube-system/configmaps', mark);
    await waitForNodes(api, names);
  } finally {
    api.close();
  }
}

async function startAll(
  version: KubernetesVersion,
  plans: readonly NodePlan[],
  images: BuiltImages,
  say: Say,
): Promise<NodesState> {
  mkdirSync(join(nodesFolder(version), 'logs'), { recursive: true, mode: 0o700 });
  const startup = new Startup(version, plans);
  const bridge = startSwitch(nodesFolder(version));
  startup.note({ bridge });
  await wireSwitch(bridge);
  const startedMs = Date.now();
  const since = (): string => `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
  const started = await Promise.allSettled(
    plans.map(async (plan) => ({ plan, node: await startNode(startup, plan, images) })),
  );
  // Asked only when all have settled: whoever cleans up must not meet a node that is still starting.
  const nodes = started.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  say(`containers can run on ${plans.map(({ name }) => name).join(', ')} (${since()})`);
  await joinAll(nodes, version);
  say(`kubeadm has made them a cluster (${since()})`);
  await waitUntilReady(
    version,
    plans.map(({ name }) => name),
  );
  startup.note({ whole: true });
  return startup.state;
}

/**
 * Starts real nodes, or takes those that are up if they are the wanted ones.
 * @param images of `buildImages`
 * @throws {Error} with what the failing program said; nothing is left running then
 */
export function bringUpNodes(
  version: KubernetesVersion,
  shape: NodesShape,
  images: BuiltImages,
  say: Say,
): Promise<RunningNodes> {
  const plans = planNodes(shape);
  return lockNodes(say, async () => {
    const state = readNodesState(version);
    if (state?.whole === true && processesOf(state).every(isAlive)) {
      if (isDeepStrictEqual(state.nodes, plans)) return running(state, true);
      throw new Error(
        `nodes are up already, but others: ${state.nodes.map(({ name }) => name).join(', ')}. Stop them first: npm run cluster:down`,
      );
    }
    const left = await stopNodes(version);
    if (left > 0) say(`stopped ${String(left)} nodes that an earlier run left behind`);
    assertNoOtherNodes();
    notePlace();
    try {
      return running(await startAll(version, plans, images, say), false);
    } catch (error) {
      await stopNodes(version, true);
      throw error;
    }
  });
}
