/** Takes a surge back: puts the former stamp into the template, as long as nobody has rolled out anything since. */
import { withDeadline, type Clock } from '../../clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Workload } from '../../cluster/workload.ts';
import { ClusterError, exitCodes, isAbort, KmaintError } from '../../errors.ts';
import { retryTransient } from '../retry.ts';

/** The annotation with which `kubectl rollout restart` rolls pods over; every controller and viewer knows it. */
export const restartedAtAnnotation = 'kubectl.kubernetes.io/restartedAt';

/** A Deployment that was restarted, as a journal remembers it. */
export interface Stamped {
  readonly namespace: string;
  readonly name: string;
  /** What this run wrote into the template. */
  readonly stamp: string;
  /** What stood there before, null for nothing; left out, it is found in the former ReplicaSet. */
  readonly former?: string | null | undefined;
  /** The Deployment's generation right after the stamp; left out, its ReplicaSets tell whether it was changed since. */
  readonly generation?: number | undefined;
}

export type UndoVerdict =
  | 'undo'
  /** The rollout has ended well: taking it back would only move the pod once more. */
  | 'complete'
  /** The Deployment is gone, or the template no longer has our stamp. */
  | 'nothing'
  /** Somebody rolled out something else on top of ours. */
  | 'newer'
  /** The controller has not looked at the last change yet. */
  | 'unclear';

export type UndoOutcome =
  | { readonly kind: 'undone' | 'complete' | 'nothing' | 'newer' }
  /** The restart may still be under way. */
  | { readonly kind: 'failed'; readonly message: string };

/** Short: an interrupted run waits for it. */
const undoLimitMs = 15_000;
const lookAgainMs = 1000;

/** The Deployment runs what its template says, all of it, and nothing else. */
export function isRolledOut({
  settled,
  replicas,
  updatedReplicas,
  availableReplicas,
  statusReplicas,
}: Workload): boolean {
  return settled && updatedReplicas === replicas && availableReplicas === replicas && statusReplicas === replicas;
}

/**
 * What to do about a stamp, given the Deployment now and the ReplicaSets that it controls. Every template has a
 * ReplicaSet of its own: a second one with our stamp means that somebody changed the template on top of it.
 */
export function judgeUndo(
  deployment: Workload | undefined,
  sets: readonly Workload[],
  { stamp, generation }: Pick<Stamped, 'stamp' | 'generation'>,
): UndoVerdict {
  if (deployment?.templateAnnotations[restartedAtAnnotation] !== stamp) return 'nothing';
  if (isRolledOut(deployment)) return 'complete';
  if (deployment.generation === generation) return 'undo';
  if (!deployment.settled) return 'unclear';
  return sets.filter((set) => set.templateAnnotations[restartedAtAnnotation] === stamp).length > 1 ? 'newer' : 'undo';
}

/** The stamp of the newest ReplicaSet before ours; null when it had none. */
export function formerStamp(sets: readonly Workload[], stamp: string): string | null {
  const others = sets.filter((set) => set.templateAnnotations[restartedAtAnnotation] !== stamp);
  const newest = others.toSorted((a, b) => Number(b.revision) - Number(a.revision))[0];
  return newest?.templateAnnotations[restartedAtAnnotation] ?? null;
}

/**
 * Takes a restart back. Has its own time, so that it can be called after an interrupt; never rejects for what the cluster
 * answers.
 *
 * @param parent a signal that does not end with the run; left out, only the time limit ends it
 */
export async function undoSurge(
  { cluster, clock }: { readonly cluster: Cluster; readonly clock: Clock },
  stamped: Stamped,
  parent: AbortSignal = new AbortController().signal,
): Promise<UndoOutcome> {
  const late = new KmaintError(`the cluster did not answer within ${undoLimitMs / 1000} s`, {
    code: 'surge.undo',
    exitCode: exitCodes.incomplete,
  });
  const deadline = withDeadline(clock, undoLimitMs, parent, () => late);
  try {
    for (;;) {
      const verdict = await retryTransient(clock, deadline.signal, undoLimitMs, () =>
        undoOnce(cluster, stamped, deadline.signal),
      );
      if (verdict !== 'unclear') return { kind: verdict === 'undo' ? 'undone' : verdict };
      await clock.sleep(lookAgainMs, deadline.signal);
    }
  } catch (error) {
    if (!(error instanceof ClusterError) && !isAbort(error, deadline.signal)) throw error;
    const reason: unknown = deadline.signal.aborted ? deadline.signal.reason : error;
    return { kind: 'failed', message: reason instanceof Error ? reason.message : String(reason) };
  } finally {
    deadline.cancel();
  }
}

/** Judges by a fresh reading and acts on exactly that: a change in between is a conflict, and judged again. */
async function undoOnce(cluster: Cluster, stamped: Stamped, signal: AbortSignal): Promise<UndoVerdict> {
  const { namespace, name, stamp, former } = stamped;
  const deployment = await cluster.getWorkload({ kind: 'Deployment', namespace, name }, { signal });
  const needsSets = deployment !== undefined && (former === undefined || deployment.generation !== stamped.generation);
  const sets = needsSets
    ? (await cluster.listWorkloads('ReplicaSet', { namespace, signal })).filter(
        ({ controller }) => controller?.uid === deployment.uid,
      )
    : [];
  const verdict = judgeUndo(deployment, sets, stamped);
  if (verdict !== 'undo' || !deployment) return verdict;
  const value = former === undefined ? formerStamp(sets, stamp) : former;
  await cluster.annotateTemplate(deployment, { [restartedAtAnnotation]: value }, { signal });
  return 'undo';
}
