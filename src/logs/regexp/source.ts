/** Writes a pattern for V8, so that its linear engine takes it as well. */
import { factsOf } from './facts.ts';
import type { ClassSource } from './ranges.ts';
import type { Node, Place, Repeat } from './syntax.ts';

/** The linear engine refuses patterns that it would have to unroll more often (V8, experimental.cc). */
const mostUnrolled = 16;

/** Beyond these lengths the pattern is left to RE2: V8 would take longer to compile it than RE2 to run it. */
const longestSource = 100_000;
const longestCopies = 1000;

/** V8 compiles in exponential time what may take nothing at many places in a row. */
const mostNullable = 3;

/** For text without line feeds, where lines and the text begin and end at the same places. */
const places: Readonly<Record<Place, string>> = {
  start: '^',
  end: '$',
  'line-start': '^',
  'line-end': '$',
  boundary: '\\b',
  'no-boundary': '\\B',
};

/** A pattern for V8 that needs no flags and captures nothing. */
interface Written {
  readonly source: string;
  /** How often the linear engine has to unroll what is in it. */
  readonly unrolled: number;
}

/** @returns undefined where V8 should not get it */
export function sourceOf(node: Node, classSource: ClassSource): string | undefined {
  try {
    return new Writer(classSource).write(node).source;
  } catch (error) {
    if (error instanceof Unwieldy) return undefined;
    throw error;
  }
}

class Unwieldy extends Error {}

class Writer {
  readonly #classSource: ClassSource;

  constructor(classSource: ClassSource) {
    this.#classSource = classSource;
  }

  write(node: Node): Written {
    switch (node.kind) {
      case 'runes':
        return { source: this.#classSource(node.ranges), unrolled: 1 };
      case 'concat':
        return this.#joined(node.nodes, '');
      case 'either': {
        const { source, unrolled } = this.#joined(node.nodes, '|');
        return { source: `(?:${source})`, unrolled };
      }
      case 'repeat':
        return this.#repeat(node);
      default:
        return { source: places[node.kind], unrolled: 1 };
    }
  }

  #joined(nodes: readonly Node[], separator: string): Written {
    const parts = nodes.map((node) => this.write(node));
    return {
      source: bounded(parts.map(({ source }) => source).join(separator)),
      unrolled: Math.max(1, ...parts.map(({ unrolled }) => unrolled)),
    };
  }

  #repeat(repeat: Repeat): Written {
    const { node, min, max, greedy } = flattened(repeat);
    const body = this.write(node);
    const atom = node.kind === 'runes' || node.kind === 'either' ? body.source : `(?:${body.source})`;
    const lazy = greedy ? '' : '?';
    const unrolled = body.unrolled * (max === Infinity ? min + 1 : Math.max(max, 1));
    // V8 throws away the turn of a loop that takes nothing, RE2 does not: so a nullable body is written out.
    const { nullable } = factsOf(node);
    if (nullable && max !== Infinity && max > mostNullable) throw new Unwieldy();
    if (unrolled <= mostUnrolled && (max === Infinity || max === min || !nullable)) {
      return { source: `${atom}${quantifier(min, max)}${lazy}`, unrolled };
    }
    const head = copies(atom, body.unrolled, min);
    const tail = max === Infinity ? `${atom}*${lazy}` : optional(atom, max - min, greedy, node.kind === 'runes');
    if (head.length + tail.length > longestCopies) throw new Unwieldy();
    return { source: head + tail, unrolled: mostUnrolled };
  }
}

function bounded(source: string): string {
  if (source.length > longestSource) throw new Unwieldy();
  return source;
}

/** `(x+)+` is `x+`, `(x*)*` is `x*`: RE2 simplifies so, and backtracking is spared. */
function flattened(repeat: Repeat): Repeat {
  const { node, min, max, greedy } = repeat;
  if (node.kind !== 'repeat' || node.greedy !== greedy || max !== Infinity || node.max !== Infinity) return repeat;
  return node.min === min && min <= 1 ? flattened(node) : repeat;
}

function quantifier(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

/** `x{n}` in pieces that may be unrolled. */
function copies(atom: string, unrolled: number, count: number): string {
  const piece = Math.max(1, Math.floor(mostUnrolled / unrolled));
  const whole = piece === 1 ? atom : `${atom}{${piece}}`;
  const rest = count % piece;
  return `${repeated(whole, Math.floor(count / piece))}${rest === 0 ? '' : `${atom}${quantifier(rest, rest)}`}`;
}

/** `x{0,n}` as `(?:x(?:x|)|)`; a single character, which matches in one way only, by leaps: `(?:x{16}(?:…)|x{0,15})`. */
function optional(atom: string, count: number, greedy: boolean, single: boolean): string {
  if (!single) return repeated(greedy ? `(?:${atom}` : `(?:|${atom}`, count) + (greedy ? '|)' : ')').repeat(count);
  if (count < mostUnrolled) return `${atom}{0,${count}}${greedy ? '' : '?'}`;
  const few = optional(atom, mostUnrolled - 1, greedy, single);
  const many = `${atom}{${mostUnrolled}}${optional(atom, count - mostUnrolled, greedy, single)}`;
  return greedy ? `(?:${many}|${few})` : `(?:${few}|${many})`;
}

function repeated(source: string, count: number): string {
  if (source.length * count > longestCopies) throw new Unwieldy();
  return source.repeat(count);
}
