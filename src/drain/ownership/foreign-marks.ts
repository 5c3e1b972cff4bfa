/** Marks by which other tools say that a node is theirs, or that they will do something to it. */
import type { Node } from '../../cluster/node.ts';
import type { KuredLock } from './kured.ts';
import { outOfServiceTaint } from './annotations.ts';

export interface ForeignMark {
  /** The tool: `cluster-autoscaler`. */
  readonly owner: string;
  /** One sentence with the node's name. */
  readonly message: string;
  /** `refuse`: it is at work on the node now; `warn`: good to know. */
  readonly severity: 'refuse' | 'warn';
}

export interface MarkContext {
  /** From kured's DaemonSet; empty when there is none or it cannot be read. */
  readonly kuredLocks: readonly KuredLock[];
  readonly nowMs: number;
}

/** What the mark reads like, after `the node NAME `; undefined when the node does not have it. */
type Finder = (node: Node, context: MarkContext) => string | undefined;

const refusals: readonly (readonly [owner: string, find: Finder])[] = [
  ['cluster-autoscaler', taint('ToBeDeletedByClusterAutoscaler', 'is being removed')],
  ['Karpenter', taint('karpenter.sh/disrupted', 'is being removed')],
  ['Karpenter', taint('karpenter.sh/disruption', 'is being removed')],
  ['medik8s node maintenance', taint('medik8s.io/drain', 'is being maintained')],
  ['medik8s remediation', taint('remediation.medik8s.io/self-node-remediation', 'is being remediated')],
  ['kured', annotation('weave.works/kured-reboot-in-progress', 'is being rebooted')],
  ['kured', kuredHolds],
  ['EKS', taint('eks.amazonaws.com/nodegroup', 'is being replaced by its node group', 'unschedulable')],
  ['machine-config operator', machineConfig],
  ['aws-node-termination-handler', taintPrefix('aws-node-termination-handler/')],
];

const warnings: readonly (readonly [owner: string, find: Finder])[] = [
  ['cluster-autoscaler', taint('DeletionCandidateOfClusterAutoscaler', 'may be removed soon')],
  ['AKS', label('kubernetes.azure.com/upgrade-status', 'Quarantined', 'was left over by a failed upgrade')],
  ['Cluster API', annotation('cluster.x-k8s.io/machine', 'belongs to a Machine, and is to be deleted through it')],
  ['machine-api', annotation('machine.openshift.io/machine', 'belongs to a Machine, and is to be deleted through it')],
  ['Karpenter', karpenterNode],
  ['Cluster API', annotation('cluster.x-k8s.io/remediate-machine', 'is to be remediated by a MachineHealthCheck')],
  ['metal3', annotation('host.metal3.io/external-remediation', 'is to be remediated by a MachineHealthCheck')],
  ['whoever set it', taint(outOfServiceTaint, 'is out of service: its volumes are detached by force')],
  ['kured', annotation('weave.works/kured-most-recent-reboot-needed', 'is waiting to be rebooted')],
  ['kured', kuredElsewhere],
  ['draino', annotation('draino/drain-retry', 'is to be drained again')],
  ['draino', drainoCondition],
];

/** All marks on the node, those that refuse first. */
export function foreignMarks(node: Node, context: MarkContext): readonly ForeignMark[] {
  return [
    ...refusals.flatMap(([owner, find]) => marked(node, owner, 'refuse', find(node, context))),
    ...warnings.flatMap(([owner, find]) => marked(node, owner, 'warn', find(node, context))),
  ];
}

/** The mark that counts most, if there is any. */
export function foreignMark(node: Node, context: MarkContext): ForeignMark | undefined {
  return foreignMarks(node, context)[0];
}

function marked(
  node: Node,
  owner: string,
  severity: ForeignMark['severity'],
  says: string | undefined,
): readonly ForeignMark[] {
  return says === undefined ? [] : [{ owner, severity, message: `the node ${node.name} ${says}` }];
}

function taint(key: string, meaning: string, value?: string): Finder {
  return ({ taints }) => {
    const found = taints.find((one) => one.key === key && (value === undefined || one.value === value));
    return found && `${meaning} (taint ${key}${found.value === undefined ? '' : `=${found.value}`})`;
  };
}

function taintPrefix(prefix: string): Finder {
  return ({ taints }) => {
    const found = taints.find(({ key }) => key.startsWith(prefix));
    return found && `is about to be interrupted by its cloud (taint ${found.key})`;
  };
}

function annotation(key: string, meaning: string): Finder {
  return ({ annotations }) => {
    const value = annotations[key];
    return value === undefined ? undefined : `${meaning} (annotation ${key}${value === '' ? '' : `=${value}`})`;
  };
}

function label(key: string, value: string, meaning: string): Finder {
  return ({ labels }) => (labels[key] === value ? `${meaning} (label ${key}=${value})` : undefined);
}

function machineConfig({ annotations }: Node): string | undefined {
  const current = annotations['machineconfiguration.openshift.io/currentConfig'];
  const desired = annotations['machineconfiguration.openshift.io/desiredConfig'];
  if (current === undefined || desired === undefined || current === desired) return undefined;
  return `is being updated from ${current} to ${desired}`;
}

function karpenterNode({ labels }: Node): string | undefined {
  const pool = labels['karpenter.sh/nodepool'];
  return pool === undefined ? undefined : `belongs to the NodePool ${pool}, and is to be deleted through its NodeClaim`;
}

function drainoCondition({ conditions }: Node): string | undefined {
  const scheduled = conditions.find(({ type, status }) => type === 'DrainScheduled' && status === 'True');
  return scheduled && 'is scheduled to be drained (condition DrainScheduled)';
}

function kuredHolds({ name }: Node, { kuredLocks, nowMs }: MarkContext): string | undefined {
  const lock = kuredLocks.find((one) => one.nodeName === name && isHeld(one, nowMs));
  return lock && `is locked by kured for its reboot since ${lock.created}`;
}

function kuredElsewhere({ name }: Node, { kuredLocks, nowMs }: MarkContext): string | undefined {
  const nodes = kuredLocks.filter((one) => one.nodeName !== name && isHeld(one, nowMs)).map(({ nodeName }) => nodeName);
  return nodes.length === 0 ? undefined : `is not the only one: kured is rebooting ${nodes.join(', ')}`;
}

function isHeld({ untilMs }: KuredLock, nowMs: number): boolean {
  return untilMs === undefined || untilMs >= nowMs;
}
