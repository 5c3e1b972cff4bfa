/** Topology spread with `whenUnsatisfiable: DoNotSchedule`: which nodes would make the pods too uneven. */
import type { V1TopologySpreadConstraint } from '@kubernetes/client-node';
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import { compileSelector, type LabelMatcher } from '../cluster/selector.ts';
import type { Wire } from '../cluster/wire.ts';
import type { Board } from './board.ts';
import type { SiteCheck } from './inter-pod.ts';
import { matchesSelection } from './node-affinity.ts';
import { notDoing, type Refusal } from './refusal.ts';
import type { Tally } from './tally.ts';
import { unschedulableTaint, untolerated } from './tolerations.ts';

type Constraint = Wire<V1TopologySpreadConstraint>;

interface Spread {
  readonly constraint: Constraint;
  readonly tally: Tally;
  /** The pod itself adds one where its constraint selects it. */
  readonly self: 0 | 1;
  readonly tooUneven: Refusal;
  readonly unlabelled: Refusal;
}

/**
 * The check of plugin PodTopologySpread for one pod. Nodes of the run count as domains even when they are empty: the
 * scheduler looks past a cordon there (nodeTaintsPolicy is Ignore by default), which often leaves no place elsewhere.
 *
 * @returns a check for the board as it is now; undefined where the pod has no such constraint
 */
export function spreadCheck(board: Board, pod: Pod): (() => SiteCheck) | undefined {
  const constraints = pod.scheduling.topologySpreadConstraints.filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
  );
  if (constraints.length === 0) return undefined;
  const keys = constraints.map(({ topologyKey }) => topologyKey);
  const spreads = constraints.map((constraint) => spreadOf(board, pod, constraint, keys));
  return () => {
    const least = spreads.map(leastOf);
    return ({ node }) => {
      for (const [index, { constraint, tally, self, tooUneven, unlabelled }] of spreads.entries()) {
        const value = node.labels[constraint.topologyKey];
        if (value === undefined) return unlabelled;
        const skew = (tally.counts.get(value) ?? 0) + self - (least[index] ?? 0);
        if (skew > constraint.maxSkew) return tooUneven;
      }
      return undefined;
    };
  };
}

function spreadOf(board: Board, pod: Pod, constraint: Constraint, keys: readonly string[]): Spread {
  const { topologyKey, nodeAffinityPolicy, nodeTaintsPolicy } = constraint;
  const matches = spreadMatcher(constraint, pod);
  const honoursAffinity = nodeAffinityPolicy !== 'Ignore';
  const honoursTaints = nodeTaintsPolicy === 'Honor';
  const draining = new Set(board.sites.filter((site) => site.draining).map(({ node }) => node.name));
  const tally = board.tally({
    key: `spread ${JSON.stringify([
      pod.namespace,
      constraint,
      keys,
      (constraint.matchLabelKeys ?? []).map((key) => pod.labels[key] ?? null),
      honoursAffinity ? [pod.scheduling.nodeSelector, pod.scheduling.affinity?.nodeAffinity ?? null] : null,
      honoursTaints ? pod.tolerations : null,
    ])}`,
    topologyKey,
    livingOnly: true,
    means: ({ namespace, labels }) => namespace === pod.namespace && !selectsAll(constraint) && matches(labels),
    countsNode: (node) =>
      keys.every((key) => node.labels[key] !== undefined) &&
      (!honoursAffinity || matchesSelection(pod.scheduling, node)) &&
      (!honoursTaints || untolerated(pod.tolerations, taintsSoon(node, draining)) === undefined),
  });
  return {
    constraint,
    tally,
    self: matches(pod.labels) ? 1 : 0,
    tooUneven: notDoing(`keep its topology spread over ${topologyKey}`, { lasting: false }),
    unlabelled: notDoing(`have the label ${topologyKey} of its topology spread`),
  };
}

/** A node of the run is cordoned when its pods leave, and the controller taints cordoned nodes a moment later. */
function taintsSoon(node: Node, draining: ReadonlySet<string>): Node['taints'] {
  return node.unschedulable || draining.has(node.name) ? [...node.taints, unschedulableTaint] : node.taints;
}

function spreadMatcher({ labelSelector, matchLabelKeys = [] }: Constraint, pod: Pod): LabelMatcher {
  const selected = compileSelector(labelSelector);
  const own = matchLabelKeys.filter((key) => pod.labels[key] !== undefined);
  return (labels) => selected(labels) && own.every((key) => labels[key] === pod.labels[key]);
}

/** The scheduler counts no pods for a selector that selects all. Source: podtopologyspread `countPodsMatchSelector`. */
function selectsAll({ labelSelector, matchLabelKeys = [] }: Constraint): boolean {
  const { matchLabels = {}, matchExpressions = [] } = labelSelector ?? {};
  return Object.keys(matchLabels).length + matchExpressions.length + matchLabelKeys.length === 0;
}

/** Fewer domains than minDomains count as if there were an empty one more. */
function leastOf({ constraint, tally }: Spread): number {
  if (tally.counts.size < (constraint.minDomains ?? 1)) return 0;
  let least = Infinity;
  for (const count of tally.counts.values()) least = Math.min(least, count);
  return least;
}
