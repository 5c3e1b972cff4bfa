/** `--include` and `--exclude`: which lines are kept. */
import type { LineTest } from '../line.ts';
import { compileAny } from './any-regexp.ts';
import { blockFilter, type BlockFilter } from './block-filter.ts';

export interface LinePatterns {
  /** A line is kept if any of them matches, or if there are none. */
  readonly include: readonly string[];
  /** A line is dropped if any of them matches, whatever `include` says. */
  readonly exclude: readonly string[];
}

export interface LineFilter {
  readonly keeps: LineTest;
  /** The same for a block of whole lines at once; undefined where the patterns have to be asked line by line. */
  readonly filterBlock: BlockFilter | undefined;
}

/**
 * The patterns see the message alone, without timestamp and line feed, as in stern.
 *
 * @returns every problem, each with the flag it belongs to
 */
export function compileLineFilter({
  include,
  exclude,
}: LinePatterns): { readonly value: LineFilter } | { readonly problems: readonly string[] } {
  const included = compileAny(include);
  const excluded = compileAny(exclude);
  if ('problems' in included || 'problems' in excluded) {
    return { problems: [...problemsOf('--include', included), ...problemsOf('--exclude', excluded)] };
  }
  const filterBlock = blockFilter(included.value.patterns, excluded.value.patterns);
  const wanted = included.value.testLine;
  const unwanted = excluded.value.testLine;
  if (exclude.length === 0) return { value: { keeps: include.length === 0 ? keepsAll : wanted, filterBlock } };
  if (include.length === 0) return { value: { keeps: (line) => !unwanted(line), filterBlock } };
  return { value: { keeps: (line) => !unwanted(line) && wanted(line), filterBlock } };
}

const keepsAll: LineTest = () => true;

function problemsOf(flag: string, compiled: object): readonly string[] {
  return 'problems' in compiled ? (compiled.problems as readonly string[]).map((problem) => `${flag}: ${problem}`) : [];
}
