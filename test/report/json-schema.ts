/** Checks a value against the part of JSON Schema that the schema of the records uses; anything else in it is an error. */
export type Schema = Readonly<Record<string, unknown>>;

const annotations: ReadonlySet<string> = new Set(['$schema', '$id', '$defs', 'title', 'description']);

/** What is wrong with the value, each with the path to it; empty when it is valid. */
export function violations(value: unknown, schema: Schema, root: Schema = schema, path = '$'): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (annotations.has(keyword)) return [];
    const check = keywords[keyword];
    if (!check) throw new Error(`the schema uses ${keyword}, which nothing checks`);
    return check(value, rule, root, path);
  });
}

type Check = (value: unknown, rule: unknown, root: Schema, path: string) => string[];

const keywords: Readonly<Record<string, Check>> = {
  type: (value, rule, _, path) => wrongUnless(isOf(value, rule), `${path} is no ${String(rule)}`),
  const: (value, rule, _, path) => wrongUnless(value === rule, `${path} is not ${String(rule)}`),
  enum: (value, rule, _, path) => wrongUnless((rule as unknown[]).includes(value), `${path} is none of the words`),
  pattern: (value, rule, _, path) =>
    wrongUnless(typeof value !== 'string' || new RegExp(rule as string).test(value), `${path} has another form`),
  minimum: (value, rule, _, path) =>
    wrongUnless(typeof value !== 'number' || value >= (rule as number), `${path} is too small`),
  maximum: (value, rule, _, path) =>
    wrongUnless(typeof value !== 'number' || value <= (rule as number), `${path} is too large`),
  required: (value, rule, _, path) =>
    isObject(value)
      ? (rule as string[]).filter((key) => !Object.hasOwn(value, key)).map((key) => `${path}.${key} is missing`)
      : [],
  properties: (value, rule, root, path) =>
    Object.entries(rule as Record<string, Schema>).flatMap(([key, schema]) =>
      isObject(value) && Object.hasOwn(value, key) ? violations(value[key], schema, root, `${path}.${key}`) : [],
    ),
  items: (value, rule, root, path) =>
    Array.isArray(value) ? value.flatMap((item, at) => violations(item, rule as Schema, root, `${path}[${at}]`)) : [],
  oneOf: (value, rule, root, path) => {
    const tries = (rule as Schema[]).map((schema) => violations(value, schema, root, path));
    if (tries.filter((wrong) => wrong.length === 0).length === 1) return [];
    // The nearest miss says the most.
    return tries.sort((a, b) => a.length - b.length)[0] ?? [];
  },
  $ref: (value, rule, root, path) => {
    const name = /^#\/\$defs\/(.+)$/.exec(rule as string)?.[1] ?? '';
    const target = (root['$defs'] as Record<string, Schema>)[name];
    if (!target) throw new Error(`the schema has no ${String(rule)}`);
    return violations(value, target, root, path);
  },
};

function wrongUnless(right: boolean, message: string): string[] {
  return right ? [] : [message];
}

function isOf(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'string':
    case 'boolean':
      return typeof value === type;
    default:
      throw new Error(`the schema uses the type ${String(type)}, which nothing checks`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
