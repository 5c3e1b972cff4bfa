/** Conditions in lists: looked up by type, replaced in place, their transition times kept while the status stays. */
import type { KubeObject } from '../objects.ts';
import type { Condition } from './models.ts';

export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  const status = object['status'] as { readonly conditions?: readonly Condition[] } | undefined;
  return status?.conditions?.find((condition) => condition.type === type);
}

/**
 * The list with this condition in it: replaced where one of the type stands, else appended. `lastTransitionTime` is
 * kept unless the status changes; the list itself is returned when nothing changes (podutil.UpdatePodCondition).
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  now: string,
): readonly Condition[] {
  const list = conditions ?? [];
  const index = list.findIndex(({ type }) => type === condition.type);
  const before = list[index];
  if (!before) return [...list, { ...condition, lastTransitionTime: now }];
  const sameStatus = before.status === condition.status;
  if (sameStatus && before.reason === condition.reason && before.message === condition.message) return list;
  const after = { ...condition, lastTransitionTime: sameStatus ? (before.lastTransitionTime ?? now) : now };
  return list.map((other, at) => (at === index ? after : other));
}

/** The list without conditions of this type; the list itself when there are none. */
export function withoutCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): readonly Condition[] | undefined {
  return conditions?.some((condition) => condition.type === type)
    ? conditions.filter((condition) => condition.type !== type)
    : conditions;
}
