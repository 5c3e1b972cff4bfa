/** Go's regular expressions at the speed of V8, with the answers of RE2. */
import { bytesOf, textOf, type ByteString, type LogLine } from '../line.ts';
import { withoutEnds } from './ends.ts';
import { factsOf, literalOf, type Facts } from './facts.ts';
import { nativeRegExp } from './native.ts';
import { bytesClass, textClass } from './ranges.ts';
import { compileRe2, type Re2, type Span } from './re2.ts';
import { sourceOf } from './source.ts';
import { parseSyntax, type Node } from './syntax.ts';

export interface GoRegexp {
  /** As typed. */
  readonly source: string;
  /** The pattern is just this text; undefined for all others. */
  readonly literal: string | undefined;
  /** {@link GoRegexp.testBytes} is right for every message, not only for those in ASCII. */
  readonly asciiOnly: boolean;
  /** It matches somewhere in the text. */
  readonly test: (text: string) => boolean;
  /** The same for a line, which is decoded only where that matters. */
  readonly testLine: (line: LogLine) => boolean;
  /** The same for bytes; only where all are ASCII, or with {@link GoRegexp.asciiOnly}. */
  readonly testBytes: (message: ByteString) => boolean;
  /** All matches that do not overlap, from left to right, as Go's `FindAllStringIndex` has them. */
  readonly matches: (text: string) => readonly Span[];
  /** What of it may be joined with other patterns, or run over many lines at once. */
  readonly parts: RegexpParts;
}

/** What decides whether a pattern matches somewhere: it without the loops at its ends. */
export interface RegexpParts {
  readonly tree: Node;
  readonly facts: Facts;
  /** All that is to be looked for is this text. */
  readonly needle: string | undefined;
  /** For {@link GoRegexp.testBytes}; undefined where only RE2 runs it. */
  readonly bytes: string | undefined;
  /** For {@link GoRegexp.test}, unless {@link isOdd} says otherwise; undefined where only RE2 runs it. */
  readonly text: string | undefined;
}

export type Compiled = { readonly value: GoRegexp } | { readonly problem: string };

/**
 * Reads a pattern in the syntax of Go (https://pkg.go.dev/regexp/syntax). RE2 is the judge of what is valid and what it
 * means; V8 runs it, linear in the text at worst.
 *
 * @returns a problem that names the pattern, Go's reason, and what to do
 */
export function compileGoRegexp(pattern: string): Compiled {
  const shown = JSON.stringify(pattern);
  if (/\p{Surrogate}/u.test(pattern))
    return { problem: `${shown} is no regular expression: half of a character stands in it` };
  const reference = compileRe2(pattern);
  if ('problem' in reference) {
    return { problem: `${shown} is no regular expression of Go: ${reference.problem}; ${advice(pattern)}` };
  }
  const tree = parseSyntax(pattern);
  const parts = partsOf(withoutEnds(tree));
  const literal = literalOf(tree);
  const matches = literal === undefined ? finder(tree, reference.value) : (text: string) => occurrences(text, literal);
  const tests = parts.needle === undefined ? engineTests(parts, reference.value) : needleTests(parts.needle);
  return { value: { source: pattern, literal, matches, parts, ...tests } };
}

function partsOf(tree: Node): RegexpParts {
  const [bytes, text] = [sourceOf(tree, bytesClass), sourceOf(tree, textClass)];
  return { tree, facts: factsOf(tree), needle: literalOf(tree), bytes, text };
}

/** What other dialects have and Go has not is the usual mistake. */
function advice(pattern: string): string {
  if (/\(\?<?[=!]/.test(pattern)) return 'Go has no lookahead and no lookbehind: use --exclude for what must not match';
  if (/\\[1-9]/.test(pattern)) return 'Go has no back references';
  return 'write \\ before a character that is meant as it is';
}

type Tests = Pick<GoRegexp, 'asciiOnly' | 'test' | 'testLine' | 'testBytes'>;

/** UTF-8 keeps it simple: the bytes of a text stand in a line only where the text does. */
function needleTests(needle: string): Tests {
  const bytes = bytesOf(needle);
  return {
    asciiOnly: true,
    test: (text) => text.includes(needle),
    testLine: ({ message }) => message.includes(bytes),
    testBytes: (message) => message.includes(bytes),
  };
}

function occurrences(text: string, literal: string): Span[] {
  const spans: Span[] = [];
  for (let start = text.indexOf(literal); start >= 0; start = text.indexOf(literal, start + literal.length)) {
    spans.push({ start, end: start + literal.length });
  }
  return spans;
}

function engineTests({ facts, bytes, text }: RegexpParts, reference: Re2): Tests {
  const ofText = text === undefined ? undefined : nativeRegExp(text);
  const ofBytes = bytes === undefined ? undefined : nativeRegExp(bytes);
  const asciiOnly = facts.bytes === 'exact' && ofBytes !== undefined;
  const test = (text: string): boolean =>
    ofText === undefined || isOdd(facts, text) ? reference.test(text) : ofText.test(text);
  const testBytes = (message: ByteString): boolean =>
    ofBytes === undefined ? reference.test(message) : ofBytes.test(message);
  const testLine = (line: LogLine): boolean => (asciiOnly || line.ascii ? testBytes(line.message) : test(textOf(line)));
  return { asciiOnly, test, testLine, testBytes };
}

function finder(tree: Node, reference: Re2): GoRegexp['matches'] {
  const facts = factsOf(tree);
  const source = sourceOf(tree, textClass);
  if (source === undefined || !facts.exactSpans) return reference.matches;
  const global = nativeRegExp(source, 'g');
  return (text) => (isOdd(facts, text) ? reference.matches(text) : spansOf(global, text));
}

/**
 * What V8 would see otherwise than Go: lines within the text, and places between the halves of a character, where a
 * pattern that takes no character may match.
 */
export function isOdd({ lineAnchors, nullable }: Facts, text: string): boolean {
  return (lineAnchors && text.includes('\n')) || (nullable && /[\ud800-\udfff]/.test(text));
}

/** Go does not count an empty match that touches the one before. */
function spansOf(global: RegExp, text: string): Span[] {
  const spans: Span[] = [];
  let previousEnd = -1;
  global.lastIndex = 0;
  for (let match = global.exec(text); match; match = global.exec(text)) {
    const start = match.index;
    const end = start + match[0].length;
    if (start < end || start !== previousEnd) spans.push({ start, end });
    if (start === end) global.lastIndex = end + 1;
    previousEnd = end;
  }
  return spans;
}
