/** Which form of an object a client accepts (apiserver pkg/endpoints/handlers/negotiation). */
import { ApiStatus } from '../status.ts';

/** As it is, as a table for people, or its metadata only. */
export type Form = 'object' | 'table' | 'partial' | 'partialList';

const media = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** The first acceptable form, in the client's order. Throws 406. */
export function acceptedForm(accept: string | undefined): Form {
  // By far the commonest ones, without taking them apart.
  if (accept === undefined || accept === 'application/json' || accept === '*/*' || accept === '') return 'object';
  let unknownForm = false;
  for (const clause of accept.split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim().toLowerCase());
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue;
    const form = formOf(parameters);
    if (form) return form;
    unknownForm = true;
  }
  if (unknownForm) {
    throw new ApiStatus(406, 'NotAcceptable', `only the following media types are accepted: ${media}`);
  }
  const message = `406: Not Acceptable\n\nAvailable representations: ${media}`;
  throw new ApiStatus(406, 'NotAcceptable', message, {});
}

function formOf(parameters: readonly string[]): Form | undefined {
  const values = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]));
  const kind = values.get('as');
  if (kind === undefined) return 'object';
  if (values.get('g') !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(values.get('v') ?? '')) return undefined;
  if (kind === 'table') return 'table';
  if (kind === 'partialobjectmetadata') return 'partial';
  return kind === 'partialobjectmetadatalist' ? 'partialList' : undefined;
}
