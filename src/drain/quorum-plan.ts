/** Puts into a plan what its nodes mean for the quorum of etcd, and looks again between two of them. */
import type { Node } from '../cluster/node.ts';
import { exitCodes } from '../errors.ts';
import type { NodeResult } from './node-result.ts';
import type { DrainOptions } from './options.ts';
import { isBlocked, type DrainPlan, type NodeFinding, type NodePlan, type NodeSnapshot } from './plan.ts';
import { concernsQuorum, quorumObjection, readQuorum, type QuorumFacts } from './rolling/quorum.ts';
import { commandsFor, type Commands, type World } from './world.ts';

/**
 * The plan with a blocker on each node that etcd cannot spare, and a risk where that is not known, or cannot be helped.
 * A run that brings its nodes back looks again before each: what may be well by then is only a risk. Reads nothing where
 * no node is of the control plane.
 *
 * @throws the signal's reason
 */
export async function withQuorum(
  world: Pick<World, 'cluster' | 'clock' | 'commandLine'>,
  plan: DrainPlan,
  snapshots: readonly NodeSnapshot[],
  { rolling }: Pick<DrainOptions, 'rolling'>,
  signal: AbortSignal,
): Promise<DrainPlan> {
  if (!snapshots.some(ofEtcd)) return plan;
  const facts = await readQuorum(world, signal);
  const nodes = new Map(snapshots.map(({ node }) => [node.name, node]));
  return judgeQuorum(plan, nodes, facts, rolling, commandsFor(world));
}

/** Of a control-plane node, or one on which an etcd pod was seen. */
function ofEtcd({ node, pods }: NodeSnapshot): boolean {
  const etcdPods = pods.filter(({ labels }) => labels['component'] === 'etcd');
  return concernsQuorum({ controlPlaneNodes: [], etcdPods }, node);
}

/**
 * The part of {@link withQuorum} that decides. Pure. Nodes that a run leaves out of service add up: with three members
 * the first of them may go, the second may not.
 *
 * @param nodes by name, all of the plan
 */
export function judgeQuorum(
  plan: DrainPlan,
  nodes: ReadonlyMap<string, Node>,
  facts: QuorumFacts,
  rolling: DrainOptions['rolling'],
  write: Commands,
): DrainPlan {
  const takesDown = rolling?.exec !== undefined;
  const bringsBack = takesDown || rolling?.uncordon === true;
  const alongWith = new Set<string>();
  const judged = plan.nodes.map((planned): NodePlan => {
    const node = nodes.get(planned.node);
    if (!node || !concernsQuorum(facts, node)) return planned;
    const objection = quorumObjection(facts, node, { takesDown, alongWith: new Set(alongWith) }, write);
    const refused = objection?.severity === 'refuse';
    // One that is in the way of its own drain stays where it is.
    if (!bringsBack && !refused && !isBlocked(planned)) alongWith.add(node.name);
    if (!objection) return planned;
    const { message, hint } = objection;
    const finding: NodeFinding = { kind: 'etcd-quorum', message, ...(hint === undefined ? {} : { fix: hint }) };
    return refused && !(bringsBack && objection.mayPass)
      ? { ...planned, blockers: [...(planned.blockers ?? []), finding] }
      : { ...planned, risks: [...(planned.risks ?? []), finding] };
  });
  return { ...plan, nodes: judged };
}

/**
 * Looks again before a node of the control plane whose run drained others before it: that may have taken hours.
 *
 * @param before names of the nodes of the control plane that the run has come to already
 * @returns the node's end (exit code 7) when it can be spared no more; undefined: go on
 * @throws the signal's reason
 */
export async function quorumLost(
  { cluster, clock, commandLine, report }: Pick<World, 'cluster' | 'clock' | 'commandLine' | 'report'>,
  node: Node,
  before: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<NodeResult | undefined> {
  if (before.size === 0) return undefined;
  const facts = await readQuorum({ cluster, clock }, signal);
  const objection = quorumObjection(
    facts,
    node,
    { takesDown: false, alongWith: before },
    commandsFor({ cluster, commandLine }),
  );
  if (objection?.severity === 'warn') report.emit({ type: 'warning', message: objection.message });
  if (objection?.severity !== 'refuse') return undefined;
  const message = `${objection.message}; none of its pods was touched`;
  return { exitCode: exitCodes.gate, gone: 0, left: [], message, hint: objection.hint };
}
