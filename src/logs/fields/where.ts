/** `--where`: an expression over the fields of a line. */
import { compileGoRegexp } from '../regexp/go-regexp.ts';
import { compare, exists, plainText, type Comparison, type Operand } from './compare.ts';
import { valueAt, type FieldPath } from './field-path.ts';
import type { FieldTest } from './level.ts';
import { tokensOf, WhereProblem, type Token } from './where-tokens.ts';

/**
 * Reads `level>=warn and req.status in (500, 503) and not (path =~ "^/health" or exists(probe))`.
 *
 * `or` binds weaker than `and`, that weaker than `not`; `||`, `&&` and `!` mean the same. Comparisons are `=` or `==`,
 * `!=`, `<`, `<=`, `>`, `>=`, `=~` and `!~` with a regular expression of Go, and `in (…)`; with numbers, texts in
 * quotes or without, `true`, `false`, `null` and durations. Levels compare by severity. A comparison with a field that a
 * line does not have is false, also `!=` and `!~`.
 *
 * @returns a problem that names the column, counted from 1
 */
export function compileWhere(text: string): { readonly value: FieldTest } | { readonly problem: string } {
  try {
    return { value: new WhereReader(tokensOf(text)).read() };
  } catch (error) {
    if (!(error instanceof WhereProblem)) throw error;
    return { problem: `${JSON.stringify(text)}, column ${error.position + 1}: ${error.message}` };
  }
}

const comparisons: Readonly<Record<string, Comparison>> = {
  '=': '=',
  '==': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** Deeper nesting is a mistake, and must not end in a stack overflow. */
const deepest = 200;

class WhereReader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  read(): FieldTest {
    const test = this.#either();
    const token = this.#peek();
    if (token.kind !== 'end') throw new WhereProblem(`expected and, or or the end before ${shown(token)}`, token.start);
    return test;
  }

  #either(): FieldTest {
    let left = this.#both();
    while (this.#takes('or', '||')) left = eitherOf(left, this.#both());
    return left;
  }

  #both(): FieldTest {
    let left = this.#negated();
    while (this.#takes('and', '&&')) left = bothOf(left, this.#negated());
    return left;
  }

  #negated(): FieldTest {
    const token = this.#peek();
    this.#depth += 1;
    if (this.#depth > deepest) throw new WhereProblem('is nested too deeply', token.start);
    const test = this.#takes('not', '!') ? negationOf(this.#negated()) : this.#single();
    this.#depth -= 1;
    return test;
  }

  #single(): FieldTest {
    if (this.#takes('(')) {
      const inner = this.#either();
      this.#expect(')');
      return inner;
    }
    if (this.#peek().text === 'exists' && this.#tokens[this.#next + 1]?.text === '(') {
      this.#next += 2;
      const path = this.#path();
      this.#expect(')');
      return exists(path);
    }
    return this.#comparison(this.#path());
  }

  #comparison(path: FieldPath): FieldTest {
    const token = this.#peek();
    const comparison = token.kind === 'symbol' ? comparisons[token.text] : undefined;
    if (comparison !== undefined) {
      this.#next += 1;
      return compare(path, comparison, this.#operand());
    }
    if (this.#takes('=~')) return this.#pattern(path, true);
    if (this.#takes('!~')) return this.#pattern(path, false);
    const absent = this.#peek().text === 'not' && this.#tokens[this.#next + 1]?.text === 'in' && this.#takes('not');
    if (this.#takes('in')) return this.#list(path, absent);
    throw new WhereProblem(`expected a comparison such as = or >= before ${shown(token)}`, token.start);
  }

  #list(path: FieldPath, absent: boolean): FieldTest {
    this.#expect('(');
    const comparison = absent ? '!=' : '=';
    const tests = [compare(path, comparison, this.#operand())];
    while (this.#takes(',')) tests.push(compare(path, comparison, this.#operand()));
    this.#expect(')');
    return absent ? (fields) => tests.every((test) => test(fields)) : (fields) => tests.some((test) => test(fields));
  }

  #pattern(path: FieldPath, wanted: boolean): FieldTest {
    const { start } = this.#peek();
    const compiled = compileGoRegexp(patternOf(this.#operand()));
    if ('problem' in compiled) throw new WhereProblem(compiled.problem, start);
    const { test } = compiled.value;
    return (fields) => {
      const text = plainText(valueAt(fields, path));
      return text !== undefined && test(text) === wanted;
    };
  }

  #path(): FieldPath {
    const token = this.#peek();
    if (token.kind !== 'operand' || token.path === undefined) {
      throw new WhereProblem(`expected the name of a field before ${shown(token)}`, token.start);
    }
    this.#next += 1;
    return token.path;
  }

  #operand(): Operand {
    const token = this.#peek();
    if (token.kind !== 'operand') {
      throw new WhereProblem(`expected something to compare with before ${shown(token)}`, token.start);
    }
    this.#next += 1;
    return token.operand;
  }

  #expect(symbol: string): void {
    const token = this.#peek();
    if (!this.#takes(symbol)) throw new WhereProblem(`expected ${symbol} before ${shown(token)}`, token.start);
  }

  /** Goes past the next token if it is one of these, typed without quotes. */
  #takes(...texts: readonly string[]): boolean {
    const token = this.#peek();
    if (token.kind === 'end' || !texts.includes(token.text)) return false;
    this.#next += 1;
    return true;
  }

  #peek(): Token {
    // The last token is the end, and nothing goes past it.
    return this.#tokens[this.#next] as Token;
  }
}

function shown(token: Token): string {
  return token.kind === 'end' ? token.text : JSON.stringify(token.text);
}

function eitherOf(left: FieldTest, right: FieldTest): FieldTest {
  return (fields) => left(fields) || right(fields);
}

function bothOf(left: FieldTest, right: FieldTest): FieldTest {
  return (fields) => left(fields) && right(fields);
}

function negationOf(test: FieldTest): FieldTest {
  return (fields) => !test(fields);
}

function patternOf(operand: Operand): string {
  if (operand.kind === 'null') return 'null';
  return 'text' in operand ? operand.text : String(operand.value);
}
