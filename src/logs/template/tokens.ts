/** The tokens of a template with as much of a look ahead as its grammar needs. */
import type { ByteString } from '../line.ts';
import { Lexer } from './lexer.ts';
import { quote } from './quote.ts';
import { keywordOf, type Token, type TokenKind } from './token.ts';

/** What is wrong with a template; `compileTemplate` turns it into an answer. */
export class TemplateProblem extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'TemplateProblem';
  }
}

/** `log:1:14`: the template, its line and the bytes before it on that line, as Go counts. */
export function placeIn(source: ByteString, at: number): string {
  const before = source.slice(0, at);
  return `log:${lineOf(source, at)}:${at - (before.lastIndexOf('\n') + 1)}`;
}

function lineOf(source: ByteString, at: number): number {
  return source.slice(0, at).split('\n').length;
}

export class Tokens {
  readonly #source: ByteString;
  readonly #lexer: Lexer;
  /** Tokens to be read again, the next one last. */
  readonly #back: Token[] = [];
  /** Where the action in hand began. */
  actionAt: number | undefined;
  #last: Token = { kind: 'eof', text: '', at: 0 };

  constructor(source: ByteString) {
    this.#source = source;
    this.#lexer = new Lexer(source);
  }

  next(): Token {
    this.#last = this.#back.pop() ?? this.#lexer.next();
    return this.#last;
  }

  /** Puts a token back, to be read before all others. */
  back(token: Token): void {
    this.#back.push(token);
  }

  peek(): Token {
    const token = this.next();
    this.back(token);
    return token;
  }

  nextNonSpace(): Token {
    let token = this.next();
    while (token.kind === 'space') token = this.next();
    return token;
  }

  /** Passes over spaces and shows what follows them. */
  peekNonSpace(): Token {
    const token = this.nextNonSpace();
    this.back(token);
    return token;
  }

  expect(kinds: readonly TokenKind[], context: string): Token {
    const token = this.nextNonSpace();
    if (!kinds.includes(token.kind)) this.unexpected(token, context);
    return token;
  }

  unexpected(token: Token, context: string): never {
    if (token.kind === 'error') this.fail(`${token.text}${this.#startedAt(token)}`, token.at);
    this.fail(`unexpected ${tokenText(token)} in ${context}`, token.at);
  }

  /** Where the action began, when that is on another line than what is wrong with it. */
  #startedAt({ text, at }: Token): string {
    const begun = this.actionAt === undefined ? undefined : lineOf(this.#source, this.actionAt);
    if (begun === undefined || begun === lineOf(this.#source, at)) return '';
    return `${text.endsWith(' action') ? '' : ' in action'} started at log:${begun}`;
  }

  /** Ends the parsing; without a place, that of the last token. */
  fail(what: string, at: number = this.#last.at): never {
    throw new TemplateProblem(`template: ${placeIn(this.#source, at)}: ${what}`);
  }
}

function tokenText({ kind, text }: Token): string {
  if (kind === 'eof') return 'EOF';
  if (kind === 'dot' || keywordOf(kind)) return `<${text}>`;
  return text.length > 10 ? `${quote(text.slice(0, 10))}...` : quote(text);
}
