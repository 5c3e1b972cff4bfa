/** Keeps one of many equal values: the 30,000 pods of a cluster share a few hundred specs and sets of labels. */

export interface Pool {
  /** The value that was given first among its equals: those with the same JSON. Never change it. */
  share<T extends object>(value: T): T;
}

/** Values whose hashes are the same, of which no more are kept: who is not found is merely not shared. */
const mostOfOneHash = 8;

/**
 * A pool that is emptied when it holds so many values, lest values that never come again fill the memory. Lists come
 * sorted by namespace and name, so that most equals meet all the same.
 */
export function createPool(most: number): Pool {
  const known = new Map<number, object[]>();
  let count = 0;
  let last: object | undefined;

  function search(value: object): object {
    const hash = hashOf(value);
    const alike = known.get(hash);
    const former = alike?.find((one) => isSame(one, value));
    if (former) return former;
    if (count >= most) {
      known.clear();
      count = 0;
    }
    if (alike === undefined || count === 0) known.set(hash, [value]);
    else if (alike.length < mostOfOneHash) alike.push(value);
    else return value;
    count += 1;
    return value;
  }

  return {
    share<T extends object>(value: T): T {
      // The pods of one template stand in a row, as a rule.
      if (last === undefined || !isSame(last, value)) last = search(value);
      // The same content, and it was made by the same caller: the same type.
      return last as T;
    },
  };
}

type Data = Readonly<Record<string, unknown>>;

/** Of plain data. To compare is cheap next to making its JSON, and most of it has to be looked at once only. */
function hashOf(value: unknown): number {
  if (typeof value === 'string') return hashOfText(value);
  if (typeof value === 'number') return value | 0;
  if (typeof value !== 'object' || value === null) return value === true ? 1 : 2;
  let hash = 7;
  if (Array.isArray(value)) {
    for (const item of value) hash = mixed(hash, hashOf(item));
    return hash;
  }
  for (const key of Object.keys(value)) {
    hash = mixed(hash, hashOfText(key));
    hash = mixed(hash, hashOf((value as Data)[key]));
  }
  return hash;
}

/** Names that differ do so at their ends or in a hash, as a rule: eight characters tell. */
function hashOfText(text: string): number {
  const { length } = text;
  const step = length < 8 ? 1 : length / 8;
  let hash = length;
  for (let at = length - 1; at >= 0; at -= step) hash = mixed(hash, text.charCodeAt(at));
  return hash;
}

function mixed(hash: number, next: number): number {
  return (Math.imul(hash, 31) + next) | 0;
}

/** The same data, and keys in the same order. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let at = 0; at < a.length; at += 1) if (!isSame(a[at], b[at])) return false;
    return true;
  }
  const keys = Object.keys(a);
  const others = Object.keys(b);
  if (keys.length !== others.length) return false;
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] ?? '';
    if (key !== others[at] || !isSame((a as Data)[key], (b as Data)[key])) return false;
  }
  return true;
}
