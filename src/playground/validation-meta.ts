/** Checks names, labels and finalizers (apimachinery pkg/util/validation and pkg/api/validation). */
import type { KubeObject, ResourceType } from './objects.ts';
import { forbiddenField, invalidValue, required, type FieldProblem } from './registry-errors.ts';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelText = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`;
const subdomain = `${label}(\\.${label})*`;
const subdomainText = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`;
const rfc1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const rfc1035Text = `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${rfc1035}')`;
const labelName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const namePartText = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${labelName}')`;
const labelValueText = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '((${labelName})?'`;

const wholeLabel = new RegExp(`^${label}$`);
const wholeSubdomain = new RegExp(`^${subdomain}$`);
const whole1035 = new RegExp(`^${rfc1035}$`);
const wholeLabelName = new RegExp(`^${labelName}$`);

function tooLong(max: number): string {
  return `must be no more than ${String(max)} ${max === 1 ? 'byte' : 'bytes'}`;
}

function nameProblems(type: ResourceType, name: string): string[] {
  if (type.group === 'rbac.authorization.k8s.io') {
    return name === '.' || name === '..' || /[/%]/.test(name)
      ? [`may not be '.' or '..', and may not contain '/' or '%'`]
      : [];
  }
  if (type.kind === 'Namespace') return checkName(name, wholeLabel, labelText, 63);
  if (type.kind === 'Service') return checkName(name, whole1035, rfc1035Text, 63);
  return checkName(name, wholeSubdomain, subdomainText, 253);
}

function checkName(name: string, pattern: RegExp, text: string, max: number): string[] {
  return [...(name.length > max ? [tooLong(max)] : []), ...(pattern.test(name) ? [] : [text])];
}

/** Why this is no key of a label, an annotation or a taint; empty when it is one. */
export function qualifiedNameProblems(key: string): string[] {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const problems: string[] = [];
  if (parts.length > 2) {
    return [
      `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${labelName}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...checkName(prefix, wholeSubdomain, subdomainText, 253).map((text) => `prefix part ${text}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push(`name part ${tooLong(63)}`);
  if (!wholeLabelName.test(name)) problems.push(namePartText);
  return problems;
}

/** Why this is no value of a label; empty when it is one. */
export function labelValueProblems(value: string): string[] {
  if (value === '') return [];
  return [...(value.length > 63 ? [tooLong(63)] : []), ...(wholeLabelName.test(value) ? [] : [`${labelValueText})`])];
}

/** All that is wrong with an object's metadata. */
export function metaProblems(type: ResourceType, { metadata }: KubeObject): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { name, labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = metadata;
  if (name === '') problems.push(required('metadata.name', 'name or generateName is required'));
  else problems.push(...nameProblems(type, name).map((text) => invalidValue('metadata.name', name, text)));
  for (const [key, value] of Object.entries(labels)) {
    problems.push(...qualifiedNameProblems(key).map((text) => invalidValue('metadata.labels', key, text)));
    problems.push(...labelValueProblems(value).map((text) => invalidValue('metadata.labels', value, text)));
  }
  for (const key of Object.keys(annotations)) {
    problems.push(
      ...qualifiedNameProblems(key.toLowerCase()).map((text) => invalidValue('metadata.annotations', key, text)),
    );
  }
  for (const [at, finalizer] of finalizers.entries()) {
    const field = `metadata.finalizers[${String(at)}]`;
    problems.push(...qualifiedNameProblems(finalizer).map((text) => invalidValue(field, finalizer, text)));
    if (!finalizer.includes('/') && !['orphan', 'foregroundDeletion', 'kubernetes'].includes(finalizer)) {
      problems.push(
        invalidValue(field, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'),
      );
    }
  }
  for (const [at, owner] of ownerReferences.entries()) {
    const field = `metadata.ownerReferences[${String(at)}]`;
    for (const part of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[part]) problems.push(invalidValue(`${field}.${part}`, owner[part] ?? '', 'must not be empty'));
    }
  }
  return problems;
}

/** What a change of metadata must not do. The server checks twice, and says so twice in its causes. */
export function metaUpdateProblems(current: KubeObject, next: KubeObject, sentUid: string | undefined): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (sentUid !== undefined && sentUid !== '' && sentUid !== current.metadata.uid) {
    const problem = invalidValue('metadata.uid', sentUid, 'field is immutable');
    problems.push(problem, problem);
  }
  if (current.metadata.deletionTimestamp !== undefined) {
    const known = new Set(current.metadata.finalizers);
    const added = (next.metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
    if (added.length > 0) {
      const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
      const text = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
      const problem = forbiddenField('metadata.finalizers', text);
      problems.push(problem, problem);
    }
  }
  return problems;
}
