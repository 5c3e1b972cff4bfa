/** Checks what an object of each kind says, as far as clients run into it (pkg/apis/core/validation and its siblings). */
import type { Fields } from './defaults-workload.ts';
import { sameJson } from './meta.ts';
import type { KubeObject, ResourceType } from './objects.ts';
import { forbiddenField, invalidValue, required, type FieldProblem } from './registry-errors.ts';

interface ContainerFields {
  readonly name?: string;
  readonly image?: string;
}

function fieldsOf(object: KubeObject): Fields {
  return (object['spec'] ?? {}) as Fields;
}

/** All that is wrong with the spec of a new or changed object, besides its metadata. */
export function specProblems(type: ResourceType, object: KubeObject): FieldProblem[] {
  const spec = fieldsOf(object);
  switch (type.kind) {
    case 'Pod':
      return podProblems('spec', spec);
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
      return [...selectorProblems(spec), ...replicasProblems(spec), ...templateProblems(spec)];
    case 'Job':
      return [...jobRestartProblems(spec), ...templateProblems(spec)];
    case 'ReplicationController':
      return [...replicasProblems(spec), ...templateProblems(spec)];
    case 'PodDisruptionBudget':
      return budgetProblems(spec);
    case 'Node':
      return taintProblems(spec);
    default:
      return [];
  }
}

function podProblems(at: string, spec: Fields): FieldProblem[] {
  const containers = (spec['containers'] ?? []) as readonly ContainerFields[];
  const problems: FieldProblem[] = containers.length === 0 ? [required(`${at}.containers`)] : [];
  const names = new Set<string>();
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [index, { name, image }] of ((spec[list] ?? []) as readonly ContainerFields[]).entries()) {
      const field = `${at}.${list}[${String(index)}]`;
      if (!name) problems.push(required(`${field}.name`));
      else if (names.has(name)) {
        const message = `Duplicate value: ${JSON.stringify(name)}`;
        problems.push({ reason: 'FieldValueDuplicate', field: `${field}.name`, message });
      } else names.add(name);
      if (!image) problems.push(required(`${field}.image`));
    }
  }
  return problems;
}

function templateProblems(spec: Fields): FieldProblem[] {
  const template = (spec['template'] ?? {}) as { spec?: Fields };
  return podProblems('spec.template.spec', template.spec ?? {});
}

function replicasProblems(spec: Fields): FieldProblem[] {
  const replicas = spec['replicas'];
  if (typeof replicas !== 'number' || replicas >= 0) return [];
  return [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')];
}

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly unknown[];
}

function selectorProblems(spec: Fields): FieldProblem[] {
  const selector = spec['selector'] as LabelSelector | undefined;
  const labels = (spec['template'] as { metadata?: { labels?: Record<string, string> } } | undefined)?.metadata?.labels;
  const problems: FieldProblem[] = [];
  if (!selector) problems.push(required('spec.selector'));
  else if (Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0) {
    problems.push(invalidValue('spec.selector', selector, 'empty selector is invalid for deployment'));
  }
  const matches =
    selector && Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value);
  if (matches !== true) {
    const field = 'spec.template.metadata.labels';
    problems.push(invalidValue(field, labels ?? null, '`selector` does not match template `labels`'));
  }
  return problems;
}

function jobRestartProblems(spec: Fields): FieldProblem[] {
  const policy = (spec['template'] as { spec?: { restartPolicy?: string } } | undefined)?.spec?.restartPolicy;
  if (policy === 'OnFailure' || policy === 'Never') return [];
  const field = 'spec.template.spec.restartPolicy';
  // A template that says nothing has the default Always, which the real server calls missing.
  return [required(field, 'valid values: "OnFailure", "Never"')];
}

function budgetProblems(spec: Fields): FieldProblem[] {
  if (spec['minAvailable'] === undefined || spec['maxUnavailable'] === undefined) return [];
  const value = {
    MinAvailable: spec['minAvailable'],
    Selector: spec['selector'] ?? null,
    MaxUnavailable: spec['maxUnavailable'],
    UnhealthyPodEvictionPolicy: spec['unhealthyPodEvictionPolicy'] ?? null,
  };
  return [invalidValue('spec', value, 'minAvailable and maxUnavailable cannot be both set')];
}

const taintEffects = new Set(['NoSchedule', 'PreferNoSchedule', 'NoExecute']);

function taintProblems(spec: Fields): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const seen = new Set<string>();
  const taints = (spec['taints'] ?? []) as readonly { key?: string; effect?: string }[];
  for (const [index, { key = '', effect = '' }] of taints.entries()) {
    const field = `metadata.taints[${String(index)}]`;
    if (effect === '') problems.push(required(`${field}.effect`));
    else if (!taintEffects.has(effect)) {
      const supported = ['NoSchedule', 'NoExecute', 'PreferNoSchedule'].map((word) => `"${word}"`).join(', ');
      const message = `Unsupported value: ${JSON.stringify(effect)}: supported values: ${supported}`;
      problems.push({ reason: 'FieldValueNotSupported', field: `${field}.effect`, message });
    }
    const id = `${key}:${effect}`;
    if (seen.has(id)) {
      const message = `Duplicate value: ${JSON.stringify({ key, effect })}`;
      problems.push({ reason: 'FieldValueDuplicate', field, message });
    }
    seen.add(id);
  }
  return problems;
}

const podMayChange =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
const statefulSetMayChange =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** What a change of a spec must not do. */
export function updateProblems(type: ResourceType, current: KubeObject, next: KubeObject): FieldProblem[] {
  const before = fieldsOf(current);
  const after = fieldsOf(next);
  switch (type.kind) {
    case 'Pod':
      return sameJson(frozenPodFields(before, after), frozenPodFields(after, after)) && keepsTolerations(before, after)
        ? []
        : [forbiddenField('spec', podMayChange)];
    case 'Deployment':
    case 'ReplicaSet':
    case 'DaemonSet':
      return immutable(before, after, 'selector');
    case 'Job':
      return [...immutable(before, after, 'selector'), ...immutable(before, after, 'template')];
    case 'StatefulSet':
      return sameJson(frozenStatefulSetFields(before), frozenStatefulSetFields(after))
        ? []
        : [forbiddenField('spec', statefulSetMayChange)];
    default:
      return [];
  }
}

function immutable(before: Fields, after: Fields, field: string): FieldProblem[] {
  if (sameJson(before[field], after[field])) return [];
  return [invalidValue(`spec.${field}`, after[field] ?? null, 'field is immutable')];
}

/** The pod's fields that must stay, with the images and deadline of `after` put in their places. */
function frozenPodFields(spec: Fields, after: Fields): Fields {
  const { tolerations: _, activeDeadlineSeconds: _deadline, terminationGracePeriodSeconds: grace, ...rest } = spec;
  const withImagesOf = (list: 'containers' | 'initContainers'): readonly unknown[] | undefined => {
    const images = (after[list] ?? []) as readonly ContainerFields[];
    return (spec[list] as readonly ContainerFields[] | undefined)?.map((container, at) => ({
      ...container,
      image: images[at]?.image,
    }));
  };
  return {
    ...rest,
    containers: withImagesOf('containers'),
    initContainers: withImagesOf('initContainers'),
    terminationGracePeriodSeconds:
      typeof grace === 'number' && grace < 0 && after['terminationGracePeriodSeconds'] === 1 ? 1 : grace,
  };
}

function keepsTolerations(before: Fields, after: Fields): boolean {
  const kept = (after['tolerations'] ?? []) as readonly unknown[];
  return ((before['tolerations'] ?? []) as readonly unknown[]).every((old) => kept.some((one) => sameJson(one, old)));
}

const statefulSetChangeable = new Set(
  'replicas ordinals template updateStrategy revisionHistoryLimit persistentVolumeClaimRetentionPolicy minReadySeconds'.split(
    ' ',
  ),
);

function frozenStatefulSetFields(spec: Fields): Fields {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !statefulSetChangeable.has(field)));
}
