/** Which taints a pod tolerates (component-helpers, `FindMatchingUntoleratedTaint`). */
import type { Taint, Toleration } from './models.ts';

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  const operator = toleration.operator ?? 'Equal';
  if (operator === 'Exists') return true;
  // Without a key only Exists tolerates everything; the API server refuses anything else.
  return operator === 'Equal' && (toleration.value ?? '') === (taint.value ?? '');
}

/** Is every taint of these effects tolerated? */
export function toleratesAll(
  tolerations: readonly Toleration[] | undefined,
  taints: readonly Taint[] | undefined,
  effects: readonly string[],
): boolean {
  return (taints ?? []).every(
    (taint) =>
      !effects.includes(taint.effect) || (tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  );
}
