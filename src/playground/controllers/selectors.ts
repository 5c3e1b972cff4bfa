/** Label selectors, compiled once per selector object. */
import { compileSelector, type LabelMatcher } from '../../cluster/selector.ts';
import type { Selector } from './models.ts';

const compiled = new WeakMap<object, LabelMatcher>();

/** `compileSelector`, remembered: stored objects never change, so neither do their selectors. */
export function matcherOf(selector: Selector | undefined): LabelMatcher {
  if (!selector) return compileSelector(undefined);
  const known = compiled.get(selector);
  if (known) return known;
  const matcher = compileSelector(selector);
  compiled.set(selector, matcher);
  return matcher;
}
