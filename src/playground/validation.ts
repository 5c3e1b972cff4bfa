/** Checks what an object of each kind says, as far as clients run into it (pkg/apis/core/validation and its siblings). */
import type { Fields } from './defaults-workload.ts';
import { sameJson } from './meta.ts';
import type { KubeObject, ResourceType } from './objects.ts';
import { forbiddenField, invalidValue, required, type FieldProblem } from './registry-errors.ts';
import { podProblems, podSpecProblems, podUpdateProblems } from './validation-pod.ts';

function fieldsOf(object: KubeObject): Fields {
  return (object['spec'] ?? {}) as Fields;
}

/** All that is wrong with the spec of a new or changed object, besides its metadata. */
export function specProblems(type: ResourceType, object: KubeObject): FieldProblem[] {
  const spec = fieldsOf(object);
  switch (type.kind) {
    case 'Pod':
      return podProblems(spec);
    case 'Deployment':
      return [...workloadProblems(spec), ...strategyProblems(spec)];
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
      return workloadProblems(spec);
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

function workloadProblems(spec: Fields): FieldProblem[] {
  return [...selectorProblems(spec), ...replicasProblems(spec), ...templateProblems(spec)];
}

/** Who recreates all pods does not roll (ValidateDeploymentStrategy). */
function strategyProblems(spec: Fields): FieldProblem[] {
  const { type, rollingUpdate } = (spec['strategy'] ?? {}) as { type?: string; rollingUpdate?: Fields };
  if (type !== 'Recreate' || rollingUpdate === undefined) return [];
  return [forbiddenField('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")];
}

function templateProblems(spec: Fields): FieldProblem[] {
  const template = (spec['template'] ?? {}) as { spec?: Fields };
  return podSpecProblems('spec.template.spec', template.spec ?? {});
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

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

interface TaintFields {
  readonly key?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly timeAdded?: string;
}

function taintProblems(spec: Fields): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const seen = new Set<string>();
  for (const [index, taint] of ((spec['taints'] ?? []) as readonly TaintFields[]).entries()) {
    const { key = '', value = '', effect = '', timeAdded = null } = taint;
    const field = `metadata.taints[${String(index)}]`;
    if (effect === '') problems.push(required(`${field}.effect`));
    else if (!taintEffects.includes(effect)) {
      const supported = taintEffects.map((word) => JSON.stringify(word)).join(', ');
      const message = `Unsupported value: ${JSON.stringify(effect)}: supported values: ${supported}`;
      problems.push({ reason: 'FieldValueNotSupported', field: `${field}.effect`, message });
    }
    const id = `${key}:${effect}`;
    if (seen.has(id)) {
      // The server shows its internal type, whose fields have no names of their own in JSON.
      const shown = JSON.stringify({ Key: key, Value: value, Effect: effect, TimeAdded: timeAdded });
      const message = `Duplicate value: ${shown}: taints must be unique by key and effect pair`;
      problems.push({ reason: 'FieldValueDuplicate', field, message });
    }
    seen.add(id);
  }
  return problems;
}

const statefulSetMayChange =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** What a change of a spec must not do. */
export function updateProblems(type: ResourceType, current: KubeObject, next: KubeObject): FieldProblem[] {
  const before = fieldsOf(current);
  const after = fieldsOf(next);
  switch (type.kind) {
    case 'Pod':
      return podUpdateProblems(before, after);
    case 'Node':
      // ValidateNodeUpdate checks the taints too, after ValidateNode did.
      return taintProblems(after);
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

const statefulSetChangeable = new Set(
  'replicas ordinals template updateStrategy revisionHistoryLimit persistentVolumeClaimRetentionPolicy minReadySeconds'.split(
    ' ',
  ),
);

function frozenStatefulSetFields(spec: Fields): Fields {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !statefulSetChangeable.has(field)));
}
