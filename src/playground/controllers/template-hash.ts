/** The hash of a pod template, as it stands in the names of ReplicaSets and ControllerRevisions. */

// Without vowels and what looks like others, so that no words come about (apimachinery/pkg/util/rand).
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

const texts = new WeakMap<object, string>();

/**
 * 32-bit FNV-1a of the template, written as the real ones write theirs. The real hash is taken of a Go value's dump, so
 * the figures differ; what counts is that it is stable, and another one after a collision.
 */
export function templateHash(template: object, collisionCount?: number): string {
  const text = canonicalJson(template) + (collisionCount === undefined ? '' : String(collisionCount));
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return Array.from(String(hash >>> 0), (digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

/** JSON with sorted keys: equal for equal values, whatever the order in which a client wrote them. */
export function canonicalJson(value: object): string {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = write(value) ?? 'null';
  texts.set(value, text);
  return text;
}

function write(value: unknown): string | undefined {
  if (Array.isArray(value)) return `[${value.map((item) => write(item) ?? 'null').join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const part = write((value as Readonly<Record<string, unknown>>)[key]);
    if (part !== undefined) parts.push(`${JSON.stringify(key)}:${part}`);
  }
  return `{${parts.join(',')}}`;
}
