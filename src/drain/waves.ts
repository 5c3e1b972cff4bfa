/** In which order pods go: the pods of a wave begin when those of the former ones are gone. */
import type { Pod } from '../cluster/pod.ts';
import { parseSelector, type LabelMatcher } from '../cluster/selector.ts';
import type { OrderRule } from './plan.ts';

/** Sorts first by `order`, then by `tier`. */
export interface WaveKey {
  /** By `--order`; 0 without it. */
  readonly order: number;
  /** 0 ordinary, 1 cluster-critical, 2 node-critical and DaemonSet-like. */
  readonly tier: 0 | 1 | 2;
}

/** The number that `--order` gives to a pod. */
type OrderOf = (pod: Pod) => number;

/** Priorities of Kubernetes' own classes (`scheduling.SystemCriticalPriority`). */
const clusterCritical = 2_000_000_000;
const nodeCritical = 2_000_001_000;

/**
 * Compiles the rules of `--order`: the first that matches a pod's labels counts, all other pods have 0.
 *
 * @throws UsageError for a rule whose selector is none
 */
export function orderBy(rules: readonly OrderRule[]): OrderOf {
  const compiled = rules.map(({ order, selector }): readonly [number, LabelMatcher] => [
    order,
    parseSelector(selector),
  ]);
  return ({ labels }) => compiled.find(([, matches]) => matches(labels))?.[0] ?? 0;
}

/** The wave of one pod, by its priority class: what others may need while they end goes last. */
export function waveKey(pod: Pod, order: number): WaveKey {
  const tier =
    pod.priority >= nodeCritical || pod.controller?.kind === 'DaemonSet' ? 2 : pod.priority >= clusterCritical ? 1 : 0;
  return { order, tier };
}

/** What the pods of a wave have in common, in words. */
export function waveLabel({ order, tier }: WaveKey): string {
  const words = (['ordinary', 'cluster-critical', 'node-critical'] as const)[tier];
  return order === 0 ? words : `order ${order}, ${words}`;
}

/** The waves that occur, first to last, and the index of each of `keys` among them. */
export function wavesOf(keys: readonly WaveKey[]): {
  readonly labels: readonly string[];
  readonly indices: readonly number[];
} {
  const distinct = [...new Map(keys.map((key) => [waveLabel(key), key])).values()].sort(
    (a, b) => a.order - b.order || a.tier - b.tier,
  );
  const labels = distinct.map(waveLabel);
  return { labels, indices: keys.map((key) => labels.indexOf(waveLabel(key))) };
}
