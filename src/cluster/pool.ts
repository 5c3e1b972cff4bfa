/** Keeps one of many equal values: the 30,000 pods of a cluster share a few hundred specs and sets of labels. */

export interface Pool {
  /** The value that was given first among its equals; its equals are those with the same JSON. Never change it. */
  share<T extends object>(value: T): T;
}

/**
 * A pool that is emptied when it holds so many values, lest values that never come again fill the memory. Lists come
 * sorted by namespace and name, so that most equals meet all the same.
 */
export function createPool(most: number): Pool {
  const known = new Map<string, object>();
  return {
    share<T extends object>(value: T): T {
      const key = JSON.stringify(value);
      const former = known.get(key);
      // The same JSON, and it was made by the same caller: the same type.
      if (former) return former as T;
      if (known.size >= most) known.clear();
      known.set(key, value);
      return value;
    },
  };
}
