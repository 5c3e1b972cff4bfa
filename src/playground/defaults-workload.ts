/** What the API server adds to the specs of workloads (pkg/apis/{apps,batch,core}/v1/defaults.go). */
import { defaultPodSpec, type PodSpec } from './defaults-pod.ts';
import { canonicalResources } from './defaults-quantity.ts';

/** A field bag whose shape the kind decides. */
export type Fields = Readonly<Record<string, unknown>>;

interface Template {
  readonly metadata?: Fields;
  readonly spec?: Partial<PodSpec>;
}

/** A pod template; what a pod gets from admission is not in it. */
export function defaultTemplate(template: unknown): Template {
  const { metadata, spec } = (template ?? {}) as Template;
  return { metadata: metadata ?? {}, spec: defaultPodSpec(spec ?? {}, false) };
}

/** Also the status that a new Deployment has. */
export function defaultDeployment(spec: Fields): Fields {
  const strategy = (spec['strategy'] ?? {}) as { type?: string; rollingUpdate?: Fields };
  const type = strategy.type ?? 'RollingUpdate';
  const rolling = { maxUnavailable: '25%', maxSurge: '25%', ...strategy.rollingUpdate };
  return {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...spec,
    template: defaultTemplate(spec['template']),
    strategy: type === 'RollingUpdate' ? { type, rollingUpdate: rolling } : { ...strategy, type },
  };
}

export function defaultReplicaSet(spec: Fields): Fields {
  return { replicas: 1, ...spec, template: defaultTemplate(spec['template']) };
}

/** Its selector is the labels of its template. */
export function defaultReplicationController(spec: Fields): Fields {
  const template = defaultTemplate(spec['template']);
  const labels = template.metadata?.['labels'];
  return { replicas: 1, ...(labels === undefined ? {} : { selector: labels }), ...spec, template };
}

export function defaultStatefulSet(spec: Fields): Fields {
  const update = (spec['updateStrategy'] ?? {}) as { type?: string; rollingUpdate?: Fields };
  const type = update.type ?? 'RollingUpdate';
  const claims = spec['volumeClaimTemplates'] as readonly Fields[] | undefined;
  return {
    replicas: 1,
    podManagementPolicy: 'OrderedReady',
    revisionHistoryLimit: 10,
    ...spec,
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
      ...(spec['persistentVolumeClaimRetentionPolicy'] as Fields | undefined),
    },
    template: defaultTemplate(spec['template']),
    ...(claims ? { volumeClaimTemplates: claims.map(defaultClaimTemplate) } : {}),
    updateStrategy:
      type === 'RollingUpdate' ? { type, rollingUpdate: { partition: 0, ...update.rollingUpdate } } : { type },
  };
}

function defaultClaimTemplate(claim: Fields): Fields {
  return {
    ...claim,
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    spec: defaultClaim((claim['spec'] ?? {}) as Fields),
    status: { phase: 'Pending' },
  };
}

/** The spec of a PersistentVolumeClaim. */
export function defaultClaim(spec: Fields): Fields {
  const resources = spec['resources'] as Fields | undefined;
  return {
    volumeMode: 'Filesystem',
    ...spec,
    ...(resources ? { resources: canonicalResources(resources) } : {}),
  };
}

export function defaultDaemonSet(spec: Fields): Fields {
  const update = (spec['updateStrategy'] ?? {}) as { type?: string; rollingUpdate?: Fields };
  const type = update.type ?? 'RollingUpdate';
  return {
    revisionHistoryLimit: 10,
    ...spec,
    template: defaultTemplate(spec['template']),
    updateStrategy:
      type === 'RollingUpdate'
        ? { type, rollingUpdate: { maxUnavailable: 1, maxSurge: 0, ...update.rollingUpdate } }
        : { type },
  };
}

/** A job without a manual selector selects its pods by its own uid (pkg/registry/batch/job/strategy.go). */
export function defaultJob(spec: Fields, owner: { readonly name: string; readonly uid: string }): Fields {
  const template = defaultTemplate(spec['template']);
  const indefinite = spec['completions'] === undefined && spec['parallelism'] === undefined;
  const manual = spec['manualSelector'] === true;
  const base: Fields = {
    parallelism: 1,
    ...(indefinite ? { completions: 1 } : {}),
    backoffLimit: 6,
    manualSelector: false,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
    ...spec,
    template,
  };
  if (manual || spec['selector'] !== undefined) return base;
  const labels = {
    ...(template.metadata?.['labels'] as Fields | undefined),
    'batch.kubernetes.io/controller-uid': owner.uid,
    'batch.kubernetes.io/job-name': owner.name,
    'controller-uid': owner.uid,
    'job-name': owner.name,
  };
  return {
    ...base,
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': owner.uid } },
    template: { ...template, metadata: { ...template.metadata, labels } },
  };
}

export function defaultCronJob(spec: Fields): Fields {
  const job = (spec['jobTemplate'] ?? {}) as { metadata?: Fields; spec?: Fields };
  return {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    ...spec,
    jobTemplate: {
      metadata: {},
      ...job,
      spec: { ...job.spec, template: defaultTemplate(job.spec?.['template']) },
    },
  };
}
