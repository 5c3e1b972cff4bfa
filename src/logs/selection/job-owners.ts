/** Which CronJobs the Jobs of pods came from: pods do not say, and new Jobs come while pods are followed. */
import type { Change } from '../../cluster/cluster.ts';
import type { LogOwner, OwnerLookup } from '../../cluster/log-owner.ts';
import type { LogPod } from '../../cluster/log-pod.ts';
import { ClusterError } from '../../errors.ts';

export interface JobRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The Job that controls the pod, if one does; other groups have Jobs too. */
export function jobOf({ namespace, controller }: LogPod): JobRef | undefined {
  if (controller?.kind !== 'Job' || !controller.apiVersion.startsWith('batch/')) return undefined;
  return { namespace, name: controller.name, uid: controller.uid };
}

export class JobOwners {
  readonly #cronJobs = new Map<string, readonly string[]>();

  /** Names of the CronJobs of the pod's Job; undefined while the Job is not known. */
  cronJobsOf(pod: LogPod): readonly string[] | undefined {
    const job = jobOf(pod);
    return job && this.#cronJobs.get(job.uid);
  }

  learn(job: Pick<LogOwner, 'uid' | 'owners'>): void {
    // Not only controllers: older kubectl's `create job --from` left an ordinary reference.
    const owners = job.owners.filter(({ kind, apiVersion }) => kind === 'CronJob' && apiVersion.startsWith('batch/'));
    this.#cronJobs.set(
      job.uid,
      owners.map(({ name }) => name),
    );
  }

  /**
   * Jobs of the change that are not known yet, each once. Those of a pod that is gone are forgotten, so that not every
   * Job there ever was is kept; should another pod of it turn up, it is asked for again.
   */
  missing(change: Change<LogPod>): readonly JobRef[] {
    if (change.type === 'deleted') {
      this.#cronJobs.delete(jobOf(change.item)?.uid ?? '');
      return [];
    }
    const missing = new Map<string, JobRef>();
    for (const pod of change.type === 'snapshot' ? change.items : [change.item]) {
      const job = jobOf(pod);
      if (job && !this.#cronJobs.has(job.uid)) missing.set(job.uid, job);
    }
    return [...missing.values()];
  }
}

// A list is cheaper than this many reads, and few namespaces run more Jobs at a time.
const readsAtMost = 5;

/** Reads the Jobs that are asked for; those that are gone, or cannot be read, are told by their names. */
export async function learnJobs(
  known: JobOwners,
  jobs: readonly JobRef[],
  lookup: OwnerLookup,
  signal: AbortSignal,
): Promise<void> {
  const namespaces = [...new Set(jobs.map(({ namespace }) => namespace))];
  const reads = namespaces.map(async (namespace) => {
    const wanted = jobs.filter((job) => job.namespace === namespace);
    const found = await readJobs(namespace, wanted, lookup, signal);
    const byUid = new Map(found.map((job) => [job.uid, job]));
    for (const job of wanted) known.learn(byUid.get(job.uid) ?? guessed(job));
  });
  await Promise.all(reads);
}

async function readJobs(
  namespace: string,
  wanted: readonly JobRef[],
  lookup: OwnerLookup,
  signal: AbortSignal,
): Promise<readonly LogOwner[]> {
  const scope = { namespace, signal };
  try {
    const answers =
      wanted.length > readsAtMost
        ? [await lookup.list('Job', scope)]
        : await Promise.all(wanted.map(({ name }) => lookup.named('Job', name, scope)));
    return answers.flatMap((answer) => (answer.kind === 'found' ? answer.owners : []));
  } catch (error) {
    // A server that does not answer now must not stop the logs that flow already.
    signal.throwIfAborted();
    if (!(error instanceof ClusterError)) throw error;
    return [];
  }
}

/** The CronJob controller names a Job after the minute it is for: `NAME-29384756`. */
function guessed({ name, uid }: JobRef): Pick<LogOwner, 'uid' | 'owners'> {
  const cronJob = /^(.+)-\d{8,}$/.exec(name)?.[1];
  const reference = { apiVersion: 'batch/v1', kind: 'CronJob', uid: '', controller: true };
  return { uid, owners: cronJob === undefined ? [] : [{ ...reference, name: cronJob }] };
}
