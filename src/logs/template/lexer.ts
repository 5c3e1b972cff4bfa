/** Cuts a template into tokens as Go's text/template does. */
import type { ByteString } from '../line.ts';
import { decodeRune, isAlphanumeric, isPrint, runeIn, widthIn } from './bytes.ts';
import { scanNumber } from './number.ts';
import { quote, quoteRuneName } from './quote.ts';
import { keywordOf, type Token, type TokenKind } from './token.ts';

const trimmedLeft = /^-[ \t\r\n]/;
const trimmedRight = /^[ \t\r\n]-\}\}/;
const singles: Readonly<Record<string, TokenKind>> = { '=': 'assign', '|': 'pipe' };

/** Gives one token after the other; after an error there is no more. */
export class Lexer {
  readonly #source: ByteString;
  #at = 0;
  #insideAction = false;
  #parens = 0;
  #trimNext = false;

  constructor(source: ByteString) {
    this.#source = source;
  }

  next(): Token {
    return this.#insideAction ? this.#inAction() : this.#inText();
  }

  #token(kind: TokenKind, from: number): Token {
    return { kind, text: this.#source.slice(from, this.#at), at: from };
  }

  #error(text: string, from: number): Token {
    return { kind: 'error', text, at: from };
  }

  #inText(): Token {
    for (;;) {
      if (this.#trimNext) this.#at += leadingSpace(this.#source, this.#at);
      this.#trimNext = false;
      const from = this.#at;
      const open = this.#source.indexOf('{{', from);
      if (open === -1) {
        this.#at = this.#source.length;
        return from === this.#at ? { kind: 'eof', text: 'EOF', at: from } : this.#token('text', from);
      }
      const trim = trimmedLeft.test(this.#source.slice(open + 2, open + 4));
      const end = trim ? open - trailingSpace(this.#source, from, open) : open;
      if (end > from) {
        this.#at = open;
        return { kind: 'text', text: this.#source.slice(from, end), at: from };
      }
      const inside = open + (trim ? 4 : 2);
      this.#at = inside;
      if (!this.#source.startsWith('/*', inside)) {
        this.#insideAction = true;
        this.#parens = 0;
        return { kind: 'leftDelim', text: '{{', at: open };
      }
      const problem = this.#comment(inside);
      if (problem) return problem;
    }
  }

  /** Passes over a comment. */
  #comment(from: number): Token | undefined {
    const close = this.#source.indexOf('*/', from + 2);
    if (close === -1) return this.#error('unclosed comment', from);
    this.#at = close + 2;
    if (!this.#passRightDelim()) return this.#error('comment ends before closing delimiter', from);
    return undefined;
  }

  #atTrimmedEnd(): boolean {
    return trimmedRight.test(this.#source.slice(this.#at, this.#at + 4));
  }

  /** Passes `}}` or ` -}}`; false when neither is here. */
  #passRightDelim(): boolean {
    this.#trimNext = this.#atTrimmedEnd();
    if (!this.#trimNext && !this.#source.startsWith('}}', this.#at)) return false;
    this.#at += this.#trimNext ? 4 : 2;
    return true;
  }

  #inAction(): Token {
    const from = this.#at;
    if (this.#atTrimmedEnd() || this.#source.startsWith('}}', from)) {
      if (this.#parens > 0) return this.#error('unclosed left paren', from);
      this.#passRightDelim();
      this.#insideAction = false;
      return { kind: 'rightDelim', text: '}}', at: this.#at - 2 };
    }
    if (from >= this.#source.length) return this.#error('unclosed action', from);
    const decoded = decodeRune(this.#source, from);
    const rune = runeIn(decoded);
    const char = String.fromCodePoint(rune);
    if (isSpace(char)) return this.#space(from);
    if (char === '"') return this.#quoted(from, '"', 'string', 'unterminated quoted string');
    if (char === "'") return this.#quoted(from, "'", 'charConstant', 'unterminated character constant');
    if (char === '`') return this.#rawString(from);
    if (char === '$') return this.#name(from, 'variable');
    // A dot at the very end is taken for the beginning of a number.
    const after = this.#source[from + 1];
    if (char === '.' && after !== undefined && !isDigit(after)) return this.#name(from, 'field');
    if (char === '.' || char === '+' || char === '-' || isDigit(char)) return this.#number(from);
    if (isAlphanumeric(rune)) return this.#identifier(from);
    this.#at += widthIn(decoded);
    return this.#punctuation(from, char, rune);
  }

  #punctuation(from: number, char: string, rune: number): Token {
    const single = singles[char];
    if (single) return this.#token(single, from);
    if (char === ':') {
      this.#at += 1;
      return this.#source[from + 1] === '=' ? this.#token('declare', from) : this.#error('expected :=', from);
    }
    if (char === '(') {
      this.#parens += 1;
      return this.#token('leftParen', from);
    }
    if (char === ')') {
      this.#parens -= 1;
      return this.#parens < 0 ? this.#error('unexpected right paren', from) : this.#token('rightParen', from);
    }
    if (rune < 0x80 && isPrint(rune)) return this.#token('char', from);
    return this.#error(`unrecognized character in action: ${quoteRuneName(rune)}`, from);
  }

  #space(from: number): Token {
    while (isSpace(this.#source[this.#at]) && !this.#atTrimmedEnd()) this.#at += 1;
    return this.#token('space', from);
  }

  #quoted(from: number, quote: string, kind: TokenKind, problem: string): Token {
    for (let at = from + 1; at < this.#source.length; at += 1) {
      const char = this.#source[at];
      if (char === '\\') at += 1;
      if (this.#source[at] === '\n' || at >= this.#source.length) break;
      if (char === quote) {
        this.#at = at + 1;
        return this.#token(kind, from);
      }
    }
    return this.#error(problem, from);
  }

  #rawString(from: number): Token {
    const close = this.#source.indexOf('`', from + 1);
    if (close === -1) return this.#error('unterminated raw quoted string', from);
    this.#at = close + 1;
    return this.#token('rawString', from);
  }

  /** `.Name`, `$name`, and the two signs alone. */
  #name(from: number, kind: 'field' | 'variable'): Token {
    this.#at += 1;
    this.#passAlphanumeric();
    if (!this.#atTerminator()) return this.#badCharacter(from);
    const alone = this.#at === from + 1;
    return this.#token(alone && kind === 'field' ? 'dot' : kind, from);
  }

  #identifier(from: number): Token {
    this.#passAlphanumeric();
    if (!this.#atTerminator()) return this.#badCharacter(from);
    const word = this.#source.slice(from, this.#at);
    const plain = word === 'true' || word === 'false' ? 'bool' : 'identifier';
    return this.#token(keywordOf(word) ?? plain, from);
  }

  #number(from: number): Token {
    const { end, kind } = scanNumber(this.#source, from);
    this.#at = end;
    return kind
      ? this.#token(kind, from)
      : this.#error(`bad number syntax: ${quote(this.#source.slice(from, end))}`, from);
  }

  #passAlphanumeric(): void {
    while (this.#at < this.#source.length) {
      const decoded = decodeRune(this.#source, this.#at);
      if (!isAlphanumeric(runeIn(decoded))) return;
      this.#at += widthIn(decoded);
    }
  }

  /** Whether a name may end here. */
  #atTerminator(): boolean {
    const char = this.#source[this.#at];
    return char === undefined || isSpace(char) || '.,|:)('.includes(char) || this.#source.startsWith('}}', this.#at);
  }

  #badCharacter(from: number): Token {
    return this.#error(`bad character ${quoteRuneName(runeIn(decodeRune(this.#source, this.#at)))}`, from);
  }
}

function isSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n';
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function leadingSpace(source: ByteString, from: number): number {
  let at = from;
  while (isSpace(source[at])) at += 1;
  return at - from;
}

function trailingSpace(source: ByteString, from: number, end: number): number {
  let at = end;
  while (at > from && isSpace(source[at - 1])) at -= 1;
  return end - at;
}
