/** Checks of changes that there are not of new objects (pkg/apis/core/validation, pkg/apis/policy/validation). */
import type { KubeObject, ResourceType } from './objects.ts';
import { invalidValue, type FieldProblem } from './registry-errors.ts';

const budgetCounts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'];

/** All that is wrong with the status of a changed object. */
export function statusProblems(type: ResourceType, object: KubeObject): FieldProblem[] {
  if (type.kind !== 'PodDisruptionBudget') return [];
  const status = (object['status'] ?? {}) as Readonly<Record<string, unknown>>;
  return budgetCounts.flatMap((name) => {
    const count = status[name];
    if (typeof count !== 'number' || count >= 0) return [];
    return [invalidValue(`status.${name}`, count, 'must be greater than or equal to 0')];
  });
}

interface PodSpec {
  readonly containers?: readonly unknown[];
  readonly initContainers?: readonly unknown[];
}

/**
 * A change of a pod is told a second time of images that are missing, unless it adds or removes containers
 * (ValidateContainerUpdates).
 */
export function imagesAgain(
  type: ResourceType,
  current: KubeObject,
  next: KubeObject,
  problems: readonly FieldProblem[],
): readonly FieldProblem[] {
  if (type.kind !== 'Pod' || problems.length === 0) return [];
  const before = (current['spec'] ?? {}) as PodSpec;
  const after = (next['spec'] ?? {}) as PodSpec;
  if (before.containers?.length !== after.containers?.length) return [];
  const looksFurther = (before.initContainers?.length ?? 0) === (after.initContainers?.length ?? 0);
  const lists = looksFurther ? ['spec.containers[', 'spec.initContainers['] : ['spec.containers['];
  // The containers' come first here.
  return lists.flatMap((list) =>
    problems.filter(({ field, reason }) => {
      return reason === 'FieldValueRequired' && field.startsWith(list) && field.endsWith('.image');
    }),
  );
}
