/** Filters a block of lines by searching all of it at once: lines without a match are never looked at. */
import type { ByteString } from '../line.ts';
import { bytesOf } from '../line.ts';
import { messageStart } from '../message-start.ts';
import type { GoRegexp } from './go-regexp.ts';
import { nativeRegExp } from './native.ts';
import { blockClass } from './ranges.ts';
import { sourceOf } from './source.ts';

/**
 * Takes lines as the server sends them, each a timestamp, which may be missing, a space, the message and a line feed, which
 * the last may lack; returns those that are kept, untouched.
 */
export type BlockFilter = (block: ByteString) => ByteString;

/** Index of the first match that begins at or after `from`; -1 without one. */
type Search = (block: ByteString, from: number) => number;

/**
 * @param include any of them has to match, unless there are none
 * @param exclude none of them may match
 * @returns undefined where one of the patterns cannot be searched for across lines, or where there is nothing to do
 */
export function blockFilter(include: readonly GoRegexp[], exclude: readonly GoRegexp[]): BlockFilter | undefined {
  const wanted = include.length === 0 ? undefined : searchOf(include);
  const unwanted = exclude.length === 0 ? undefined : searchOf(exclude);
  if ((include.length > 0 && !wanted) || (exclude.length > 0 && !unwanted)) return undefined;
  if (wanted && unwanted) return (block) => withoutMatches(withMatches(block, wanted), unwanted);
  if (wanted) return (block) => withMatches(block, wanted);
  return unwanted && ((block) => withoutMatches(block, unwanted));
}

function searchOf(patterns: readonly GoRegexp[]): Search | undefined {
  const [first] = patterns;
  if (patterns.length === 1 && first?.parts.needle !== undefined && !first.parts.needle.includes('\n')) {
    const literal = bytesOf(first.parts.needle);
    return (block, from) => block.indexOf(literal, from);
  }
  if (!patterns.every(isPlain)) return undefined;
  const sources = patterns.map(({ parts }) => sourceOf(parts.tree, blockClass));
  if (sources.includes(undefined)) return undefined;
  const expression = nativeRegExp(sources.map((source) => `(?:${source})`).join('|'), 'g');
  return (block, from) => {
    expression.lastIndex = from;
    return expression.exec(block)?.index ?? -1;
  };
}

/**
 * Asks nothing about places, for they differ within a block. Nor does it hold a loop: V8 allows each search only so much
 * backtracking, which is plenty for a line but not for a block, before it turns to its slow engine.
 */
function isPlain({ parts: { facts } }: GoRegexp): boolean {
  return facts.bytes === 'exact' && !facts.nullable && !facts.anchors && !facts.loops;
}

function withMatches(block: ByteString, search: Search): ByteString {
  let kept = '';
  // What is kept but not yet copied; neighbours are copied together.
  let [runStart, runEnd] = [0, 0];
  for (let at = search(block, 0); at >= 0;) {
    const line = lineAround(block, at);
    if (at < line.message) {
      at = search(block, line.message);
      continue;
    }
    if (line.start !== runEnd) {
      kept += block.slice(runStart, runEnd);
      runStart = line.start;
    }
    runEnd = line.end;
    at = search(block, line.end);
  }
  return kept + block.slice(runStart, runEnd);
}

function withoutMatches(block: ByteString, search: Search): ByteString {
  let kept = '';
  let copied = 0;
  for (let at = search(block, 0); at >= 0;) {
    const line = lineAround(block, at);
    if (at < line.message) {
      at = search(block, line.message);
      continue;
    }
    kept += block.slice(copied, line.start);
    copied = line.end;
    at = search(block, line.end);
  }
  return copied === 0 ? block : kept + block.slice(copied);
}

interface Line {
  readonly start: number;
  /** Where its message begins. */
  readonly message: number;
  /** Behind its line feed. */
  readonly end: number;
}

function lineAround(block: ByteString, at: number): Line {
  const start = at === 0 ? 0 : block.lastIndexOf('\n', at - 1) + 1;
  const feed = block.indexOf('\n', at);
  const end = feed < 0 ? block.length : feed + 1;
  return { start, message: messageStart(block, start, feed < 0 ? end : feed), end };
}
