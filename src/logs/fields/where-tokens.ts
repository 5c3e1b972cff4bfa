/** Splits the text of a `--where` into tokens. */
import { durationMs, type Operand } from './compare.ts';
import { readPath, type FieldPath } from './field-path.ts';

export type Token = {
  /** As typed; `the end` behind the last one. */
  readonly text: string;
  /** Index of its first character. */
  readonly start: number;
} & (
  | { readonly kind: 'symbol' | 'end' }
  /** Something that a field may be compared with; a word is a path and a keyword as well. */
  | { readonly kind: 'operand'; readonly operand: Operand; readonly path: FieldPath | undefined }
);

/** What is wrong with the text, and where. */
export class WhereProblem extends Error {
  /** Index of the character. */
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const blank = /\s*/y;
const symbol = /=~|!~|==|!=|<=|>=|&&|\|\||[=<>!(),]/y;
const quoted = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/suy;
const numeric = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\p{L}\p{N}_.:/-])/iuy;
const bare = /[^\s=<>!(),&|"'[\]]+/uy;

/** @throws WhereProblem at the first character that begins nothing */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = skipBlank(text, 0); ;) {
    const token = at < text.length ? tokenAt(text, at) : { kind: 'end' as const, text: 'the end', start: at };
    tokens.push(token);
    if (token.kind === 'end') return tokens;
    at = skipBlank(text, at + token.text.length);
  }
}

function skipBlank(text: string, start: number): number {
  return start + (matchAt(blank, text, start)?.[0].length ?? 0);
}

function tokenAt(text: string, start: number): Token {
  const sign = matchAt(symbol, text, start);
  if (sign) return { kind: 'symbol', text: sign[0], start };
  const string = matchAt(quoted, text, start);
  if (string) return operand(string[0], start, { kind: 'text', value: withoutEscapes(string[1] ?? string[2] ?? '') });
  if (/["']/.test(text[start] ?? '')) throw new WhereProblem('a quote is not closed', start);
  const number = matchAt(numeric, text, start)?.[0];
  if (number !== undefined) return operand(number, start, { kind: 'number', value: Number(number), text: number });
  return wordAt(text, start);
}

/** A path may have brackets and quotes in it; a word may hold more than a name: `1h30m`, `10.0.0.1`, `/healthz`. */
function wordAt(text: string, start: number): Token {
  const path = readPath(text, start);
  const word = matchAt(bare, text, start)?.[0] ?? '';
  const length = Math.max(word.length, path === undefined ? 0 : path.end - start);
  if (length === 0) throw new WhereProblem(`${JSON.stringify(text[start])} begins nothing`, start);
  const whole = text.slice(start, start + length);
  return operand(whole, start, wordOperand(whole), path?.end === start + length ? path.path : undefined);
}

/** Only quotes and backslashes are escaped, so that `"\d+"` is the pattern that it looks like. */
function withoutEscapes(text: string): string {
  return text.replaceAll(/\\(["'\\])/g, '$1');
}

function operand(text: string, start: number, value: Operand, path?: FieldPath): Token {
  return { kind: 'operand', text, start, operand: value, path };
}

function wordOperand(word: string): Operand {
  if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' };
  if (word === 'null') return { kind: 'null' };
  const ms = durationMs(word);
  return ms === undefined ? { kind: 'word', value: word } : { kind: 'duration', value: ms, text: word };
}

function matchAt(expression: RegExp, text: string, start: number): RegExpExecArray | null {
  expression.lastIndex = start;
  return expression.exec(text);
}
