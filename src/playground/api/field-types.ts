/** Refuses JSON that does not fit into the API's Go structs, in the words of Go's decoder (encoding/json). */
import type { ResourceType } from '../objects.ts';
import { goFieldsOf, type GoField, type GoShape } from '../registry-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Why the object does not fit, the first reason only as Go says it; undefined when it does. */
export function misfit(type: Pick<ResourceType, 'kind'>, object: Fields): string | undefined {
  const { metadata } = object;
  const ofMetadata =
    metadata === undefined || metadata === null
      ? undefined
      : misfitOfValue(metadata, objectMeta, type.kind, 'metadata');
  return ofMetadata ?? misfitOfStruct(type.kind, object, '');
}

const objectMeta: GoField = {
  goType: 'v1.ObjectMeta',
  shape: { is: 'struct', struct: 'ObjectMeta' },
  omitsZero: false,
};

function misfitOfStruct(struct: string, value: Fields, path: string): string | undefined {
  const known = goFieldsOf(struct);
  if (!known) return undefined;
  for (const name in value) {
    const field = known.get(name);
    const found = field && misfitOfValue(value[name], field, struct, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Items of lists and values of maps are told by the name of their list or map. */
function misfitOfValue(value: unknown, field: GoField, struct: string, path: string): string | undefined {
  // null leaves a Go field as it is.
  if (value === undefined || value === null) return undefined;
  const { shape, goType } = field;
  if (!fits(value, shape)) {
    return `json: cannot unmarshal ${wordFor(value, shape)} into Go struct field ${struct}.${path} of type ${goType}`;
  }
  if (shape.is === 'struct') return misfitOfStruct(shape.struct, value as Fields, path);
  if (shape.is !== 'list' && shape.is !== 'map') return undefined;
  for (const item of Object.values(value)) {
    const found = misfitOfValue(item, shape.of, struct, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fits(value: unknown, { is }: GoShape): boolean {
  switch (is) {
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value);
    case 'intOrString':
      return typeof value === 'string' || Number.isInteger(value);
    case 'list':
      return Array.isArray(value);
    case 'map':
    case 'struct':
      return typeof value === 'object' && !Array.isArray(value);
  }
}

function wordFor(value: unknown, { is }: GoShape): string {
  // A number that is only of the wrong size or form is shown.
  if (typeof value === 'number') return is === 'int' || is === 'intOrString' ? `number ${String(value)}` : 'number';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? 'array' : typeof value;
}
