/** Field selectors of queries: which fields each kind may be selected by (pkg/apis/…/v1/conversion.go). */
import { badRequest } from '../registry-errors.ts';
import type { KubeObject, ResourceType } from '../objects.ts';

interface Term {
  readonly field: string;
  readonly value: string;
  readonly equal: boolean;
}

export interface FieldSelector {
  readonly matches: (object: KubeObject) => boolean;
  /** The value that this field must have, for looking it up in an index. */
  exact(field: string): string | undefined;
}

const everywhere = ['metadata.name', 'metadata.namespace'];

const special: Readonly<Record<string, readonly string[]>> = {
  Pod: words(
    'spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork status.phase status.podIP status.podIPs status.nominatedNodeName',
  ),
  Node: ['spec.unschedulable'],
  ReplicationController: ['status.replicas'],
  Event: words(
    'involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason reportingComponent source type',
  ),
  Namespace: ['status.phase'],
  Secret: ['type'],
  Service: ['spec.clusterIP', 'spec.type'],
  Job: ['status.successful'],
  CertificateSigningRequest: ['spec.signerName'],
};

function words(text: string): readonly string[] {
  return text.split(' ');
}

/** A test for objects of this kind; 400 for what cannot be understood and for fields that nobody selects by. */
export function parseFieldSelector(type: ResourceType, text: string): FieldSelector {
  const terms = split(text)
    .filter((term) => term !== '')
    .map((term) => parseTerm(text, term));
  for (const { field } of terms) checkField(type, field);
  return {
    matches: (object) => terms.every(({ field, value, equal }) => (valueOf(object, field) === value) === equal),
    exact: (field) => terms.find((term) => term.field === field && term.equal)?.value,
  };
}

/** At commas that no backslash protects. */
function split(text: string): string[] {
  return text.match(/(?:\\.|[^\\,])+/g) ?? [];
}

function parseTerm(whole: string, term: string): Term {
  const parsed = /^((?:\\.|[^\\=!])*)(!=|==|=)(.*)$/s.exec(term);
  if (!parsed) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, field = '', operator, value = ''] = parsed;
  return { field, value: value.replaceAll(/\\([\\,=])/g, '$1'), equal: operator !== '!=' };
}

function checkField(type: ResourceType, field: string): void {
  const further = special[type.kind];
  const scoped = type.namespaced ? everywhere : everywhere.slice(0, 1);
  if (further?.includes(field) === true || (further ? scoped : everywhere).includes(field)) return;
  if (type.kind === 'Job') throw badRequest(`field label ${JSON.stringify(field)} not supported for Job`);
  if (further) throw badRequest(`field label not supported: ${field}`);
  const known = everywhere.map((label) => JSON.stringify(label)).join(', ');
  throw badRequest(`${JSON.stringify(field)} is not a known field selector: only ${known}`);
}

function valueOf(object: KubeObject, field: string): string {
  if (field === 'metadata.name') return object.metadata.name;
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  if (field === 'status.successful') return text(at(object, ['status', 'succeeded']) ?? 0);
  if (field === 'spec.hostNetwork') return text(at(object, ['spec', 'hostNetwork']) ?? false);
  if (field === 'spec.unschedulable') return text(at(object, ['spec', 'unschedulable']) ?? false);
  if (field === 'source') return text(at(object, ['source', 'component']) ?? at(object, ['reportingComponent']));
  if (field === 'status.replicas') return text(at(object, ['status', 'replicas']) ?? 0);
  return text(at(object, field.split('.')));
}

function at(object: KubeObject, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const step of path) value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? `${value}` : '';
}
