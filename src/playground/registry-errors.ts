/** The refusals that rules of any kind make, in the API server's words (apimachinery pkg/api/errors). */
import type { ResourceType } from './objects.ts';
import { ApiStatus, type StatusDetails } from './status.ts';

export type CauseReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueNotSupported';

/** One thing that is wrong with an object (apimachinery pkg/util/validation/field). */
export interface FieldProblem {
  readonly reason: CauseReason;
  readonly field: string;
  /** With the kind of problem in front: `Required value: …`. */
  readonly message: string;
}

function detailsOf(type: Pick<ResourceType, 'group' | 'plural'>, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(type.group === '' ? {} : { group: type.group }), kind: type.plural };
}

function qualified({ group }: Pick<ResourceType, 'group'>, word: string): string {
  return group === '' ? word : `${word}.${group}`;
}

export function notFound(type: Pick<ResourceType, 'group' | 'plural'>, name: string): ApiStatus {
  const message = `${qualified(type, type.plural)} ${JSON.stringify(name)} not found`;
  return new ApiStatus(404, 'NotFound', message, detailsOf(type, name));
}

export function alreadyExists(type: ResourceType, name: string, beingDeleted: boolean): ApiStatus {
  const message = `${beingDeleted ? 'object is being deleted: ' : ''}${qualified(type, type.plural)} ${JSON.stringify(name)} already exists`;
  return new ApiStatus(409, 'AlreadyExists', message, detailsOf(type, name));
}

/** `what` is the cause; by default the one that clients know as a lost race. */
export function conflict(
  type: Pick<ResourceType, 'group' | 'plural'>,
  name: string,
  what = 'the object has been modified; please apply your changes to the latest version and try again',
): ApiStatus {
  const message = `Operation cannot be fulfilled on ${qualified(type, type.plural)} ${JSON.stringify(name)}: ${what}`;
  return new ApiStatus(409, 'Conflict', message, detailsOf(type, name));
}

export function forbidden(type: ResourceType, name: string, why: string, causes?: StatusDetails['causes']): ApiStatus {
  const message = `${qualified(type, type.plural)} ${JSON.stringify(name)} is forbidden: ${why}`;
  return new ApiStatus(403, 'Forbidden', message, { ...detailsOf(type, name), ...(causes ? { causes } : {}) });
}

/** `kind` is the object's kind, sometimes (as in apiserver's store.go) the plural. */
export function invalid(
  type: { readonly group: string; readonly kind: string },
  name: string,
  problems: readonly FieldProblem[],
): ApiStatus {
  const texts = [...new Set(problems.map(({ field, message }) => `${field}: ${message}`))];
  const text = texts.length === 1 ? texts.join('') : `[${texts.join(', ')}]`;
  return new ApiStatus(422, 'Invalid', `${qualified(type, type.kind)} ${JSON.stringify(name)} is invalid: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(type.group === '' ? {} : { group: type.group }),
    kind: type.kind,
    causes: problems.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

export function badRequest(message: string): ApiStatus {
  return new ApiStatus(400, 'BadRequest', message);
}

export function required(field: string, detail = ''): FieldProblem {
  return {
    reason: 'FieldValueRequired',
    field,
    message: detail === '' ? 'Required value' : `Required value: ${detail}`,
  };
}

export function invalidValue(field: string, value: unknown, detail: string): FieldProblem {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${detail}` };
}

export function forbiddenField(field: string, detail: string): FieldProblem {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${detail}` };
}
