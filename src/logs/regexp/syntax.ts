/** Reads Go's syntax of regular expressions into a tree. */
import type { Ranges } from './ranges.ts';
import { foldedRune, runesOf } from './re2.ts';

/** A place in the text; `line-start` and `line-end` also lie at line feeds. */
export type Place = 'start' | 'end' | 'line-start' | 'line-end' | 'boundary' | 'no-boundary';

export type Node =
  | { readonly kind: Place }
  | { readonly kind: 'runes'; readonly ranges: Ranges }
  | { readonly kind: 'concat'; readonly nodes: readonly Node[] }
  | { readonly kind: 'either'; readonly nodes: readonly Node[] }
  | Repeat;

export interface Repeat {
  readonly kind: 'repeat';
  readonly node: Node;
  readonly min: number;
  /** Infinity without a limit. */
  readonly max: number;
  readonly greedy: boolean;
}

/** Flags as they stand at a place of the pattern. */
interface Flags {
  readonly fold: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  /** Quantifiers are lazy unless a `?` follows. */
  readonly ungreedy: boolean;
}

const flagNames = { i: 'fold', m: 'multiline', s: 'dotAll', U: 'ungreedy' } as const;

/** @param pattern one that RE2 accepts: what it refuses is not looked for here (regexp/syntax of Go, parse.go) */
export function parseSyntax(pattern: string): Node {
  return new Reader(pattern).read();
}

const oneChar = /[^]/uy;
const count = /\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/y;
const groupStart = /\(\?P?<\w+>|\(\?([imsU-]*)([:)])|\(/y;
const perlClass = /\\[dDsSwW]|\\[pP](?:\{[^}]*\}|[^])/uy;
const octal = /\\([0-7]{1,3})/y;
const hex = /\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/y;

const anyRune: Ranges = [0, 0x10ffff];
const anyButLineFeed: Ranges = [0, 0x09, 0x0b, 0x10ffff];

const escapedPlaces: Readonly<Record<string, Place>> = {
  '\\A': 'start',
  '\\z': 'end',
  '\\b': 'boundary',
  '\\B': 'no-boundary',
};

const escapedControls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

class Reader {
  readonly #pattern: string;
  #at = 0;
  #flags: Flags = { fold: false, multiline: false, dotAll: false, ungreedy: false };

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** Alternatives, up to the end of the group or of the pattern. */
  read(): Node {
    const alternatives: Node[][] = [[]];
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ')') {
      if (this.#pattern[this.#at] === '|') {
        this.#at += 1;
        alternatives.push([]);
      } else this.#item(alternatives.at(-1) ?? []);
    }
    const nodes = alternatives.map(concat);
    return nodes.length === 1 && nodes[0] ? nodes[0] : { kind: 'either', nodes };
  }

  /** Appends the next item, or puts a quantifier around the last one. */
  #item(into: Node[]): void {
    switch (this.#pattern[this.#at]) {
      case '*':
        return this.#quantify(into, 0, Infinity, 1);
      case '+':
        return this.#quantify(into, 1, Infinity, 1);
      case '?':
        return this.#quantify(into, 0, 1, 1);
      case '{':
        return this.#counted(into);
      case '(':
        return this.#group(into);
      case '\\':
        return this.#escape(into);
      default:
        into.push(this.#plain());
    }
  }

  #quantify(into: Node[], min: number, max: number, length: number): void {
    this.#at += length;
    const lazy = this.#take('?');
    const node = into.pop() ?? concat([]);
    into.push({ kind: 'repeat', node, min, max, greedy: lazy === this.#flags.ungreedy });
  }

  #counted(into: Node[]): void {
    const match = this.#match(count);
    if (!match) {
      into.push(this.#literal());
      return;
    }
    const [whole, min = '', comma, max] = match;
    this.#quantify(into, Number(min), comma === undefined ? Number(min) : Number(max ?? Infinity), whole.length);
  }

  #group(into: Node[]): void {
    const [whole = '(', names, end] = this.#match(groupStart) ?? [];
    this.#at += whole.length;
    const before = this.#flags;
    if (names !== undefined) this.#flags = changed(before, names);
    // `(?i)` holds until the group around it ends.
    if (end === ')') return;
    into.push(this.read());
    this.#at += 1;
    this.#flags = before;
  }

  #escape(into: Node[]): void {
    const two = this.#pattern.slice(this.#at, this.#at + 2);
    const place = escapedPlaces[two];
    if (place !== undefined) {
      this.#at += 2;
      into.push({ kind: place });
    } else if (two === '\\Q') this.#quoted(into);
    else into.push(this.#escapedRune());
  }

  #quoted(into: Node[]): void {
    this.#at += 2;
    const found = this.#pattern.indexOf('\\E', this.#at);
    const end = found < 0 ? this.#pattern.length : found;
    while (this.#at < end) into.push(this.#literal());
    if (found >= 0) this.#at += 2;
  }

  #escapedRune(): Node {
    const [perl] = this.#match(perlClass) ?? [];
    if (perl !== undefined) {
      this.#at += perl.length;
      return { kind: 'runes', ranges: runesOf(perl, this.#flags.fold) };
    }
    const digits = this.#match(octal);
    if (digits) return this.#rune(Number.parseInt(digits[1] ?? '', 8), digits[0].length);
    const code = this.#match(hex);
    if (code) return this.#rune(Number.parseInt(code[1] ?? code[2] ?? '', 16), code[0].length);
    const character = this.#pattern[this.#at + 1] ?? '';
    return this.#rune(escapedControls[character] ?? character.charCodeAt(0), 2);
  }

  #plain(): Node {
    const { multiline, dotAll } = this.#flags;
    switch (this.#pattern[this.#at]) {
      case '^':
        this.#at += 1;
        return { kind: multiline ? 'line-start' : 'start' };
      case '$':
        this.#at += 1;
        return { kind: multiline ? 'line-end' : 'end' };
      case '.':
        this.#at += 1;
        return { kind: 'runes', ranges: dotAll ? anyRune : anyButLineFeed };
      case '[':
        return this.#class();
      default:
        return this.#literal();
    }
  }

  #class(): Node {
    const start = this.#at;
    this.#at = classEnd(this.#pattern, start);
    return { kind: 'runes', ranges: runesOf(this.#pattern.slice(start, this.#at), this.#flags.fold) };
  }

  #literal(): Node {
    const [character = ''] = this.#match(oneChar) ?? [];
    return this.#rune(character.codePointAt(0) ?? 0, character.length);
  }

  #rune(rune: number, length: number): Node {
    this.#at += length;
    return { kind: 'runes', ranges: this.#flags.fold ? foldedRune(rune) : [rune, rune] };
  }

  #take(character: string): boolean {
    const there = this.#pattern[this.#at] === character;
    if (there) this.#at += 1;
    return there;
  }

  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    return expression.exec(this.#pattern);
  }
}

function concat(nodes: readonly Node[]): Node {
  return nodes.length === 1 && nodes[0] ? nodes[0] : { kind: 'concat', nodes };
}

function changed(flags: Flags, names: string): Flags {
  const [on = '', off = ''] = names.split('-');
  const next: { -readonly [name in keyof Flags]: boolean } = { ...flags };
  for (const name of on) next[flagNames[name as keyof typeof flagNames]] = true;
  for (const name of off) next[flagNames[name as keyof typeof flagNames]] = false;
  return next;
}

/** Index behind the bracket that closes the class; one that comes first is a member of it. */
function classEnd(pattern: string, start: number): number {
  let at = start + (pattern[start + 1] === '^' ? 2 : 1);
  const first = at;
  while (pattern[at] !== ']' || at === first) {
    if (pattern.startsWith('[:', at) && pattern.includes(':]', at)) at = pattern.indexOf(':]', at) + 2;
    else at += pattern[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}
