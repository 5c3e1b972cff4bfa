/** A term of required pod affinity or anti-affinity: which pods it means. */
import type { V1PodAffinityTerm } from '@kubernetes/client-node';
import type { Pod } from '../cluster/pod.ts';
import { compileSelector } from '../cluster/selector.ts';
import type { Wire } from '../cluster/wire.ts';

/** What selectors look at. */
export type Subject = Pick<Pod, 'namespace' | 'labels'>;

export interface InterPodTerm {
  /** The same for equal terms of pods of the same namespace. */
  readonly key: string;
  readonly topologyKey: string;
  /** False where it hangs on labels of namespaces, which kmaint does not read. */
  readonly clear: boolean;
  /** Whether it means that pod; `unknown` only for terms that are not clear. */
  readonly means: (subject: Subject) => boolean | 'unknown';
}

/**
 * Compiles a term of a pod of `namespace`. An absent namespaceSelector without namespaces means the pod's own
 * namespace, an empty one means all. The server has merged matchLabelKeys and mismatchLabelKeys into the selector.
 */
export function compileTerm(term: Wire<V1PodAffinityTerm>, namespace: string): InterPodTerm {
  const matches = compileSelector(term.labelSelector);
  const { namespaceSelector } = term;
  const named = new Set(term.namespaces ?? []);
  if (named.size === 0 && !namespaceSelector) named.add(namespace);
  const everywhere = namespaceSelector !== undefined && selectsAll(namespaceSelector);
  const clear = !namespaceSelector || everywhere;
  return {
    key: JSON.stringify([namespace, term]),
    topologyKey: term.topologyKey,
    clear,
    means(subject) {
      const inside = everywhere || named.has(subject.namespace);
      if ((!inside && clear) || !matches(subject.labels)) return false;
      return inside ? true : 'unknown';
    },
  };
}

/** The pod's own required terms. */
export function requiredTerms(pod: Pod, kind: 'podAffinity' | 'podAntiAffinity'): readonly InterPodTerm[] {
  const terms = pod.scheduling.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution;
  return terms === undefined ? noTerm : terms.map((term) => compileTerm(term, pod.namespace));
}

const noTerm: readonly InterPodTerm[] = [];

function selectsAll({
  matchLabels,
  matchExpressions,
}: NonNullable<Wire<V1PodAffinityTerm>['namespaceSelector']>): boolean {
  return Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0;
}
