/** Reads the pipelines within the actions of a template. */
import type { ByteString } from '../line.ts';
import { nodeText, type Command, type Operand, type Pipe, type VariableNode } from './nodes.ts';
import { parseNumber } from './number.ts';
import { quote, unquote } from './quote.ts';
import type { Token, TokenKind } from './token.ts';
import type { Tokens } from './tokens.ts';

/** What a pipeline may refer to. */
export interface Scope {
  readonly tokens: Tokens;
  readonly isFunction: (name: string) => boolean;
  /** With their `$`; those of outer blocks first. */
  readonly variables: ByteString[];
}

const operandKinds: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'bool',
  'charConstant',
  'complex',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'rawString',
  'string',
  'variable',
  'leftParen',
]);

/** Operands that later commands of a pipeline cannot begin with: they take no argument. */
const constants: ReadonlySet<Operand['kind']> = new Set<Operand['kind']>(['bool', 'dot', 'nil', 'number', 'string']);

/** A pipeline up to and with the token that ends it. */
export function parsePipe(scope: Scope, context: string, end: 'rightDelim' | 'rightParen'): Pipe {
  const { tokens } = scope;
  const { at } = tokens.peekNonSpace();
  const variables: VariableNode[] = [];
  const assigns = parseDeclarations(scope, context, variables);
  const commands: Command[] = [];
  for (;;) {
    const token = tokens.nextNonSpace();
    if (token.kind === end) break;
    if (!operandKinds.has(token.kind)) tokens.unexpected(token, context);
    tokens.back(token);
    commands.push(parseCommand(scope));
  }
  if (commands.length === 0) tokens.fail(`missing value for ${context}`);
  for (const [index, { operands }] of commands.entries()) {
    if (index === 0 || !operands[0] || !constants.has(operands[0].kind)) continue;
    tokens.fail(`non executable command in pipeline stage ${index + 1}`);
  }
  return { kind: 'pipe', at, assigns, variables, commands };
}

/** `$x :=`, `$x =`, and within range `$i, $e :=`; true for an assignment. */
function parseDeclarations(scope: Scope, context: string, variables: VariableNode[]): boolean {
  const { tokens } = scope;
  for (;;) {
    const variable = tokens.peekNonSpace();
    if (variable.kind !== 'variable') return false;
    tokens.next();
    const behind = tokens.peek();
    const next = tokens.peekNonSpace();
    const comma = next.kind === 'char' && next.text === ',';
    if (next.kind !== 'assign' && next.kind !== 'declare' && !comma) {
      // An argument after all. The space behind it separates it from the next one.
      if (behind.kind === 'space') tokens.back(behind);
      tokens.back(variable);
      return false;
    }
    tokens.nextNonSpace();
    variables.push({ kind: 'variable', at: variable.at, names: [variable.text] });
    scope.variables.push(variable.text);
    if (!comma) return next.kind === 'assign';
    if (context !== 'range' || variables.length > 1) tokens.fail(`too many declarations in ${context}`);
    const after = tokens.peekNonSpace().kind;
    if (after !== 'variable' && after !== 'rightDelim' && after !== 'rightParen') {
      tokens.fail('range can only initialize variables');
    }
  }
}

function parseCommand(scope: Scope): Command {
  const { tokens } = scope;
  const { at } = tokens.peekNonSpace();
  const operands: Operand[] = [];
  for (;;) {
    tokens.peekNonSpace();
    const operand = parseOperand(scope);
    if (operand) operands.push(operand);
    const token = tokens.next();
    if (token.kind === 'space') continue;
    if (token.kind === 'rightDelim' || token.kind === 'rightParen') tokens.back(token);
    else if (token.kind !== 'pipe') tokens.unexpected(token, 'operand');
    break;
  }
  if (operands.length === 0) tokens.fail('empty command');
  return { kind: 'command', at, operands };
}

/** A term and the fields that are taken from it; undefined when what follows is none. */
function parseOperand(scope: Scope): Operand | undefined {
  const { tokens } = scope;
  const term = parseTerm(scope);
  if (!term || tokens.peek().kind !== 'field') return term;
  const { at } = tokens.peek();
  const names: ByteString[] = [];
  while (tokens.peek().kind === 'field') names.push(tokens.next().text.slice(1));
  if (term.kind === 'field' || term.kind === 'variable') return { ...term, at, names: [...term.names, ...names] };
  if (constants.has(term.kind)) tokens.fail(`unexpected . after term ${quote(nodeText(term))}`);
  return { kind: 'chain', at, of: term, names };
}

function parseTerm(scope: Scope): Operand | undefined {
  const { tokens } = scope;
  const token = tokens.nextNonSpace();
  const { kind, text, at } = token;
  switch (kind) {
    case 'identifier':
      if (!scope.isFunction(text)) tokens.fail(`function ${quote(text)} not defined`, at);
      return { kind, at, name: text };
    case 'dot':
    case 'nil':
      return { kind, at };
    case 'variable':
      if (!scope.variables.includes(text)) tokens.fail(`undefined variable ${quote(text)}`, at);
      return { kind, at, names: [text] };
    case 'field':
      return { kind, at, names: [text.slice(1)] };
    case 'bool':
      return { kind, at, value: text === 'true' };
    case 'charConstant':
    case 'complex':
    case 'number':
      return parseNumberTerm(tokens, token);
    case 'leftParen':
      return parsePipe(scope, 'parenthesized pipeline', 'rightParen');
    case 'string':
    case 'rawString':
      return { kind: 'string', at, quoted: text, value: unquoted(tokens, token) };
    default:
      tokens.back(token);
      return undefined;
  }
}

function parseNumberTerm(tokens: Tokens, { text, at }: Token): Operand {
  const parsed = parseNumber(text);
  if ('problem' in parsed) tokens.fail(parsed.problem, at);
  return { kind: 'number', at, text, value: parsed.value };
}

/** The value of a string token. */
export function unquoted(tokens: Tokens, { text, at }: Token): ByteString {
  const value = unquote(text);
  if (value === undefined) tokens.fail('invalid syntax', at);
  return value;
}
