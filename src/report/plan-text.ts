/** The plan of a drain as text: one row a pod, then what stands in the way, then what to know before going on. */
import type { BlockerKind, DrainPlan, LeaveReason, NodePlan, PodDecision, RiskKind } from '../drain/plan.ts';
import { counted, tally } from './counting.ts';
import { identityText } from './identity-text.ts';
import { indented } from './harmless.ts';
import type { Style } from './style.ts';
import { tableLines } from './table.ts';

export interface PlanTextOptions {
  /** Begin with context, server and user; needed wherever the plan may be read on its own. */
  readonly identity: boolean;
  /** 1 and more: a row for each pod that is left alone, too. */
  readonly verbosity: number;
  readonly style: Style;
}

const actionOrder = ['blocked', 'remove', 'wait', 'complete', 'leave'] as const;

/** How a reason to leave a pod alone reads in its row, and after a count. */
const leaveWords: Record<LeaveReason, readonly [note: string, counted: string]> = {
  daemonset: ['DaemonSet pod', 'of DaemonSets'],
  mirror: ['static pod: stops with the node', 'static'],
  'skip-label': ['label cluster.x-k8s.io/drain=skip', 'labelled to be skipped'],
  'terminating-too-long': ['terminating for too long: not waited for', 'terminating for too long'],
};

/** For groups whose members' messages differ; all others are named by their message. */
const groupTitles: Partial<Record<BlockerKind | RiskKind, string>> = {
  daemonset: 'belong to DaemonSets',
  'daemonset-missing': 'belong to DaemonSets that are gone, so nothing would bring them back',
  'daemonset-unknown': 'may belong to DaemonSets, which could not be read',
  'several-budgets': 'are matched by several budgets each, and the server refuses to evict such pods',
  strict: 'carry a risk that --strict turns into a blocker',
  'empty-dir': 'lose the data of emptyDir volumes',
  'empty-dir-memory': 'lose the data of in-memory emptyDir volumes',
  'host-path': 'leave the data of hostPath volumes behind on this node',
  'tolerates-unschedulable': 'tolerate the cordon and may come straight back to this node',
  'budget-bypassed': 'have their budgets bypassed (--disable-eviction)',
  'budget-never': 'have a budget that never allows a disruption at this size',
  'budget-not-now': 'have a budget that allows no disruption now',
  'budget-settling': 'have a budget that is still being computed by the server',
  finalizers: 'stay until their finalizers are removed',
  'shorter-grace': 'get less time to stop than they ask for',
};

/** The whole plan; lines end in a line feed. */
export function renderPlan(plan: DrainPlan, options: PlanTextOptions): string {
  const sections = plan.nodes.map((node) => nodeLines(node, plan, options));
  const blockers = blockerLines(plan, options.style);
  const risks = riskLines(plan, options.style);
  if (blockers.length > 0) sections.push(blockers);
  if (risks.length > 0) sections.push(risks);
  const head = options.identity ? `${identityText(plan.identity)}\n` : '';
  return head + sections.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

/** What stands in the way, by reason; empty when nothing does. */
export function renderBlockers(plan: DrainPlan, style: Style): string {
  return blockerLines(plan, style)
    .map((line) => `${line}\n`)
    .join('');
}

/** What to know before going on, by reason; empty when there is nothing. */
export function renderRisks(plan: DrainPlan, style: Style): string {
  return riskLines(plan, style)
    .map((line) => `${line}\n`)
    .join('');
}

/** `node/n1: 1 pod blocked, 3 to evict, 2 left alone`. */
export function planHeadline(node: NodePlan, plan: DrainPlan): string {
  const count = (action: PodDecision['action']): number => node.pods.filter((pod) => pod.action === action).length;
  const counts = tally([
    [count('blocked'), 'blocked'],
    [count('remove'), `to ${removalWord(plan)}`],
    [count('wait'), 'terminating already'],
    [count('leave'), 'left alone'],
  ]);
  const cordoned = node.cordoned ? ' (cordoned already)' : '';
  return `node/${node.node}${cordoned}: ${counted(node.pods.length, 'pod')}${counts === '' ? '' : `: ${counts}`}`;
}

function nodeLines(node: NodePlan, plan: DrainPlan, { verbosity, style }: PlanTextOptions): string[] {
  const lines = [style.strong(planHeadline(node, plan))];
  const shown = actionOrder
    .flatMap((action) => node.pods.filter((pod) => pod.action === action))
    .filter((pod) => pod.action !== 'leave' || verbosity > 0);
  if (shown.length > 0) {
    const rows = shown.map((pod) => podRow(pod, node, plan));
    lines.push(...tableLines(['ACTION', 'POD', 'OWNER', 'BUDGET', 'NOTES'], rows));
  }
  const left = node.pods.filter((pod) => pod.action === 'leave');
  if (left.length > 0 && verbosity === 0) lines.push(leftAloneLine(left));
  if (!node.budgetsKnown) {
    lines.push(`budgets of node/${node.node}'s pods could not be read: the server decides at each eviction`);
  }
  return lines;
}

/** Notes are kept short: blockers and risks are told in full below the tables. */
function podRow(pod: PodDecision, node: NodePlan, plan: DrainPlan): string[] {
  const notes = [
    ...(pod.leave === undefined ? [] : [leaveWords[pod.leave][0]]),
    ...(pod.action === 'wait' ? ['terminating already'] : []),
    ...new Set([...pod.blockers, ...pod.risks].map(({ kind }) => kind.replaceAll('-', ' '))),
  ];
  const noBudget = node.budgetsKnown ? '<none>' : '<unknown>';
  return [
    pod.action === 'remove' ? removalWord(plan) : pod.action,
    `${pod.namespace}/${pod.name}`,
    pod.controller ? `${pod.controller.kind}/${pod.controller.name}` : '<none>',
    pod.budgets.length > 0 ? pod.budgets.join(',') : noBudget,
    notes.join(', '),
  ];
}

function leftAloneLine(pods: readonly PodDecision[]): string {
  const reasons = tally(
    (Object.keys(leaveWords) as LeaveReason[]).map((reason) => [
      pods.filter((pod) => pod.leave === reason).length,
      leaveWords[reason][1],
    ]),
  );
  return `${counted(pods.length, 'pod')} left alone${reasons === '' ? '' : ` (${reasons})`}; -v lists them`;
}

interface Finding {
  readonly kind: BlockerKind | RiskKind;
  readonly message: string;
  readonly pod: string;
  /** How to lift it. */
  readonly way: string;
}

function blockerLines(plan: DrainPlan, style: Style): string[] {
  const findings = decisions(plan).flatMap(({ namespace, name, blockers }) =>
    blockers.map(({ kind, message, flag }) => ({
      kind,
      message,
      pod: `${namespace}/${name}`,
      way: flag === undefined ? ' (no flag lifts this)' : ` (${flag} lifts this)`,
    })),
  );
  return groupLines(style.bad('blockers'), 'in the way of the drain', findings);
}

function riskLines(plan: DrainPlan, style: Style): string[] {
  const findings = decisions(plan).flatMap(({ namespace, name, risks, blockers }) =>
    risks
      // What --strict made a blocker is not told twice.
      .filter(({ message }) => !blockers.some((blocker) => blocker.message === message))
      .map(({ kind, message }) => ({ kind, message, pod: `${namespace}/${name}`, way: '' })),
  );
  return groupLines(style.warn('risks'), 'they do not stop the drain', findings);
}

function decisions(plan: DrainPlan): readonly PodDecision[] {
  return plan.nodes.flatMap((node) => node.pods);
}

function groupLines(title: string, meaning: string, findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.kind}${finding.way}`;
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  // By code unit, so that the order is the same on every machine.
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  return [`${title} (${meaning}):`, ...sorted.flatMap(oneGroup)];
}

function oneGroup(group: readonly Finding[]): string[] {
  const { kind, message, way } = group[0] as Finding;
  const pods = new Set(group.map(({ pod }) => pod));
  const same = group.every((finding) => finding.message === message);
  const title = same ? `: ${indented(message, '    ')}` : ` ${groupTitles[kind] ?? kind}`;
  const rows = new Set(
    group.map((finding) => (same ? finding.pod : `${finding.pod}: ${indented(finding.message, '    ')}`)),
  );
  return [`  ${counted(pods.size, 'pod')}${title}${way}`, ...[...rows].sort().map((row) => `    ${row}`)];
}

function removalWord(plan: DrainPlan): string {
  return plan.policy.disableEviction ? 'delete' : 'evict';
}
