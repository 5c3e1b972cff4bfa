/** Checks the specs of pods and templates, and what a change of a pod must not do (pkg/apis/core/validation). */
import type { Fields } from './defaults-workload.ts';
import { sameJson } from './meta.ts';
import { forbiddenField, required, type FieldProblem } from './registry-errors.ts';

interface ContainerFields {
  readonly name?: string;
  readonly image?: string;
}

const containerLists = ['initContainers', 'containers'] as const;
type ContainerList = (typeof containerLists)[number];

function containersOf(spec: Fields, list: ContainerList): readonly ContainerFields[] {
  return (spec[list] ?? []) as readonly ContainerFields[];
}

/** What is wrong with a pod's spec, or with a template's that stands at this path (ValidatePodSpec). */
export function podSpecProblems(at: string, spec: Fields): FieldProblem[] {
  const problems: FieldProblem[] = containersOf(spec, 'containers').length === 0 ? [required(`${at}.containers`)] : [];
  const names = new Set<string>();
  for (const list of containerLists) {
    for (const [index, { name, image }] of containersOf(spec, list).entries()) {
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

interface ProjectedVolume {
  readonly projected?: { readonly sources?: readonly { readonly serviceAccountToken?: object }[] };
}

/** What is wrong with a pod, beyond what could be wrong with a template (validatePodMetadataAndSpec). */
export function podProblems(spec: Fields): FieldProblem[] {
  const problems = podSpecProblems('spec', spec);
  if (spec['serviceAccountName']) return problems;
  for (const [at, { projected }] of ((spec['volumes'] ?? []) as readonly ProjectedVolume[]).entries()) {
    for (const [index, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
      if (!serviceAccountToken) continue;
      const field = `spec.volumes[${String(at)}].projected.sources[${String(index)}].serviceAccountToken`;
      problems.push(forbiddenField(field, 'must not be specified when serviceAccountName is not set'));
    }
  }
  return problems;
}

const podMayChange =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** What a change of a pod's spec must not do (ValidatePodUpdate). */
export function podUpdateProblems(before: Fields, after: Fields): FieldProblem[] {
  for (const list of ['containers', 'initContainers'] as const) {
    if (containersOf(before, list).length === containersOf(after, list).length) continue;
    // The server looks no further.
    return [forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers')];
  }
  const problems: FieldProblem[] = [];
  if (!keepsTolerations(before, after)) {
    const text = 'existing toleration can not be modified except its tolerationSeconds';
    problems.push(forbiddenField('spec.tolerations', text));
  }
  if (!sameJson(frozenFields(before, after), frozenFields(after, after))) {
    problems.push(forbiddenField('spec', podMayChange));
  }
  return problems;
}

/** The pod's fields that must stay, with the images and deadline of `after` put in their places. */
function frozenFields(spec: Fields, after: Fields): Fields {
  const { tolerations: _, activeDeadlineSeconds: _deadline, terminationGracePeriodSeconds: grace, ...rest } = spec;
  const withImagesOf = (list: ContainerList): readonly unknown[] | undefined => {
    const images = containersOf(after, list);
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

/** Tolerations may be added, and theirs seconds changed (validateOnlyAddedTolerations). */
function keepsTolerations(before: Fields, after: Fields): boolean {
  const of = (spec: Fields): readonly Fields[] =>
    ((spec['tolerations'] ?? []) as readonly Fields[]).map((one) => ({ ...one, tolerationSeconds: undefined }));
  const kept = of(after);
  return of(before).every((old) => kept.some((one) => sameJson(one, old)));
}
