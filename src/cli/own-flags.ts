/** The flags of a verb and the global ones beside them. */
import type { AnyFlag } from './flag.ts';

/** A verb's flag takes the place of the global one of its name, and the letter of the global one that has the same. */
export function globalFlagsFor(own: readonly AnyFlag[], globals: readonly AnyFlag[]): readonly AnyFlag[] {
  const names = new Set(own.map(({ name }) => name));
  const letters = new Set(own.map(({ short }) => short));
  return globals
    .filter(({ name }) => !names.has(name))
    .map((flag) => {
      if (flag.short === undefined || !letters.has(flag.short)) return flag;
      const { short: _, ...rest } = flag;
      return rest;
    });
}

/** All flags that a verb takes, its own first. */
export function flagsFor(own: readonly AnyFlag[], globals: readonly AnyFlag[]): readonly AnyFlag[] {
  return [...own, ...globalFlagsFor(own, globals)];
}
