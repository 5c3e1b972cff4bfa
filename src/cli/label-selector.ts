/** Checks the syntax of label selectors before anything is sent, as k8s.io/apimachinery/pkg/labels parses them. */
import { quoted } from './flag.ts';

export interface SelectorProblem {
  /** One clause: what was found and what was expected. */
  readonly message: string;
  /** Index of the offending character, from 0. */
  readonly position: number;
}

interface Token {
  readonly kind: 'word' | 'end' | '!' | '=' | '==' | '!=' | '>' | '<' | '(' | ')' | ',';
  readonly text: string;
  readonly position: number;
}

const operators = ['=', '==', '!=', 'in', 'notin', '>', '<'] as const;

/** The first thing that is wrong with a selector, or undefined when the server would take it. */
export function checkLabelSelector(selector: string): SelectorProblem | undefined {
  try {
    new Checker(tokensOf(selector)).selector();
    return undefined;
  } catch (error) {
    if (error instanceof Mismatch) return { message: error.message, position: error.position };
    throw error;
  }
}

/** The same as one sentence that points at the place. */
export function selectorProblem(selector: string): string | undefined {
  const problem = checkLabelSelector(selector);
  return (
    problem && `${quoted(selector)} is not a label selector: ${problem.message} at character ${problem.position + 1}`
  );
}

class Mismatch extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const symbols = /==|!=|[!=<>(),]/y;
const word = /[^!=<>(), \t\r\n]+/y;
const blank = /[ \t\r\n]*/y;

function tokensOf(selector: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const read = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const text = pattern.exec(selector)?.[0];
    position += text?.length ?? 0;
    return text;
  };
  for (;;) {
    read(blank);
    const start = position;
    if (start >= selector.length) return [...tokens, { kind: 'end', text: 'the end', position: start }];
    const symbol = read(symbols);
    const text = symbol ?? read(word) ?? selector.slice(start);
    tokens.push({ kind: symbol === undefined ? 'word' : (symbol as Token['kind']), text, position: start });
  }
}

/** A recursive descent over the grammar in the comment of labels.Parse. */
class Checker {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  selector(): void {
    if (this.#peek().kind === 'end') return;
    for (;;) {
      this.#requirement();
      const after = this.#take();
      if (after.kind === 'end') return;
      if (after.kind !== ',') throw unexpected(after, 'a comma or the end');
    }
  }

  #requirement(): void {
    const negated = this.#peek().kind === '!';
    if (negated) this.#take();
    const key = this.#take();
    if (key.kind !== 'word') throw unexpected(key, 'a label key');
    checkKey(key);
    const next = this.#peek();
    if (next.kind === ',' || next.kind === 'end') return;
    const operator = this.#take();
    if (negated) throw unexpected(operator, 'a comma or the end after !key');
    if (operator.text === 'in' || operator.text === 'notin') return this.#set();
    if (!operators.some((known) => known === operator.text))
      throw unexpected(operator, `one of ${operators.join(', ')}`);
    this.#value(operator.kind === '>' || operator.kind === '<');
  }

  #set(): void {
    const open = this.#take();
    if (open.kind !== '(') throw unexpected(open, 'an opening parenthesis');
    // Values may be empty: `()`, `(a,)` and `(,)` all hold the empty string.
    for (;;) {
      const token = this.#take();
      if (token.kind === ')') return;
      if (token.kind === ',') continue;
      if (token.kind !== 'word') throw unexpected(token, 'a value or a closing parenthesis');
      checkValue(token);
      const after = this.#peek();
      if (after.kind !== ',' && after.kind !== ')') throw unexpected(after, 'a comma or a closing parenthesis');
    }
  }

  #value(numeric: boolean): void {
    const next = this.#peek();
    if (next.kind === ',' || next.kind === 'end') {
      if (numeric) throw unexpected(next, 'a whole number');
      return;
    }
    const token = this.#take();
    if (token.kind !== 'word') throw unexpected(token, 'a value');
    if (numeric && !/^[+-]?\d+$/.test(token.text)) throw unexpected(token, 'a whole number');
    checkValue(token);
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] as Token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }
}

function unexpected(token: Token, expected: string): Mismatch {
  const found = token.kind === 'end' ? token.text : quoted(token.text);
  return new Mismatch(`found ${found}, expected ${expected}`, token.position);
}

const name = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

function checkKey({ text, position }: Token): void {
  const parts = text.split('/');
  const local = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const wrong = parts.length > 2 || (prefix !== undefined && (!subdomain.test(prefix) || prefix.length > 253));
  if (wrong || !name.test(local)) {
    throw new Mismatch(
      `${quoted(text)} cannot be a label key (at most 63 letters, digits, - _ . after an optional dns.prefix/)`,
      position,
    );
  }
}

function checkValue({ text, position }: Token): void {
  if (!name.test(text)) {
    throw new Mismatch(`${quoted(text)} cannot be a label value (at most 63 letters, digits, - _ .)`, position);
  }
}
