/** `--parallel 3`, `--max-unavailable 25%`: a number of nodes, or a share of those of the run. */
import { quoted, valueFlag, type Flag, type FlagText } from '../cli/flag.ts';
import type { NodeCount } from '../drain/options.ts';

/** A flag that holds a {@link NodeCount}; 0 and shares of nothing are refused: nothing would ever happen. */
export function nodeCountFlag<T extends NodeCount | undefined>(text: FlagText, fallback: T): Flag<NodeCount | T> {
  return valueFlag<NodeCount | T>(text, {
    valueName: 'n|n%',
    fallback,
    ...(fallback !== undefined && 'count' in fallback && { fallbackText: String(fallback.count) }),
    parse(given) {
      const match = /^(\d{1,6})(%?)$/.exec(given);
      const value = Number(match?.[1]);
      if (!match || value === 0) return { problem: `${quoted(given)} is no number of nodes; write 2 or 25%` };
      if (match[2] === '') return { value: { count: value } };
      return value > 100 ? { problem: `${quoted(given)} is more than all nodes` } : { value: { percent: value } };
    },
  });
}
