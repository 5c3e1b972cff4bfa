/** Required pod affinity, anti-affinity and topology spread: what other pods say about a node. */
import type { Store } from '../ports.ts';
import { namespaces, type Pod, type PodAffinityTerm } from './models.ts';
import type { NodeInfo } from './node-info.ts';
import { isTerminating, labelsOf } from './pod-facts.ts';
import { matcherOf } from './selectors.ts';

export interface AffinityVerdict {
  readonly reason: string;
  /** Could removing pods help? */
  readonly resolvable: boolean;
}

/**
 * Judges the nodes for one pod by the other pods (plugins PodTopologySpread and InterPodAffinity). Counts per topology
 * value once, not per node. Returns undefined when the pod has no such terms and no pod has terms against it.
 */
export function createPodAffinity(
  store: Store,
  pod: Pod,
  infos: readonly NodeInfo[],
  eligible: (info: NodeInfo) => boolean,
): (info: NodeInfo) => AffinityVerdict | undefined {
  const affinity = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const anti = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const spread = (pod.spec.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
  );
  const wanted = affinity.map((term) => ({ term, values: topologiesWith(store, pod, term, infos) }));
  const shunned = anti.map((term) => ({ term, values: topologiesWith(store, pod, term, infos) }));
  const forbidden = forbiddenByOthers(store, pod, infos);
  const spreads = spread.map((constraint) => {
    const matches = matcherOf(constraint.labelSelector);
    const counts = new Map<string, number>();
    for (const info of infos) {
      const value = labelsOf(info.node)[constraint.topologyKey];
      if (value === undefined || !eligible(info)) continue;
      const here = info.pods.filter(
        (other) =>
          other.metadata.namespace === pod.metadata.namespace && !isTerminating(other) && matches(labelsOf(other)),
      );
      counts.set(value, (counts.get(value) ?? 0) + here.length);
    }
    return { constraint, counts, least: Math.min(...counts.values()), self: matches(labelsOf(pod)) ? 1 : 0 };
  });
  // The first pod of a group that wants to be with itself may go anywhere.
  const first =
    wanted.every(({ values }) => values.size === 0) && affinity.every((term) => termMatches(store, pod, term, pod));

  return ({ node }) => {
    const labels = labelsOf(node);
    for (const { constraint, counts, least, self } of spreads) {
      const value = labels[constraint.topologyKey];
      if (value === undefined) {
        return {
          reason: "node(s) didn't match pod topology spread constraints (missing required label)",
          resolvable: false,
        };
      }
      if ((counts.get(value) ?? 0) + self - least > constraint.maxSkew) {
        return { reason: "node(s) didn't match pod topology spread constraints", resolvable: true };
      }
    }
    for (const { term, values } of wanted) {
      const value = labels[term.topologyKey];
      if (value === undefined || !(values.has(value) || first)) {
        return { reason: "node(s) didn't match pod affinity rules", resolvable: false };
      }
    }
    if (shunned.some(({ term, values }) => values.has(labels[term.topologyKey] ?? ''))) {
      return { reason: "node(s) didn't match pod anti-affinity rules", resolvable: true };
    }
    if (forbidden.some(({ key, value }) => labels[key] === value)) {
      return { reason: "node(s) didn't satisfy existing pods anti-affinity rules", resolvable: true };
    }
    return undefined;
  };
}

/** Values of the term's topology key on nodes where a pod matches the term. */
function topologiesWith(
  store: Store,
  pod: Pod,
  term: PodAffinityTerm,
  infos: readonly NodeInfo[],
): ReadonlySet<string> {
  const values = new Set<string>();
  for (const { node, pods } of infos) {
    const value = labelsOf(node)[term.topologyKey];
    if (value === undefined || values.has(value)) continue;
    if (pods.some((other) => termMatches(store, pod, term, other))) values.add(value);
  }
  return values;
}

/** Topologies in which a running pod's anti-affinity matches this pod. */
function forbiddenByOthers(
  store: Store,
  pod: Pod,
  infos: readonly NodeInfo[],
): readonly { readonly key: string; readonly value: string }[] {
  const found: { readonly key: string; readonly value: string }[] = [];
  for (const { node, antiAffine } of infos) {
    for (const other of antiAffine) {
      const terms = other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
      for (const term of terms ?? []) {
        const value = labelsOf(node)[term.topologyKey];
        if (value !== undefined && termMatches(store, other, term, pod)) found.push({ key: term.topologyKey, value });
      }
    }
  }
  return found;
}

/** Does `other` match a term of `pod`: by labels, in the term's namespaces (by default the pod's own)? */
function termMatches(store: Store, pod: Pod, term: PodAffinityTerm, other: Pod): boolean {
  const namespace = other.metadata.namespace ?? '';
  const inNamespaces =
    term.namespaceSelector || term.namespaces?.length
      ? (term.namespaces ?? []).includes(namespace) ||
        (term.namespaceSelector !== undefined &&
          matcherOf(term.namespaceSelector)(labelsOf(store.get(namespaces, undefined, namespace) ?? { metadata: {} })))
      : namespace === pod.metadata.namespace;
  return inNamespaces && matcherOf(term.labelSelector)(labelsOf(other));
}
