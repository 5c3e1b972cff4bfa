/** Whether a Deployment's only pod can be moved by a restart of its rollout, without a moment of downtime. */
import type { Pod } from '../../cluster/pod.ts';
import type { Workload } from '../../cluster/workload.ts';

/** What the pod's claims allow: the access modes of each, or why they are not known. */
export type ClaimFacts = readonly { readonly claim: string; readonly accessModes: readonly string[] }[];

export interface SurgeFacts {
  readonly claims: ClaimFacts | { readonly unknown: string };
  /** Also restart what a GitOps controller manages, which may put the template back at any time. */
  readonly allowGitOps?: boolean | undefined;
}

export type SurgeVerdict = 'eligible' | { readonly not: string };

/** Controllers that hold a template to what stands in a repository. Helm only writes when somebody runs it. */
const gitOpsPrefixes = ['argocd.argoproj.io/', 'kustomize.toolkit.fluxcd.io/', 'helm.toolkit.fluxcd.io/'];
const singleNodeModes: ReadonlySet<string> = new Set(['ReadWriteOnce', 'ReadWriteOncePod']);

/** The first thing that stands against it (beyond.md 6.4, rulings 14), as a clause about the Deployment. */
export function surgeEligibility(deployment: Workload, pod: Pod, facts: SurgeFacts): SurgeVerdict {
  const not =
    objectionOfSpec(deployment) ??
    objectionOfStatus(deployment) ??
    objectionOfPod(pod) ??
    objectionOfClaims(facts.claims) ??
    (facts.allowGitOps === true ? undefined : objectionOfGitOps(deployment, pod));
  return not === undefined ? 'eligible' : { not };
}

function objectionOfSpec(workload: Workload): string | undefined {
  const { kind, replicas, deletionTimestamp, strategy, paused, templateNodeName } = workload;
  if (kind !== 'Deployment') return 'only a Deployment starts its new pod before the old one ends';
  if (deletionTimestamp !== undefined) return 'it is being deleted';
  if (replicas !== 1) return `it has ${replicas} replicas, not one`;
  if (strategy !== 'RollingUpdate') return `its strategy is ${strategy}: the old pod ends before the new one starts`;
  if (paused) return 'its rollout is paused';
  const { surge, unavailable } = rolloutLimits(workload);
  if (surge === undefined || unavailable === undefined) return 'its maxSurge or maxUnavailable is not understood';
  if (surge < 1) return 'its maxSurge leaves no room for a second pod';
  if (unavailable > 0) return 'its maxUnavailable lets the old pod end before the new one is ready';
  if (templateNodeName !== undefined) return `its template names the node ${templateNodeName}`;
  return undefined;
}

function objectionOfStatus(deployment: Workload): string | undefined {
  const { settled, updatedReplicas, availableReplicas, statusReplicas } = deployment;
  if (!settled || updatedReplicas !== 1 || statusReplicas !== 1) return 'its last rollout is not complete';
  if (availableReplicas !== 1) return 'its pod is not ready, so there is nothing to keep available';
  return undefined;
}

function objectionOfPod(pod: Pod): string | undefined {
  if (pod.finished || pod.deletionTimestamp !== undefined) return 'its pod is ending already';
  if (toleratesCordon(pod)) return 'its pods tolerate the cordon, so the new one may come to the same node';
  if (pod.scheduling.hostPorts.length > 0) return 'it uses a host port';
  if (pod.scheduling.resourceClaims.length > 0) return 'it uses device claims, which kmaint cannot judge';
  return undefined;
}

function objectionOfClaims(claims: SurgeFacts['claims']): string | undefined {
  if ('unknown' in claims) return `whether two pods can mount its volumes is unknown (${claims.unknown})`;
  for (const { claim, accessModes } of claims) {
    if (accessModes.length === 0) return `the access modes of its claim ${claim} are unknown`;
    const single = accessModes.find((mode) => singleNodeModes.has(mode));
    if (single !== undefined) return `it mounts a ${single} volume (claim ${claim})`;
  }
  return undefined;
}

function objectionOfGitOps(deployment: Workload, pod: Pod): string | undefined {
  const keys = [deployment.labels, deployment.annotations, deployment.templateAnnotations, pod.labels].flatMap((map) =>
    Object.keys(map),
  );
  const mark = keys.find((key) => gitOpsPrefixes.some((prefix) => key.startsWith(prefix)));
  return mark === undefined ? undefined : `a GitOps controller keeps its template as it is (${mark})`;
}

interface RolloutLimits {
  /** Undefined for a value that is neither a number nor a percentage. */
  readonly surge: number | undefined;
  readonly unavailable: number | undefined;
}

/** Both resolved for the number of replicas as the Deployment controller does: 25% each unless set, never both zero. */
export function rolloutLimits({ replicas, maxSurge = '25%', maxUnavailable = '25%' }: Workload): RolloutLimits {
  const surge = resolved(maxSurge, replicas, Math.ceil);
  const unavailable = resolved(maxUnavailable, replicas, Math.floor);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function resolved(value: number | string, replicas: number, round: (value: number) => number): number | undefined {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? undefined : round((Number(percent) * replicas) / 100);
}

/** Whether the scheduler may bind a pod like this one to a cordoned node. */
function toleratesCordon({ tolerations }: Pod): boolean {
  return tolerations.some(
    ({ key = '', operator, value = '', effect = '' }) =>
      (effect === '' || effect === 'NoSchedule') &&
      (key === ''
        ? operator === 'Exists'
        : key === 'node.kubernetes.io/unschedulable' && (operator === 'Exists' || value === '')),
  );
}
