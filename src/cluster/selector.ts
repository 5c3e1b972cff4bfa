/** Label selectors of objects (`matchLabels`, `matchExpressions`), compiled to a predicate. */
import type { V1LabelSelector } from '@kubernetes/client-node';
import type { Wire } from './wire.ts';

export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

/**
 * Compiles a LabelSelector. Absent matches nothing, empty matches everything; an unknown operator matches nothing.
 * Semantics: k8s.io/apimachinery `metav1.LabelSelectorAsSelector`; NotIn also matches where the key is missing.
 */
export function compileSelector(selector: Wire<V1LabelSelector> | undefined): LabelMatcher {
  if (!selector) return () => false;
  const checks: LabelMatcher[] = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]) =>
      (labels) =>
        labels[key] === value,
  );
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    checks.push((labels) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && (values ?? []).includes(value);
        case 'NotIn':
          return value === undefined || !(values ?? []).includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          return false;
      }
    });
  }
  return (labels) => checks.every((check) => check(labels));
}
