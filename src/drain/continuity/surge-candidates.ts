/** Finds the single replicas on the node that can be moved instead of evicted, and says why the others cannot. */
import type { Cluster } from '../../cluster/cluster.ts';
import { podName, type Pod } from '../../cluster/pod.ts';
import type { Workload } from '../../cluster/workload.ts';
import { ClusterError } from '../../errors.ts';
import type { ContinuityContext } from './context.ts';
import { retryTransient } from '../retry.ts';
import { ownerName, type Owner } from './owners.ts';
import { isRolledOut, restartedAtAnnotation } from './surge-undo.ts';
import { surgeEligibility, type SurgeFacts, type SurgeVerdict } from './surge-eligibility.ts';

/** How long passing errors may keep a pod from being judged: one that is not surged is evicted. */
const readBudgetMs = 15_000;

export interface SurgeCandidate {
  readonly pod: Pod;
  readonly deployment: Workload;
}

export interface SurgePolicy {
  /** Also restart what a GitOps controller manages. */
  readonly allowGitOps?: boolean | undefined;
}

/**
 * The pods whose Deployment has one replica and can be surged, each with it. Every other single replica gets a warning:
 * its eviction means downtime. What cannot be read is not surged, and is warned about as well.
 *
 * @param pods those that are to leave the node
 */
export async function surgeCandidates(
  context: ContinuityContext,
  pods: readonly Pod[],
  policy: SurgePolicy = {},
): Promise<readonly SurgeCandidate[]> {
  const candidates: SurgeCandidate[] = [];
  const warned = new Set<string>();
  const warn = (message: string): void => {
    if (!warned.has(message)) context.report.emit({ type: 'warning', message });
    warned.add(message);
  };
  for (const pod of pods.filter(({ finished, deletionTimestamp }) => !finished && deletionTimestamp === undefined)) {
    try {
      const judged = await retryTransient(context.clock, context.signal, readBudgetMs, () =>
        judge(context, pod, policy),
      );
      if (!judged) continue;
      const { owner, workload, verdict } = judged;
      if (verdict === 'eligible') candidates.push({ pod, deployment: workload });
      else
        warn(`${ownerName(owner)} has one replica and cannot be surged: ${verdict.not}; its eviction means downtime`);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      warn(`pod ${podName(pod)} is not surged, because its owner cannot be read (${error.message})`);
    }
  }
  return candidates;
}

/** Undefined for a pod that is not the only replica of its owner. */
async function judge(
  context: ContinuityContext,
  pod: Pod,
  policy: SurgePolicy,
): Promise<{ readonly owner: Owner; readonly workload: Workload; readonly verdict: SurgeVerdict } | undefined> {
  const { cluster, owners, signal } = context;
  const owner = await owners.of(pod, signal);
  const workload = owner && (await cluster.getWorkload(owner, { signal }));
  if (!owner || workload?.uid !== owner.uid || workload.replicas !== 1) return undefined;
  if ((await stampOnItsWay(context, pod, workload)) !== undefined) return { owner, workload, verdict: 'eligible' };
  const facts = await readSurgeFacts(cluster, pod, policy, signal);
  return { owner, workload, verdict: surgeEligibility(workload, pod, facts) };
}

/**
 * The stamp of a restart that the run had begun before it was broken off, and that is under way, with this pod as its old
 * one: it goes by itself once the new one is ready. Undefined when there is none.
 *
 * @throws ClusterError when the pod's ReplicaSet cannot be read
 */
export async function stampOnItsWay(
  { cluster, signal, openStamps }: ContinuityContext,
  { namespace, controller }: Pod,
  workload: Workload,
): Promise<string | undefined> {
  const stamp = workload.templateAnnotations[restartedAtAnnotation];
  if (stamp === undefined || !openStamps?.has(stamp) || workload.kind !== 'Deployment' || isRolledOut(workload)) {
    return undefined;
  }
  if (controller?.kind !== 'ReplicaSet') return undefined;
  const set = await cluster.getWorkload({ kind: 'ReplicaSet', namespace, name: controller.name }, { signal });
  const isOld = set?.uid === controller.uid && set.templateAnnotations[restartedAtAnnotation] !== stamp;
  return isOld ? stamp : undefined;
}

/** Reads what {@link surgeEligibility} needs besides the objects themselves; forbidden is a fact, too. */
export async function readSurgeFacts(
  cluster: Cluster,
  { namespace, volumes }: Pod,
  { allowGitOps }: SurgePolicy,
  signal: AbortSignal,
): Promise<SurgeFacts> {
  const names = volumes.flatMap(({ claimName }) => claimName ?? []);
  if (names.length === 0) return { claims: [], allowGitOps };
  try {
    const all = await cluster.listClaims({ namespace, signal });
    const modes = new Map(
      all.filter((claim) => claim.namespace === namespace).map(({ name, accessModes }) => [name, accessModes]),
    );
    return { claims: names.map((claim) => ({ claim, accessModes: modes.get(claim) ?? [] })), allowGitOps };
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') throw error;
    return { claims: { unknown: error.message }, allowGitOps };
  }
}
