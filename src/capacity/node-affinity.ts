/** Whether a node is one of those that node selectors and required node affinity name. */
import type { V1NodeSelectorRequirement, V1NodeSelectorTerm } from '@kubernetes/client-node';
import type { Node } from '../cluster/node.ts';
import type { PodScheduling } from '../cluster/pod.ts';
import type { Wire } from '../cluster/wire.ts';

type NodeFacts = Pick<Node, 'name' | 'labels'>;

/** The pod's nodeSelector and its required node affinity: both have to agree. */
export function matchesSelection({ nodeSelector, affinity }: PodScheduling, node: NodeFacts): boolean {
  for (const [key, value] of Object.entries(nodeSelector)) {
    if (node.labels[key] !== value) return false;
  }
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesTerms(required.nodeSelectorTerms, node);
}

/**
 * One term is enough, all of its requirements have to hold, and a term without requirements matches no node.
 * Semantics: `k8s.io/component-helpers` `nodeaffinity.NodeSelector`.
 */
export function matchesTerms(terms: readonly Wire<V1NodeSelectorTerm>[], node: NodeFacts): boolean {
  return terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false;
    return (
      matchExpressions.every((requirement) => holds(requirement, node.labels[requirement.key])) &&
      // The name is the only field of a node that can be selected.
      matchFields.every((requirement) => requirement.key === 'metadata.name' && holds(requirement, node.name))
    );
  });
}

function holds({ operator, values = [] }: Wire<V1NodeSelectorRequirement>, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt':
      return compares(operator, value, values);
    default:
      return false;
  }
}

const integer = /^[+-]?\d+$/;

function compares(operator: 'Gt' | 'Lt', value: string | undefined, [bound]: readonly string[]): boolean {
  if (value === undefined || bound === undefined || !integer.test(value) || !integer.test(bound)) return false;
  return operator === 'Gt' ? Number(value) > Number(bound) : Number(value) < Number(bound);
}
