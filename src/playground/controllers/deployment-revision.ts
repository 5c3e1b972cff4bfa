/** Revisions of a Deployment: the annotations by which its ReplicaSets are counted (deployment/util). */
import { isDeepStrictEqual } from 'node:util';
import { scaled } from './amounts.ts';
import type { Deployment, Labels, ReplicaSet } from './models.ts';
import { canonicalJson } from './template-hash.ts';

export const hashLabel = 'pod-template-hash';
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const historyAnnotation = 'deployment.kubernetes.io/revision-history';
const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

/** Annotations of a Deployment that its ReplicaSets do not inherit. */
const own: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
]);

export function replicasOf({ spec }: { readonly spec: { readonly replicas?: number } }): number {
  return spec.replicas ?? 1;
}

/** Both limits of a rolling update as numbers (ResolveFenceposts); 0 and 0 would never get anywhere, so 0 and 1. */
export function limitsOf(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { strategy } = deployment.spec;
  const replicas = replicasOf(deployment);
  if ((strategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') return { surge: 0, unavailable: 0 };
  const surge = scaled(strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, 'up');
  const unavailable = scaled(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, 'down');
  return { surge, unavailable: Math.min(replicas, surge === 0 && unavailable === 0 ? 1 : unavailable) };
}

export function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[revisionAnnotation] ?? 0) || 0;
}

/** The ReplicaSet of the Deployment's current template, the oldest when several are. */
export function findNew(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const wanted = canonicalJson(deployment.spec.template);
  return byAge(sets).find((set) => templateText(set) === wanted);
}

export function byAge(sets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return [...sets].sort(
    (a, b) =>
      Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}

const templates = new WeakMap<object, string>();

/** The template without the hash that its Deployment put in (EqualIgnoreHash). */
function templateText({ spec: { template } }: ReplicaSet): string {
  const known = templates.get(template);
  if (known !== undefined) return known;
  const { [hashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
  const text = canonicalJson({ ...template, metadata: { ...template.metadata, labels } });
  templates.set(template, text);
  return text;
}

/** What a ReplicaSet's annotations must be; the same object when they are so (SetNewReplicaSetAnnotations). */
export function annotationsFor(deployment: Deployment, set: ReplicaSet | undefined, revision: number): Labels {
  const before = set?.metadata.annotations ?? {};
  const after: Record<string, string> = { ...before };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!own.has(key)) after[key] = value;
  }
  const old = before[revisionAnnotation];
  if (Number(old ?? 0) < revision) {
    after[revisionAnnotation] = String(revision);
    // Rolled back to: the numbers that it had are kept.
    if (old !== undefined) after[historyAnnotation] = [before[historyAnnotation], old].filter(Boolean).join(',');
  }
  if (!set) Object.assign(after, sizeAnnotations(deployment));
  return isDeepStrictEqual(before, after) ? before : after;
}

export function sizeAnnotations(deployment: Deployment): Labels {
  const replicas = replicasOf(deployment);
  return { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(replicas + limitsOf(deployment).surge) };
}

/** The size of the Deployment for which the set was last scaled. */
export function desiredBefore(set: ReplicaSet): number | undefined {
  const text = set.metadata.annotations?.[desiredAnnotation];
  return text === undefined ? undefined : Number(text);
}

export function maxBefore(set: ReplicaSet): number | undefined {
  const text = set.metadata.annotations?.[maxAnnotation];
  return text === undefined ? undefined : Number(text);
}
