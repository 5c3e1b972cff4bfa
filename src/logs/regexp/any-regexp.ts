/** Several patterns as one test: a line matches if any of them does. */
import { textOf, bytesOf, type LogLine } from '../line.ts';
import { compileGoRegexp, type GoRegexp } from './go-regexp.ts';
import { nativeRegExp } from './native.ts';

export interface AnyRegexp {
  /** At least one pattern matches somewhere in the text; never without patterns. */
  readonly test: (text: string) => boolean;
  /** The same for a line, which is decoded only where that matters. */
  readonly testLine: (line: LogLine) => boolean;
  /** In the order given. */
  readonly patterns: readonly GoRegexp[];
}

/** @returns every problem, not only the first */
export function compileAny(
  patterns: readonly string[],
): { readonly value: AnyRegexp } | { readonly problems: readonly string[] } {
  const compiled = patterns.map(compileGoRegexp);
  const problems = compiled.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (problems.length > 0) return { problems };
  return { value: anyOf(compiled.flatMap((one) => ('value' in one ? [one.value] : []))) };
}

/** Searching for one text after the other is quicker than a pattern of alternatives only for few. */
const fewLiterals = 3;

function anyOf(patterns: readonly GoRegexp[]): AnyRegexp {
  const literals = patterns.flatMap(({ parts: { needle } }) => (needle === undefined ? [] : [needle]));
  const few = literals.length <= fewLiterals;
  const searched = few ? literals.map(bytesOf) : [];
  const joined = patterns.filter((pattern) => joinable(pattern) && !(few && pattern.parts.needle !== undefined));
  const ofAscii = alternatives(joined.map(({ parts }) => parts.bytes));
  const ofBytes = alternatives(joined.filter(onBytes).map(({ parts }) => parts.bytes));
  const ofText = alternatives(joined.filter((pattern) => !onBytes(pattern)).map(({ parts }) => parts.text));
  const single = patterns.filter((pattern) => !joinable(pattern));

  function testLine(line: LogLine): boolean {
    const { message } = line;
    for (const literal of searched) if (message.includes(literal)) return true;
    if (line.ascii) return (ofAscii?.test(message) ?? false) || testEach(line);
    return (ofBytes?.test(message) ?? false) || (ofText?.test(textOf(line)) ?? false) || testEach(line);
  }

  function testEach(line: LogLine): boolean {
    for (const pattern of single) if (pattern.testLine(line)) return true;
    return false;
  }

  return { test: (text) => patterns.some((pattern) => pattern.test(text)), testLine, patterns };
}

/** Patterns that may match nothing, and those that only RE2 runs, are asked one by one. */
function joinable({ parts }: GoRegexp): boolean {
  return parts.bytes !== undefined && parts.text !== undefined && !parts.facts.nullable;
}

/** What is right on the bytes of every line; above ASCII a pattern needs the characters. */
function onBytes({ parts }: GoRegexp): boolean {
  return parts.facts.bytes === 'exact';
}

function alternatives(sources: readonly (string | undefined)[]): RegExp | undefined {
  return sources.length === 0 ? undefined : nativeRegExp(sources.map((source) => `(?:${source})`).join('|'));
}
