/** The tokens of templates. */
import type { ByteString } from '../line.ts';

export type TokenKind =
  | 'error'
  | 'bool'
  | 'char'
  | 'charConstant'
  | 'complex'
  | 'assign'
  | 'declare'
  | 'eof'
  | 'field'
  | 'identifier'
  | 'leftDelim'
  | 'leftParen'
  | 'number'
  | 'pipe'
  | 'rawString'
  | 'rightDelim'
  | 'rightParen'
  | 'space'
  | 'string'
  | 'text'
  | 'variable'
  | 'dot'
  | Keyword;

export type Keyword =
  | 'block'
  | 'break'
  | 'continue'
  | 'define'
  | 'else'
  | 'end'
  | 'if'
  | 'nil'
  | 'range'
  | 'template'
  | 'with';

const keywords: ReadonlySet<string> = new Set<Keyword>([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
]);

/** The word as a keyword; undefined when it is none. */
export function keywordOf(word: string): Keyword | undefined {
  return keywords.has(word) ? (word as Keyword) : undefined;
}

export interface Token {
  readonly kind: TokenKind;
  /** As written; for an error the sentence that says what is wrong. */
  readonly text: ByteString;
  /** Index of its first byte in the template. */
  readonly at: number;
}
