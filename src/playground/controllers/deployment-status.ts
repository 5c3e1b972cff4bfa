/** The status of a Deployment: counts, Available, Progressing (deployment/progress.go). */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../clock.ts';
import type { ReplicaSetsOf } from './deployment-replicasets.ts';
import { limitsOf, replicasOf } from './deployment-revision.ts';
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from './models.ts';
import { rfc3339 } from './times.ts';

// The API's "no deadline": the largest int32.
const noDeadline = 2_147_483_647;

/** Does the Deployment say when a rollout counts as stuck? */
export function hasDeadline({ spec }: Deployment): boolean {
  return (spec.progressDeadlineSeconds ?? 600) !== noDeadline;
}

/** The status as it should be; the one that the Deployment has when nothing changed. `rollout` also judges progress. */
export function statusOf(
  deployment: Deployment,
  sets: ReplicaSetsOf,
  clock: Clock,
  rollout: boolean,
): DeploymentStatus {
  const before = deployment.status ?? {};
  const now = rfc3339(clock.now());
  const counts = countsOf(deployment, sets);
  let conditions = available(deployment, counts, before.conditions ?? [], now);
  if (rollout) {
    conditions = hasDeadline(deployment)
      ? progressing(deployment, sets.current, counts, conditions, clock)
      : conditions.filter(({ type }) => type !== 'Progressing');
    conditions = failing(sets, conditions);
  }
  const status: DeploymentStatus = {
    ...(before.collisionCount === undefined ? {} : { collisionCount: before.collisionCount }),
    observedGeneration: deployment.metadata.generation ?? 1,
    ...nonZero(counts),
    terminatingReplicas: counts.terminatingReplicas,
    conditions,
  };
  return isDeepStrictEqual(status, before) ? before : status;
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
  readonly terminatingReplicas: number;
}

function countsOf(_deployment: Deployment, { current, old }: ReplicaSetsOf): Counts {
  const all = current ? [...old, current] : old;
  const sum = (count: (set: ReplicaSet) => number | undefined): number =>
    all.reduce((so, set) => so + (count(set) ?? 0), 0);
  const availableReplicas = sum(({ status }) => status?.availableReplicas);
  return {
    replicas: sum(({ status }) => status?.replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum(({ status }) => status?.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, sum(replicasOf) - availableReplicas),
    terminatingReplicas: sum(({ status }) => status?.terminatingReplicas),
  };
}

/** The API leaves out counts of 0. */
function nonZero(counts: Counts): Partial<Counts> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

function available(
  deployment: Deployment,
  { availableReplicas }: Counts,
  conditions: readonly Condition[],
  now: string,
): readonly Condition[] {
  const enough = availableReplicas >= replicasOf(deployment) - limitsOf(deployment).unavailable;
  const condition = enough
    ? ['True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.']
    : ['False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.'];
  const [status = '', reason = '', message = ''] = condition;
  return withDeploymentCondition(conditions, { type: 'Available', status, reason, message }, now);
}

function progressing(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  counts: Counts,
  conditions: readonly Condition[],
  clock: Clock,
): readonly Condition[] {
  const before = conditions.find(({ type }) => type === 'Progressing');
  const now = rfc3339(clock.now());
  if (counts.replicas === counts.updatedReplicas && before?.reason === 'NewReplicaSetAvailable') return conditions;
  const subject = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const condition = (status: string, reason: string, message: string): Condition => ({
    type: 'Progressing',
    status,
    reason,
    message: `${subject} ${message}`,
  });
  if (isComplete(deployment, counts)) {
    const done = condition('True', 'NewReplicaSetAvailable', 'has successfully progressed.');
    return withDeploymentCondition(conditions, done, now);
  }
  if (madeProgress(deployment.status ?? {}, counts)) {
    const lastTransitionTime = before?.status === 'True' ? (before.lastTransitionTime ?? now) : now;
    const going = {
      ...condition('True', 'ReplicaSetUpdated', 'is progressing.'),
      lastTransitionTime,
      lastUpdateTime: now,
    };
    return [...conditions.filter(({ type }) => type !== 'Progressing'), going];
  }
  if (before && deadlineMs(deployment, before) < clock.now()) {
    const late = condition('False', 'ProgressDeadlineExceeded', 'has timed out progressing.');
    return withDeploymentCondition(conditions, late, now);
  }
  return conditions;
}

function isComplete(deployment: Deployment, counts: Counts): boolean {
  const replicas = replicasOf(deployment);
  return counts.updatedReplicas === replicas && counts.replicas === replicas && counts.availableReplicas === replicas;
}

/** Has the rollout of the current template ended? */
export function isRolledOut(deployment: Deployment, sets: ReplicaSetsOf): boolean {
  return isComplete(deployment, countsOf(deployment, sets));
}

function madeProgress(before: DeploymentStatus, after: Counts): boolean {
  const oldBefore = (before.replicas ?? 0) - (before.updatedReplicas ?? 0);
  return (
    after.updatedReplicas > (before.updatedReplicas ?? 0) ||
    after.replicas - after.updatedReplicas < oldBefore ||
    after.readyReplicas > (before.readyReplicas ?? 0) ||
    after.availableReplicas > (before.availableReplicas ?? 0)
  );
}

/** When a rollout without progress counts as stuck; never once it is complete or known to be late. */
export function deadlineMs(deployment: Deployment, condition: Condition): number {
  if (condition.reason === 'NewReplicaSetAvailable' || condition.reason === 'ProgressDeadlineExceeded') return Infinity;
  const seconds = deployment.spec.progressDeadlineSeconds ?? 600;
  return Date.parse(String(condition['lastUpdateTime'])) + seconds * 1000;
}

/** What its ReplicaSets could not do, the current one's first. */
function failing({ current, old }: ReplicaSetsOf, conditions: readonly Condition[]): readonly Condition[] {
  const failure = [...(current ? [current] : []), ...old]
    .flatMap(({ status }) => status?.conditions ?? [])
    .find(({ type }) => type === 'ReplicaFailure');
  if (!failure) return conditions.filter(({ type }) => type !== 'ReplicaFailure');
  return withDeploymentCondition(conditions, failure, String(failure.lastTransitionTime));
}

/**
 * SetDeploymentCondition: one of the same status and reason stays as it is; otherwise the new one goes to the end, and
 * keeps the transition time while the status stays.
 */
export function withDeploymentCondition(
  conditions: readonly Condition[],
  condition: Condition,
  now: string,
): readonly Condition[] {
  const before = conditions.find(({ type }) => type === condition.type);
  if (before?.status === condition.status && before.reason === condition.reason) return conditions;
  const lastTransitionTime = before?.status === condition.status ? (before.lastTransitionTime ?? now) : now;
  return [
    ...conditions.filter(({ type }) => type !== condition.type),
    { ...condition, lastTransitionTime, lastUpdateTime: now },
  ];
}
