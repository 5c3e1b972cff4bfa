// Which nodes a cluster of real nodes has: their names, roles, addresses and pod ranges.

/** How many of each kind. */
export interface NodesShape {
  readonly controlPlanes: number;
  readonly workers: number;
}

/** One node to be. */
export interface NodePlan {
  readonly name: string;
  readonly role: 'control plane' | 'worker';
  /** On the bridge that all nodes and the host share. */
  readonly address: string;
  /** Pods of this node have their addresses from here. */
  readonly podRange: string;
}

/** The network between the nodes; the host is its first address. */
export const nodeNetwork = { hostAddress: '10.231.0.1', prefixLength: 24 } as const;

/** Where Services have their addresses: kubeadm's own default. */
export const serviceRange = '10.96.0.0/12';

/**
 * The nodes of a cluster: `master1`… and then `node1`…, each with the next address.
 * @throws {Error} for a shape that cannot work
 */
export function planNodes({ controlPlanes, workers }: NodesShape): NodePlan[] {
  if (controlPlanes < 1 || controlPlanes > 5) {
    throw new Error(`--control-planes ${String(controlPlanes)}: give a number from 1 to 5`);
  }
  if (workers < 0 || workers > 20) throw new Error(`--nodes ${String(workers)}: give a number from 0 to 20`);
  const named = (role: NodePlan['role'], prefix: string, count: number): Pick<NodePlan, 'name' | 'role'>[] =>
    Array.from({ length: count }, (_, index) => ({ name: `${prefix}${String(index + 1)}`, role }));
  const all = [...named('control plane', 'master', controlPlanes), ...named('worker', 'node', workers)];
  return all.map((node, index) => ({
    ...node,
    address: `10.231.0.${String(10 + index)}`,
    podRange: `10.232.${String(index)}.0/24`,
  }));
}
