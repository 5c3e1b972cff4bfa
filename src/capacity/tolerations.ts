/** Which taints keep a pod from a node. */
import type { Taint } from '../cluster/node.ts';
import type { Toleration } from '../cluster/pod.ts';

/** What the node controller puts on a cordoned node. */
export const unschedulableTaint: Taint = {
  key: 'node.kubernetes.io/unschedulable',
  value: undefined,
  effect: 'NoSchedule',
};

/** Semantics: `k8s.io/component-helpers` `Toleration.ToleratesTaint`; an empty key or effect stands for all. */
export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(
    ({ key, operator, value, effect }) =>
      (isEmpty(effect) || effect === taint.effect) &&
      (isEmpty(key) || key === taint.key) &&
      (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  );
}

/** The first taint that keeps the pod away; PreferNoSchedule only makes a node less welcome. */
export function untolerated(tolerations: readonly Toleration[], taints: readonly Taint[]): Taint | undefined {
  return taints.find(
    (taint) => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !tolerates(tolerations, taint),
  );
}

/** `gpu=true:NoSchedule`, as kubectl writes it. */
export function taintText({ key, value, effect }: Taint): string {
  return isEmpty(value) ? `${key}:${effect}` : `${key}=${value}:${effect}`;
}

function isEmpty(text: string | undefined): boolean {
  return text === undefined || text === '';
}
