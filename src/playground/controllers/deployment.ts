/** Plays the Deployment controller: rolls from the old ReplicaSets to the current one. */
import type { Controller } from '../ports.ts';
import { conditionOf } from './conditions.ts';
import { createScaler, newSize, total, type ReplicaSetsOf } from './deployment-replicasets.ts';
import { byAge, desiredBefore, limitsOf, replicasOf } from './deployment-revision.ts';
import { deadlineMs, hasDeadline, isRolledOut, statusOf, withDeploymentCondition } from './deployment-status.ts';
import { createRecorder } from './events.ts';
import { observe } from './informer.ts';
import { deployments, replicaSets, type Condition, type Deployment, type Pod, type ReplicaSet } from './models.ts';
import { watchOwned } from './owned.ts';
import { isFinished } from './pod-facts.ts';
import { createQueue, keyOf, splitKey } from './queue.ts';
import { nowText } from './times.ts';

export const deploymentController: Controller = (world) => {
  const { store, registry, clock } = world;
  const record = createRecorder(world, 'deployment-controller');
  const scaler = createScaler(world, record);
  const queue = createQueue(world, sync);
  const owned = watchOwned<ReplicaSet>(world, { children: replicaSets, owners: deployments, queue });

  observe(world, [deployments], ({ kind, object }) => {
    if (kind !== 'deleted') queue.add(keyOf(object));
  });

  function sync(key: string): void {
    const { namespace, name } = splitKey(key);
    const read = (): Deployment | undefined => store.get(deployments, namespace, name) as Deployment | undefined;
    let deployment = read();
    if (!deployment) return;
    const sets = owned.of(deployment);
    if (deployment.metadata.deletionTimestamp !== undefined) {
      writeStatus(deployment, { current: undefined, old: sets }, false);
      return;
    }
    notePause(deployment);
    deployment = read() ?? deployment;
    const wanted = replicasOf(deployment);
    const resized = sets.some((set) => {
      const desired = desiredBefore(set);
      return replicasOf(set) > 0 && desired !== undefined && desired !== wanted;
    });
    if (deployment.spec.paused || resized) {
      const found = scaler.find(deployment, sets, false);
      scaler.scaleAll(deployment, found);
      if (deployment.spec.paused) scaler.cleanUp(deployment, found.old);
      writeStatus(read() ?? deployment, refresh(found), false);
    } else if ((deployment.spec.strategy?.type ?? 'RollingUpdate') === 'Recreate') {
      recreate(deployment, sets);
    } else roll(deployment, sets);
  }

  function roll(deployment: Deployment, sets: readonly ReplicaSet[]): void {
    const found = findOrCreate(deployment, sets);
    if (!found.current) return;
    if (!grow(deployment, found.current, found.old) && !shrink(deployment, found.current, found.old)) {
      if (isRolledOut(deployment, found)) scaler.cleanUp(deployment, found.old);
    }
    writeStatus(deployment, refresh(found), true);
  }

  function findOrCreate(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSetsOf {
    const found = scaler.find(deployment, sets, true);
    const name = found.current?.metadata.name;
    if (name === undefined || !hasDeadline(deployment)) return found;
    if (!sets.some(({ metadata }) => metadata.name === name)) {
      noteProgress(deployment, 'NewReplicaSetCreated', `Created new replica set "${name}"`);
    } else if (!conditionOf(deployment, 'Progressing')) {
      noteProgress(deployment, 'FoundNewReplicaSet', `Found new replica set "${name}"`);
    }
    return found;
  }

  function grow(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): boolean {
    const [size, wanted] = [replicasOf(current), replicasOf(deployment)];
    if (size === wanted) return false;
    return scaler.scale(deployment, current, size > wanted ? wanted : newSize(deployment, total(old), size));
  }

  /** Unhealthy pods of old sets first, then as many as maxUnavailable leaves (deployment/rolling.go). */
  function shrink(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): boolean {
    const active = byAge(old).filter((set) => replicasOf(set) > 0);
    if (active.length === 0) return false;
    const least = replicasOf(deployment) - limitsOf(deployment).unavailable;
    const availableOf = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
    const notYet = replicasOf(current) - availableOf(current);
    let unhealthy = total(active) + replicasOf(current) - least - notYet;
    if (unhealthy <= 0) return false;
    let spare = availableOf(current) + active.reduce((sum, set) => sum + availableOf(set), 0) - least;
    let changed = false;
    for (const set of active) {
      const size = replicasOf(set);
      const ailing = Math.max(0, Math.min(unhealthy, size - availableOf(set)));
      const healthy = Math.max(0, Math.min(spare, size - ailing));
      unhealthy -= ailing;
      spare -= healthy;
      if (scaler.scale(deployment, set, size - ailing - healthy)) changed = true;
    }
    return changed;
  }

  /** First all old pods go, then the new ones come (deployment/recreate.go). */
  function recreate(deployment: Deployment, sets: readonly ReplicaSet[]): void {
    const found = scaler.find(deployment, sets, false);
    const active = found.old.filter((set) => replicasOf(set) > 0);
    for (const set of active) scaler.scale(deployment, set, 0);
    const running = found.old.some((set) =>
      (store.controlledBy(set.metadata.uid) as readonly Pod[]).some((pod) => !isFinished(pod)),
    );
    if (active.length > 0 || running) {
      writeStatus(deployment, refresh(found), true);
      return;
    }
    const complete = findOrCreate(deployment, sets);
    if (complete.current) scaler.scale(deployment, complete.current, replicasOf(deployment));
    if (isRolledOut(deployment, complete)) scaler.cleanUp(deployment, complete.old);
    writeStatus(deployment, refresh(complete), true);
  }

  /** The sets as they stand after what was just done to them. */
  function refresh({ current, old }: ReplicaSetsOf): ReplicaSetsOf {
    const again = (set: ReplicaSet): ReplicaSet =>
      (store.get(replicaSets, set.metadata.namespace, set.metadata.name) as ReplicaSet | undefined) ?? set;
    return { current: current && again(current), old: old.map(again) };
  }

  function notePause(deployment: Deployment): void {
    const before = conditionOf(deployment, 'Progressing');
    if (!hasDeadline(deployment) || before?.reason === 'ProgressDeadlineExceeded') return;
    const paused = before?.reason === 'DeploymentPaused';
    if (deployment.spec.paused && !paused)
      noteProgress(deployment, 'DeploymentPaused', 'Deployment is paused', 'Unknown');
    if (!deployment.spec.paused && paused) {
      noteProgress(deployment, 'DeploymentResumed', 'Deployment is resumed', 'Unknown');
    }
  }

  function noteProgress({ metadata }: Deployment, reason: string, message: string, status = 'True'): void {
    const condition: Condition = { type: 'Progressing', status, reason, message };
    registry.modify(
      deployments,
      metadata.namespace,
      metadata.name,
      (now) => {
        const before = (now as Deployment).status;
        const conditions = withDeploymentCondition(before?.conditions ?? [], condition, nowText(clock));
        return { ...now, status: { ...before, conditions } };
      },
      { subresource: 'status' },
    );
  }

  function writeStatus({ metadata }: Deployment, sets: ReplicaSetsOf, rollout: boolean): void {
    const written = registry.modify(
      deployments,
      metadata.namespace,
      metadata.name,
      (now) => {
        if (now.metadata.uid !== metadata.uid) return now;
        const status = statusOf(now as Deployment, sets, clock, rollout);
        return status === (now as Deployment).status ? now : { ...now, status };
      },
      { subresource: 'status' },
    ) as Deployment | undefined;
    const progress = written && conditionOf(written, 'Progressing');
    if (!written || !progress || !hasDeadline(written)) return;
    const lateMs = deadlineMs(written, progress) - clock.now();
    if (lateMs < Infinity) queue.addAfter(keyOf(written), Math.max(1000, lateMs + 1000));
  }
};
