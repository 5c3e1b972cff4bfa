/** Turns what zod finds wrong into lines that name the field but never quote its content. */
import type * as z from 'zod/mini';

/** One line per wrong field: `users[0] ("admin").user.token must be a string, not a number`. */
export function typeProblems(issues: readonly z.core.$ZodIssue[], data: unknown): string[] {
  return issues.map((issue) => {
    const where = issue.path.length === 0 ? 'the document' : fieldName(issue.path, data);
    if (issue.code !== 'invalid_type') return `${where} ${issue.message}`;
    const found = typeName(issue.path.reduce<unknown>((value, key) => member(value, key), data));
    return found === 'nothing' ? `${where} is missing` : `${where} must be ${articled(issue.expected)}, not ${found}`;
  });
}

/** Drops members that are null: to Go they are unset ones. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

function fieldName(path: readonly PropertyKey[], data: unknown): string {
  let value: unknown = data;
  let name = '';
  for (const key of path) {
    value = member(value, key);
    name += typeof key === 'number' ? `[${key}]` : `${name === '' ? '' : '.'}${String(key)}`;
    const entryName = typeof key === 'number' ? member(value, 'name') : undefined;
    if (typeof entryName === 'string') name += ` ("${entryName}")`;
  }
  return name;
}

function member(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function typeName(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return articled(Array.isArray(value) ? 'array' : typeof value);
}

function articled(type: string): string {
  const words: Record<string, string> = { array: 'a list', object: 'a map', record: 'a map', boolean: 'true or false' };
  return words[type] ?? `a ${type}`;
}
