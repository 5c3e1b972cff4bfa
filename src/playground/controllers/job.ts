/** Plays the Job controller: pods until enough have succeeded, or too many failed. */
import { isDeepStrictEqual } from 'node:util';
import type { Controller } from '../ports.ts';
import { conditionOf } from './conditions.ts';
import { createRecorder } from './events.ts';
import { observe } from './informer.ts';
import { jobs, pods, type Condition, type Job, type JobStatus, type Pod } from './models.ts';
import { watchOwned } from './owned.ts';
import { createPodControl } from './pod-control.ts';
import { isActive, isReady, isTerminating } from './pod-facts.ts';
import { byDeletionOrder } from './pod-ranking.ts';
import { createQueue, keyOf, splitKey } from './queue.ts';
import { nowText } from './times.ts';

/** Holds a pod back until its end is counted. */
const tracking = 'batch.kubernetes.io/job-tracking';
// A failed pod is followed by the next after 10 s, 20 s, 40 s …
const firstBackoffMs = 10_000;
const longestBackoffMs = 600_000;

interface Verdict {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

export const jobController: Controller = (world) => {
  const { store, registry, clock } = world;
  const record = createRecorder(world, 'job-controller');
  const control = createPodControl(world, record);
  const queue = createQueue(world, sync);
  const owned = watchOwned<Pod>(world, { children: pods, owners: jobs, queue });
  /** When the last pod of a Job failed, by uid. */
  const failedAt = new Map<string, number>();

  observe(world, [jobs], ({ kind, object }) => {
    if (kind === 'deleted') failedAt.delete(object.metadata.uid);
    else queue.add(keyOf(object));
  });

  function sync(key: string): void {
    const { namespace, name } = splitKey(key);
    const job = store.get(jobs, namespace, name) as Job | undefined;
    if (!job) return;
    const own = owned.of(job);
    if (verdictOf(job)) {
      for (const pod of own) untrack(pod);
      expire(job, key);
      return;
    }
    const status = count(job, own);
    for (const pod of own) if (isCounted(pod)) untrack(pod);
    if (job.metadata.deletionTimestamp !== undefined) {
      for (const pod of own) untrack(pod);
      return;
    }
    const verdict = judge(job, status);
    const active = own.filter(isActive);
    if (verdict) finish(job, verdict, active);
    else if (job.spec.suspend) for (const pod of active) control.delete(job, pod);
    else manage(job, key, status, active);
    writeStatus(job, status, verdict);
  }

  /** The job's counts with the pods that ended since. */
  function count(job: Job, own: readonly Pod[]): { readonly succeeded: number; readonly failed: number } {
    let { succeeded = 0, failed = 0 } = job.status ?? {};
    for (const pod of own) {
      if (!pod.metadata.finalizers?.includes(tracking) || !isCounted(pod)) continue;
      if (pod.status?.phase === 'Succeeded') succeeded += 1;
      else {
        failed += 1;
        failedAt.set(job.metadata.uid, clock.monotonic());
      }
    }
    const unchanged = succeeded === (job.status?.succeeded ?? 0) && failed === (job.status?.failed ?? 0);
    if (!unchanged) writeStatus(job, { succeeded, failed }, undefined);
    return { succeeded, failed };
  }

  function judge(job: Job, { succeeded, failed }: { succeeded: number; failed: number }): Verdict | undefined {
    const { completions, backoffLimit = 6, activeDeadlineSeconds } = job.spec;
    if (failed > backoffLimit) {
      const message = 'Job has reached the specified backoff limit';
      return { type: 'Failed', reason: 'BackoffLimitExceeded', message };
    }
    const startedMs = Date.parse(job.status?.startTime ?? nowText(clock));
    if (activeDeadlineSeconds !== undefined && clock.now() - startedMs >= activeDeadlineSeconds * 1000) {
      const message = 'Job was active longer than specified deadline';
      return { type: 'Failed', reason: 'DeadlineExceeded', message };
    }
    const running = (store.controlledBy(job.metadata.uid) as readonly Pod[]).some(isActive);
    // Without completions one success is enough, once the others have ended.
    const done = completions === undefined ? succeeded > 0 && !running : succeeded >= completions;
    const message = 'Reached expected number of succeeded pods';
    return done ? { type: 'Complete', reason: 'CompletionsReached', message } : undefined;
  }

  function manage(
    job: Job,
    key: string,
    { succeeded, failed }: { succeeded: number; failed: number },
    active: readonly Pod[],
  ): void {
    const { parallelism = 1, completions, activeDeadlineSeconds } = job.spec;
    if (activeDeadlineSeconds !== undefined) queue.addAfter(key, activeDeadlineSeconds * 1000);
    const needed = completions === undefined ? (succeeded > 0 ? active.length : parallelism) : completions - succeeded;
    const wanted = Math.min(parallelism, needed);
    if (active.length > wanted) {
      const excess = active.length - wanted;
      for (const pod of byDeletionOrder(active, active, clock.now()).slice(0, excess)) control.delete(job, pod);
      return;
    }
    const lastMs = failedAt.get(job.metadata.uid);
    if (lastMs !== undefined && failed > 0) {
      const waitMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failed - 1)) - (clock.monotonic() - lastMs);
      if (waitMs > 0) {
        queue.addAfter(key, waitMs);
        return;
      }
    }
    for (let missing = wanted - active.length; missing > 0; missing -= 1) {
      if (!control.create(job, job.spec.template, { labels: jobLabels(job), finalizers: [tracking] })) return;
    }
  }

  function finish(job: Job, { type, reason, message }: Verdict, active: readonly Pod[]): void {
    for (const pod of active) control.delete(job, pod);
    if (type === 'Complete') record(job, 'Normal', 'Completed', 'Job completed');
    else record(job, 'Warning', reason, message);
  }

  /** Lets the pod go. */
  function untrack(pod: Pod): void {
    if (!pod.metadata.finalizers?.includes(tracking)) return;
    registry.modify(pods, pod.metadata.namespace, pod.metadata.name, (current) => {
      const { finalizers = [], ...metadata } = current.metadata;
      const left = finalizers.filter((finalizer) => finalizer !== tracking);
      return { ...current, metadata: left.length === 0 ? metadata : { ...metadata, finalizers: left } };
    });
  }

  /** ttlSecondsAfterFinished. */
  function expire(job: Job, key: string): void {
    const { ttlSecondsAfterFinished } = job.spec;
    const ended = verdictOf(job)?.lastTransitionTime;
    if (ttlSecondsAfterFinished === undefined || !ended || job.metadata.deletionTimestamp !== undefined) return;
    const leftMs = Date.parse(ended) + ttlSecondsAfterFinished * 1000 - clock.now();
    const { namespace, name, uid } = job.metadata;
    if (leftMs > 0) queue.addAfter(key, leftMs);
    else registry.delete(jobs, namespace, name, { propagationPolicy: 'Foreground', preconditions: { uid } });
  }

  function writeStatus(
    job: Job,
    { succeeded, failed }: { succeeded: number; failed: number },
    verdict: Verdict | undefined,
  ): void {
    const { namespace, name, uid } = job.metadata;
    registry.modify(
      jobs,
      namespace,
      name,
      (current) => {
        if (current.metadata.uid !== uid) return current;
        const own = store.controlledBy(uid) as readonly Pod[];
        const active = verdict ? [] : own.filter(isActive);
        const before = (current as Job).status;
        const now = nowText(clock);
        const conditions = verdict ? endConditions(before?.conditions ?? [], verdict, now) : before?.conditions;
        const startTime = before?.startTime ?? (job.spec.suspend ? undefined : now);
        const status: JobStatus = {
          ...(conditions ? { conditions } : {}),
          ...(startTime === undefined ? {} : { startTime }),
          ...(verdict?.type === 'Complete' ? { completionTime: now } : {}),
          ...(active.length > 0 ? { active: active.length } : {}),
          ...(succeeded > 0 ? { succeeded } : {}),
          ...(failed > 0 ? { failed } : {}),
          ready: active.filter(isReady).length,
          terminating: own.filter((pod) => isTerminating(pod) && !isCounted(pod)).length,
          uncountedTerminatedPods: {},
        };
        return isDeepStrictEqual(status, before) ? current : { ...current, status };
      },
      { subresource: 'status' },
    );
  }
};

/** The condition by which a Job has ended. */
function verdictOf(job: Job): Condition | undefined {
  const ended = ['Complete', 'Failed'].map((type) => conditionOf(job, type));
  return ended.find((condition) => condition?.status === 'True');
}

/** Has its end been decided? A pod that is asked to end counts as failed (podReplacementPolicy TerminatingOrFailed). */
function isCounted(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' || isTerminating(pod);
}

/** The labels that the API server's strategy puts into the template; again, for Jobs that it did not see. */
function jobLabels({ metadata: { name, uid } }: Job): Record<string, string> {
  return {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
}

/** Since 1.31 the final condition is announced by an interim one. */
function endConditions(before: readonly Condition[], { type, reason, message }: Verdict, now: string): Condition[] {
  const condition = { status: 'True', reason, message, lastProbeTime: now, lastTransitionTime: now };
  const interim = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  return [...before, { type: interim, ...condition }, { type, ...condition }];
}
