/** Metadata as the API server writes it: what a client may say of an object, and what only the server says. */
import { randomInt } from 'node:crypto';
import type { DraftObject, ObjectMeta } from './objects.ts';

// apiserver pkg/storage/names: no vowels, so that no words come out.
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';
const longestGeneratedBase = 63 - 5;

/** `generateName` with the server's five random characters. */
export function generatedName(base: string): string {
  let name = base.slice(0, longestGeneratedBase);
  for (let at = 0; at < 5; at += 1) name += suffixAlphabet[randomInt(suffixAlphabet.length)] ?? '';
  return name;
}

/** RFC 3339 in whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** What a client may say in metadata, without what is empty (Go's omitempty). */
export function clientMeta(draft: DraftObject): Partial<ObjectMeta> {
  const { generateName, labels, annotations, finalizers, ownerReferences } = draft.metadata ?? {};
  return {
    ...(generateName ? { generateName } : {}),
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    ...(annotations && Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(finalizers && finalizers.length > 0 ? { finalizers: [...new Set(finalizers)] } : {}),
    ...(ownerReferences && ownerReferences.length > 0 ? { ownerReferences } : {}),
  };
}

/** What only the server says of an object that exists. */
export function serverMeta(current: ObjectMeta): Partial<ObjectMeta> & Pick<ObjectMeta, 'name' | 'uid'> {
  const { name, namespace, uid, creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds } =
    current;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid,
    resourceVersion: current.resourceVersion,
    ...(generation === undefined ? {} : { generation }),
    creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
}

/** Equal as JSON, where a missing field and an undefined one are the same. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, at) => sameJson(item, (b as unknown[])[at]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (left[key] !== undefined && !sameJson(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

// Go writes these as null when they are not set: they are structs without omitempty.
const nullable = new Set(
  'lastProbeTime lastTransitionTime lastHeartbeatTime lastUpdateTime firstTimestamp lastTimestamp eventTime'.split(' '),
);

// Lists that are written even when they are empty; all others have omitempty.
const keptEmpty = new Set('containers sources drivers rules endpoints addresses items verbs'.split(' '));

/** The value without null fields and empty lists, which Go does not write; the same value when there are none. */
export function withoutNulls<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (const [at, item] of value.entries()) {
      const clean: unknown = withoutNulls(item);
      if (clean !== item) (copy ??= [...(value as unknown[])])[at] = clean;
    }
    return (copy ?? value) as T;
  }
  const fields = value as Record<string, unknown>;
  let copy: Record<string, unknown> | undefined;
  for (const key in fields) {
    const field = fields[key];
    if (field === null || (Array.isArray(field) && field.length === 0)) {
      if (field === null ? nullable.has(key) : keptEmpty.has(key)) continue;
      copy ??= { ...fields };
      delete copy[key];
      continue;
    }
    const clean = withoutNulls(field);
    if (clean !== field) (copy ??= { ...fields })[key] = clean;
  }
  return (copy ?? value) as T;
}
