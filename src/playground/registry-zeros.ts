/** Leaves out the zeros that Go does not write, so that `unschedulable: false` is the same as none. */
import type { DraftObject, ResourceType } from './objects.ts';
import { goFieldsOf, type GoField } from './registry-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The object without them in spec, status and the like; the same object when there are none. */
export function withoutZeros<T extends DraftObject>(type: ResourceType, object: T): T {
  return structWithoutZeros(type.kind, object) as T;
}

function structWithoutZeros(struct: string, value: Fields): Fields {
  const known = goFieldsOf(struct);
  if (!known) return value;
  let copy: Record<string, unknown> | undefined;
  for (const name in value) {
    const field = known.get(name);
    if (!field) continue;
    const before = value[name];
    if (field.omitsZero && isZero(before, field)) {
      copy ??= { ...value };
      delete copy[name];
      continue;
    }
    const after = valueWithoutZeros(before, field);
    if (after !== before) (copy ??= { ...value })[name] = after;
  }
  return copy ?? value;
}

function isZero(value: unknown, { shape }: GoField): boolean {
  if (shape.is === 'map') return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return value === false || value === 0 || value === '';
}

function valueWithoutZeros(value: unknown, { shape }: GoField): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (shape.is === 'struct') return structWithoutZeros(shape.struct, value as Fields);
  if (shape.is !== 'list' || shape.of.shape.is !== 'struct' || !Array.isArray(value)) return value;
  let copy: unknown[] | undefined;
  for (const [at, item] of value.entries()) {
    const after = valueWithoutZeros(item, shape.of);
    if (after !== item) (copy ??= [...(value as unknown[])])[at] = after;
  }
  return copy ?? value;
}
