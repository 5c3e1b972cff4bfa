/** The reference for Go's regular expressions: says what a pattern means, and runs the few that V8 cannot run alike. */
import { RE2JS } from 're2js';
import type { Ranges } from './ranges.ts';

/** Where a match begins and ends, in units of UTF-16; the end is the first that is not part of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A pattern as RE2 runs it: linear in the text, exact, and some thirty times slower than V8. */
export interface Re2 {
  readonly test: (text: string) => boolean;
  /** All matches that do not overlap, as Go's `FindAllIndex` has them. */
  readonly matches: (text: string) => Span[];
}

/** Go's verdict on a pattern: its engine, or what is wrong with it in Go's words. */
export function compileRe2(pattern: string): { readonly value: Re2 } | { readonly problem: string } {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    return { problem: (error as Error).message.replace(/^error parsing regexp: /, '') };
  }
  return { value: { test: (text) => compiled.test(text), matches: (text) => matchesOf(compiled, text) } };
}

/** An empty match that touches the one before does not count in Go. */
function matchesOf(compiled: RE2JS, text: string): Span[] {
  const spans: Span[] = [];
  const matcher = compiled.matcher(text);
  let previousEnd = -1;
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (start < end || start !== previousEnd) spans.push({ start, end });
    previousEnd = end;
  }
  return spans;
}

/** What is read of a compiled program: the characters that its only step takes. */
interface Step {
  readonly op: number;
  readonly arg: number;
  readonly runes: ArrayLike<number>;
}

// Inst.RUNE to Inst.RUNE_ANY_NOT_NL, and RE2Flags.FOLD_CASE.
const [firstRuneOp, lastRuneOp, foldCase] = [8, 11, 1];

/**
 * The characters that a pattern for a single one takes: `[^a-z]`, `\pL`, `\d`.
 *
 * @param fold without regard to case
 */
export function runesOf(pattern: string, fold: boolean): Ranges {
  const { prog } = RE2JS.compile(fold ? `(?i)${pattern}` : pattern).re2() as { prog: { inst: readonly Step[] } };
  const step = prog.inst.find(({ op }) => op >= firstRuneOp && op <= lastRuneOp);
  if (!step) return [];
  const [only = 0] = Array.from(step.runes);
  if (step.runes.length > 1) return Array.from(step.runes);
  return (step.arg & foldCase) === 0 ? [only, only] : foldedRune(only);
}

// Far above every letter that has a case, and above every character that is in use.
const [lastFolding, marker] = [0x1ffff, 0x10ffff];

const folded = new Map<number, Ranges>();

/** A character with all its cases: `k` is also `K` and the sign for Kelvin. */
export function foldedRune(rune: number): Ranges {
  if (rune > lastFolding) return [rune, rune];
  let ranges = folded.get(rune);
  if (ranges) return ranges;
  // A set of just two cases would come back as one of them; with a third member it comes back whole.
  ranges = runesOf(`[\\x{${rune.toString(16)}}\\x{${marker.toString(16)}}]`, true).slice(0, -2);
  folded.set(rune, ranges);
  return ranges;
}
