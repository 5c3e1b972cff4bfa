/** Blockers and risks of a plan as text: those of nodes, then one group for each reason, with the pods it concerns. */
import type { BlockerKind, DrainPlan, NodeFinding, PodDecision, RiskKind } from '../drain/plan.ts';
import { counted } from './counting.ts';
import { indented } from './harmless.ts';
import type { Style } from './style.ts';

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
  'long-grace': 'may take long to stop',
  'unknown-label': 'have a label cluster.x-k8s.io/drain that says nothing that is known',
  'ephemeral-volume': 'lose the data of ephemeral volumes',
  job: 'count as failures of their Jobs, which begin their work anew',
  'bound-by-name': 'come straight back past the cordon, because their workloads name the node',
  'single-replica': 'are the only replicas of their workloads, which are down until the replacements are ready',
  'system-replicas': 'are the last ready replicas of something that the cluster needs',
  'local-volume': "have their data on the node's own disk",
  'image-never': 'have images that are never pulled',
  'does-not-fit': 'have replacements that fit on no other node',
  'fit-unknown': 'have replacements of which it is unknown whether they fit elsewhere',
};

/** So many rows of a group are shown without `-v`. */
const mostRows = 20;
/** So many pods share a row. */
const mostNames = 3;

interface Finding {
  readonly kind: BlockerKind | RiskKind;
  readonly message: string;
  readonly pod: string;
  /** How to lift it. */
  readonly way: string;
}

/** What stands in the way; empty when nothing does. */
export function blockerLines(plan: DrainPlan, style: Style, verbosity: number): string[] {
  const findings = decisions(plan).flatMap(({ namespace, name, blockers }) =>
    blockers.map(({ kind, message, flag }) => ({
      kind,
      message,
      pod: `${namespace}/${name}`,
      way: flag === undefined ? ' (no flag lifts this)' : ` (${flag} lifts this)`,
    })),
  );
  const ofNodes = plan.nodes.flatMap(({ node, blockers = [] }) => nodeLines(node, blockers, ' (no flag lifts this)'));
  return groupLines(style.bad('blockers'), 'in the way of the drain', ofNodes, findings, verbosity);
}

/** What to know before going on; empty when there is nothing. */
export function riskLines(plan: DrainPlan, style: Style, verbosity: number): string[] {
  const findings = decisions(plan).flatMap(({ namespace, name, risks, blockers }) =>
    risks
      // What --strict made a blocker is not told twice.
      .filter(({ message }) => !blockers.some((blocker) => blocker.message === message))
      .map(({ kind, message }) => ({ kind, message, pod: `${namespace}/${name}`, way: '' })),
  );
  const ofNodes = plan.nodes.flatMap(({ node, risks = [] }) => nodeLines(node, risks, ''));
  return groupLines(style.warn('risks'), 'they do not stop the drain', ofNodes, findings, verbosity);
}

function decisions(plan: DrainPlan): readonly PodDecision[] {
  return plan.nodes.flatMap((node) => node.pods);
}

/** What concerns a node itself, and what to do about it. */
function nodeLines(node: string, findings: readonly NodeFinding[], way: string): readonly string[] {
  return findings.flatMap(({ message, fix }) => [
    `  node/${node}: ${indented(message, '    ')}${way}`,
    ...(fix === undefined ? [] : [`    ${indented(fix, '      ')}`]),
  ]);
}

function groupLines(
  title: string,
  meaning: string,
  ofNodes: readonly string[],
  findings: readonly Finding[],
  verbosity: number,
): string[] {
  if (findings.length === 0 && ofNodes.length === 0) return [];
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.kind}${finding.way}`;
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  // By code unit, so that the order is the same on every machine.
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  return [`${title} (${meaning}):`, ...ofNodes, ...sorted.flatMap((group) => oneGroup(group, verbosity))];
}

function oneGroup(group: readonly Finding[], verbosity: number): string[] {
  const { kind, message, way } = group[0] as Finding;
  const pods = new Set(group.map(({ pod }) => pod));
  const same = group.every((finding) => finding.message === message);
  const one = pods.size === 1 ? [...new Set(group.map((finding) => finding.message))].join('; ') : message;
  const title = same || pods.size === 1 ? `: ${indented(one, '    ')}` : ` ${groupTitles[kind] ?? kind}`;
  const rows = same || pods.size === 1 ? [...pods].sort() : rowsByMessage(group, verbosity);
  const shown = capped(rows, mostRows, verbosity);
  return [`  ${counted(pods.size, 'pod')}${title}${way}`, ...shown.map((row) => `    ${row}`)];
}

/** One row for each message, with the pods that it is true of, in the order of the first ones. */
function rowsByMessage(group: readonly Finding[], verbosity: number): string[] {
  const byMessage = new Map<string, Set<string>>();
  for (const { message, pod } of group) byMessage.set(message, (byMessage.get(message) ?? new Set()).add(pod));
  const rows = [...byMessage].map(([message, pods]) => {
    const names = [...pods].sort();
    const most = verbosity > 0 || names.length <= mostNames + 1 ? names.length : mostNames;
    const more = names.length > most ? ` and ${names.length - most} more` : '';
    return `${names.slice(0, most).join(', ')}${more}: ${indented(message, '    ')}`;
  });
  return rows.sort();
}

/** The first rows, and how many more there are; all of them with `-v`. */
export function capped(rows: readonly string[], most: number, verbosity: number): readonly string[] {
  // A single row more takes up no more room than the words for it.
  if (verbosity > 0 || rows.length <= most + 1) return rows;
  return [...rows.slice(0, most), `and ${rows.length - most} more; -v shows them`];
}
