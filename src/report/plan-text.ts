/** The plan of a drain as text: one row a pod, what stands in the way, how far budgets go, what to know before going on. */
import type { DrainPlan, LeaveReason, NodePlan, PodDecision } from '../drain/plan.ts';
import { counted, tally } from './counting.ts';
import { identityText } from './identity-text.ts';
import { budgetLines } from './plan-budgets.ts';
import { blockerLines, capped, riskLines } from './plan-findings.ts';
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
  completed: ['finished, as its label cluster.x-k8s.io/drain asks', 'finished by themselves'],
  'terminating-too-long': ['terminating for too long: not waited for', 'terminating for too long'],
};

/** So many rows of a node, and of all nodes together, are shown without `-v`; the worst come first. */
const mostRows = { node: 50, plan: 400, least: 5 };

/** The whole plan; lines end in a line feed. */
export function renderPlan(plan: DrainPlan, options: PlanTextOptions): string {
  const { style, verbosity } = options;
  const sections = [
    ...plan.nodes.map((node) => nodeLines(node, plan, options)),
    blockerLines(plan, style, verbosity),
    budgetLines(plan.budgets, style, verbosity),
    [...roomLines(plan), ...riskLines(plan, style, verbosity)],
  ];
  const head = options.identity ? `${identityText(plan.identity)}\n` : '';
  return (
    head +
    sections
      .filter(({ length }) => length > 0)
      .map(textOf)
      .join('\n')
  );
}

/** What stands in the way, by reason; empty when nothing does. */
export function renderBlockers(plan: DrainPlan, style: Style, verbosity = 0): string {
  return textOf(blockerLines(plan, style, verbosity));
}

/** How far budgets go, over all pods of the plan; empty when they let all go at once. */
export function renderBudgets(plan: DrainPlan, style: Style, verbosity = 0): string {
  return textOf(budgetLines(plan.budgets, style, verbosity));
}

/** What to know before going on, by reason; empty when there is nothing. */
export function renderRisks(plan: DrainPlan, style: Style, verbosity = 0): string {
  return textOf(riskLines(plan, style, verbosity));
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** `node/n1: 6 pods: 1 blocked, 3 to evict, 2 left alone (2 of DaemonSets; -v lists them)`. */
export function planHeadline(node: NodePlan, plan: DrainPlan, verbosity: number): string {
  const count = (action: PodDecision['action']): number => node.pods.filter((pod) => pod.action === action).length;
  const notes = [leaveReasons(node.pods), verbosity === 0 ? '-v lists them' : ''].filter((note) => note !== '');
  const counts = tally([
    [count('blocked'), 'blocked'],
    [count('remove'), `to ${removalWord(plan)}`],
    [count('wait'), 'terminating already'],
    [count('complete'), 'to finish by itself'],
    [count('leave'), `left alone${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`],
  ]);
  const cordoned = node.cordoned ? ' (cordoned already)' : '';
  return `node/${node.node}${cordoned}: ${counted(node.pods.length, 'pod')}${counts === '' ? '' : `: ${counts}`}`;
}

function nodeLines(node: NodePlan, plan: DrainPlan, { verbosity, style }: PlanTextOptions): string[] {
  const lines = [style.strong(planHeadline(node, plan, verbosity))];
  const shown = actionOrder
    .flatMap((action) => node.pods.filter((pod) => pod.action === action).sort((a, b) => a.wave - b.wave))
    .filter((pod) => pod.action !== 'leave' || verbosity > 0);
  if (node.waves.length > 1) lines.push(wavesLine(node));
  if (shown.length > 0) {
    const columns = ['ACTION', 'POD', 'OWNER', 'BUDGET', ...(node.waves.length > 1 ? ['WAVE'] : []), 'NOTES'];
    const [header = '', ...rows] = tableLines(
      columns,
      shown.map((pod) => podRow(pod, node, plan)),
    );
    const share = Math.max(mostRows.least, Math.floor(mostRows.plan / plan.nodes.length));
    lines.push(header, ...capped(rows, Math.min(mostRows.node, share), verbosity));
  }
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
    ...(pod.action === 'complete' ? ['label cluster.x-k8s.io/drain=wait-completed'] : []),
    ...new Set([...pod.blockers, ...pod.risks].map(({ kind }) => kind.replaceAll('-', ' '))),
  ];
  const noBudget = node.budgetsKnown ? '<none>' : '<unknown>';
  return [
    pod.action === 'remove' ? removalWord(plan) : pod.action,
    `${pod.namespace}/${pod.name}`,
    pod.controller ? `${pod.controller.kind}/${pod.controller.name}` : '<none>',
    pod.budgets.length > 0 ? pod.budgets.join(',') : noBudget,
    ...(node.waves.length > 1 ? [pod.action === 'leave' ? '' : String(pod.wave + 1)] : []),
    notes.join(', '),
  ];
}

/** Why pods of the node stay: how many of each kind. */
function leaveReasons(pods: readonly PodDecision[]): string {
  return tally(
    (Object.keys(leaveWords) as LeaveReason[]).map((reason) => [
      pods.filter(({ leave }) => leave === reason).length,
      leaveWords[reason][1],
    ]),
  );
}

/** The pods of the node that stay, each with the reason. */
export function leftAloneLines({ pods }: NodePlan): readonly string[] {
  return pods.flatMap(({ action, leave, namespace, name }) =>
    action === 'leave'
      ? [`${namespace}/${name} left alone${leave === undefined ? '' : `: ${leaveWords[leave][0]}`}`]
      : [],
  );
}

/** `3 waves, one after the other: 12 ordinary, 1 cluster-critical`. */
function wavesLine({ waves, pods }: NodePlan): string {
  const counts = tally(
    waves.map((label, index) => [
      pods.filter(({ action, wave }) => action !== 'leave' && wave === index).length,
      label,
    ]),
  );
  return `${counted(waves.length, 'wave')}, one after the other: ${counts}`;
}

/** Said only where the room on other nodes was looked at. */
function roomLines({ nodes }: DrainPlan): readonly string[] {
  const verdicts = nodes.flatMap(({ pods }) => pods.flatMap(({ placement }) => placement?.verdict ?? []));
  if (verdicts.length === 0) return [];
  const count = (verdict: (typeof verdicts)[number]): number => verdicts.filter((one) => one === verdict).length;
  const counts = tally([
    [count('fits'), 'fit'],
    [count('does-not-fit'), 'do not fit'],
    [count('unknown'), 'unknown'],
  ]);
  return [`room on other nodes for ${counted(verdicts.length, 'replacement')}: ${counts}`];
}

function removalWord(plan: DrainPlan): string {
  return plan.policy.disableEviction ? 'delete' : 'evict';
}
