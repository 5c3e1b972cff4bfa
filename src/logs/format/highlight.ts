/** Matches in a printed line, shown in bold red. */
import { isAscii, type ByteString } from '../line.ts';
import { asGoSees, decodeKeeping, encodeKeeping } from './byte-text.ts';
import { inkOf } from './ink.ts';

/** A printed line with its matches marked. */
export type Highlight = (printed: ByteString) => ByteString;

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A pattern that is ready to be looked for. */
export interface Finder {
  /** All matches that do not overlap, from left to right, as Go's `FindAllStringIndex` has them. */
  readonly matches: (text: string) => readonly Span[];
}

export type CompileRegexp = (pattern: string) => { readonly value: Finder } | { readonly problem: string };

/**
 * One pattern of all, the longest source first, as stern joins them: of alternatives the first one that fits wins. They
 * are looked for in the whole line, also in its prefix; undefined without patterns.
 */
export function compileHighlight(
  patterns: readonly string[],
  compile: CompileRegexp,
): { readonly value: Highlight | undefined } | { readonly problems: readonly string[] } {
  if (patterns.length === 0) return { value: undefined };
  const problems: string[] = [];
  for (const pattern of patterns) {
    const one = compile(pattern);
    if ('problem' in one) problems.push(one.problem);
  }
  if (problems.length > 0) return { problems };
  const sources = patterns.toSorted((a, b) => Buffer.byteLength(b) - Buffer.byteLength(a));
  // As text, because a flag such as (?i) then also holds for the alternatives behind it, as it does in stern.
  const joined = compile(sources.join('|'));
  if ('problem' in joined) return { problems: [joined.problem] };
  const finder = joined.value;
  return {
    value(printed) {
      if (isAscii(printed)) return marked(printed, finder.matches(printed));
      const text = decodeKeeping(printed);
      const spans = finder.matches(asGoSees(text));
      return spans.length === 0 ? printed : encodeKeeping(marked(text, spans));
    },
  };
}

const red = inkOf(31, 1);

/** Marks stand beside codes of colours that are in the text, never within them. */
function marked(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  const coded = text.includes('\x1b[');
  let out = '';
  let copied = 0;
  for (const span of spans) {
    const { start, end } = coded ? outside(text, span) : span;
    // An empty match is marked too, as stern does it, but not what is left of one that lay in a code.
    if (start > end || (start === end && span.start !== span.end)) continue;
    out += text.slice(copied, start) + red.wrap(text.slice(start, end));
    copied = end;
  }
  return out + text.slice(copied);
}

/**
 * The part of a match that begins and ends outside of codes; whole ones may lie in it. Where nothing is left it ends
 * before it starts.
 */
function outside(text: string, { start, end }: Span): Span {
  return { start: codeAround(text, start)?.end ?? start, end: codeAround(text, end)?.start ?? end };
}

// oxlint-disable-next-line no-control-regex -- the codes begin with one
const codeHere = /\x1b\[[\d;:]*m/y;
// Real ones have a few dozen characters; without a limit a line of digits would be read again for each match in it.
const longestCode = 200;

/** The code that a place lies within, neither at its beginning nor at its end. */
function codeAround(text: string, at: number): Span | undefined {
  let begin = at - 1;
  while (begin > at - longestCode && isParameter(text.charCodeAt(begin))) begin -= 1;
  const bracket = text.charCodeAt(begin) === 0x5b;
  if (bracket) begin -= 1;
  if (text.charCodeAt(begin) !== 0x1b || (!bracket && begin !== at - 1)) return undefined;
  codeHere.lastIndex = begin;
  return codeHere.test(text) && codeHere.lastIndex > at ? { start: begin, end: codeHere.lastIndex } : undefined;
}

/** A digit, a colon or a semicolon. */
function isParameter(code: number): boolean {
  return code >= 0x30 && code <= 0x3b;
}
