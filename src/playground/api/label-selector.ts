/** Label selectors of queries, with the words of their errors (apimachinery pkg/labels/selector.go). */
import { badRequest } from '../registry-errors.ts';
import { labelValueProblems, qualifiedNameProblems } from '../validation-meta.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelTest = (labels: Labels | undefined) => boolean;

const operators = ['in', 'notin', '=', '==', '!=', 'gt', 'lt'] as const;
const symbols = new Set(['!', '=', '==', '!=', '(', ')', ',', '>', '<']);

interface Token {
  readonly kind: 'identifier' | 'symbol' | 'end';
  readonly text: string;
}

function fail(message: string): never {
  throw badRequest(`unable to parse requirement: ${message}`);
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] as string;
    if (/\s/.test(character)) {
      at += 1;
    } else if ('=!(),><'.includes(character)) {
      const pair = text.slice(at, at + 2);
      const symbol = symbols.has(pair) ? pair : character;
      found.push({ kind: 'symbol', text: symbol });
      at += symbol.length;
    } else {
      const start = at;
      while (at < text.length && !/[\s=!(),><]/.test(text[at] as string)) at += 1;
      found.push({ kind: 'identifier', text: text.slice(start, at) });
    }
  }
  return found;
}

/** A test for labels; an empty selector matches everything. */
export function parseLabelSelector(text: string): LabelTest {
  const parser = new Parser(tokens(text));
  const tests = parser.requirements();
  if (tests.length === 1) return tests[0] as LabelTest;
  return (labels) => tests.every((test) => test(labels));
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  requirements(): LabelTest[] {
    const tests: LabelTest[] = [];
    if (this.#peek().kind === 'end') return tests;
    for (;;) {
      const first = this.#peek();
      if (first.kind !== 'identifier' && first.text !== '!') {
        fail(`found '${first.text}', expected: !, identifier, or 'end of string'`);
      }
      tests.push(this.#requirement());
      const next = this.#take();
      if (next.kind === 'end') return tests;
      if (next.text !== ',') fail(`found '${next.text}', expected: ',' or 'end of string'`);
      const after = this.#peek();
      if (after.kind !== 'identifier' && after.text !== '!') {
        fail(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): LabelTest {
    const negated = this.#peek().text === '!' && this.#take().text === '!';
    const key = this.#take();
    if (key.kind !== 'identifier') fail(`found '${key.text}', expected: identifier`);
    const [problem] = qualifiedNameProblems(key.text);
    if (problem !== undefined) fail(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${problem}`);
    if (negated) return (labels) => labels?.[key.text] === undefined;
    if (this.#peek().kind === 'end' || this.#peek().text === ',') return (labels) => labels?.[key.text] !== undefined;
    return this.#comparison(key.text);
  }

  #comparison(key: string): LabelTest {
    const operator = this.#take().text;
    switch (operator) {
      case 'in':
      case 'notin': {
        const values = this.#values(key);
        const wanted = operator === 'in';
        return (labels) => {
          const value = labels?.[key];
          return value === undefined ? !wanted : values.has(value) === wanted;
        };
      }
      case '=':
      case '==': {
        const value = this.#exactValue(key);
        return (labels) => labels?.[key] === value;
      }
      case '!=': {
        const value = this.#exactValue(key);
        return (labels) => labels?.[key] !== value;
      }
      case '>':
      case '<': {
        const text = this.#exactValue(key);
        if (!/^[+-]?\d+$/.test(text)) {
          fail(
            `values[0][${key}]: Invalid value: ${JSON.stringify(text)}: for 'Gt', 'Lt' operators, the value must be an integer`,
          );
        }
        const limit = Number(text);
        return (labels) => {
          const value = labels?.[key];
          if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
          return operator === '>' ? Number(value) > limit : Number(value) < limit;
        };
      }
      default:
        return fail(`found '${operator}', expected: ${operators.join(', ')}`);
    }
  }

  #values(key: string): ReadonlySet<string> {
    const open = this.#take();
    if (open.text !== '(') fail(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    if (this.#peek().text === ')') {
      fail(`values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty`);
    }
    for (;;) {
      const next = this.#peek();
      if (next.kind === 'identifier') values.add(this.#checked(key, this.#take().text));
      else if (next.text === ',' || next.text === ')') values.add('');
      else fail(`found '${next.text}', expected: ',', ')' or identifier`);
      const after = this.#take();
      if (after.text === ')') return values;
      if (after.text !== ',') fail(`found '${after.text}', expected: ',' or ')'`);
    }
  }

  #exactValue(key: string): string {
    const next = this.#peek();
    if (next.kind === 'end' || next.text === ',') return '';
    if (next.kind !== 'identifier') fail(`found '${next.text}', expected: identifier`);
    return this.#checked(key, this.#take().text);
  }

  #checked(key: string, value: string): string {
    const [problem] = labelValueProblems(value);
    if (problem !== undefined) fail(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${problem}`);
    return value;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #take(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }
}
