/** Reads a template into a tree, with the grammar and the complaints of Go's text/template. */
import type { ByteString } from '../line.ts';
import type { Statement, TemplateCall } from './nodes.ts';
import { parsePipe, unquoted, type Scope } from './parse-pipe.ts';
import { quote } from './quote.ts';
import { Tokens } from './tokens.ts';

/** What each template consists of, by its name; that of stern's own is `log`. */
export type Templates = ReadonlyMap<ByteString, readonly Statement[]>;

/** The name that stern gives to the template as a whole. */
export const mainTemplate = 'log';

/** The body of one template, of which a source may hold several. */
interface Body extends Scope {
  readonly templates: Map<ByteString, readonly Statement[]>;
  /** How many ranges are open. */
  ranges: number;
}

/** What ends a list of statements. */
type Ending = 'end' | 'else';

/**
 * @param isFunction whether there is a function of that name
 * @throws TemplateProblem
 */
export function parseTemplate(source: ByteString, isFunction: (name: string) => boolean): Templates {
  const tokens: Tokens = new Tokens(source);
  const body = newBody({ tokens, isFunction }, new Map());
  const statements: Statement[] = [];
  while (tokens.peek().kind !== 'eof') {
    const delim = tokens.peek();
    if (delim.kind === 'leftDelim') {
      tokens.next();
      const first = tokens.nextNonSpace();
      if (first.kind === 'define') {
        parseDefinition(newBody(body, body.templates));
        continue;
      }
      tokens.back(first);
      tokens.back(delim);
    }
    const statement = parseStatement(body);
    if (typeof statement === 'string') tokens.fail(`unexpected {{${statement}}}`);
    statements.push(statement);
  }
  addTemplate(body, mainTemplate, statements);
  return body.templates;
}

function newBody(
  { tokens, isFunction }: Pick<Scope, 'tokens' | 'isFunction'>,
  templates: Map<ByteString, readonly Statement[]>,
): Body {
  return { tokens, isFunction, templates, variables: ['$'], ranges: 0 };
}

/** A template of space alone does not count, neither as the first nor as the second of its name. */
function addTemplate({ templates, tokens }: Body, name: ByteString, statements: readonly Statement[]): void {
  const known = templates.get(name);
  if (known === undefined || isEmpty(known)) templates.set(name, statements);
  else if (!isEmpty(statements)) tokens.fail(`template: multiple definition of template ${quote(name)}`);
}

function isEmpty(statements: readonly Statement[]): boolean {
  return statements.every((statement) => statement.kind === 'text' && /^[ \t\r\n\v\f]*$/.test(statement.text));
}

/** `{{define "name"}}…{{end}}`, of which the first word is read. */
function parseDefinition(body: Body): void {
  const { tokens } = body;
  const name = unquoted(tokens, tokens.expect(['string', 'rawString'], 'define clause'));
  tokens.expect(['rightDelim'], 'define clause');
  addTemplate(body, name, parseToEnd(body, 'define clause'));
}

/** Statements up to `{{end}}`, where an `{{else}}` has no business. */
function parseToEnd(body: Body, context: string): readonly Statement[] {
  const { statements, ending } = parseList(body);
  if (ending === 'else') body.tokens.fail(`unexpected {{else}} in ${context}`);
  return statements;
}

function parseList(body: Body): { readonly statements: readonly Statement[]; readonly ending: Ending } {
  const statements: Statement[] = [];
  while (body.tokens.peekNonSpace().kind !== 'eof') {
    const statement = parseStatement(body);
    if (typeof statement === 'string') return { statements, ending: statement };
    statements.push(statement);
  }
  return body.tokens.fail('unexpected EOF');
}

function parseStatement(body: Body): Statement | Ending {
  const token = body.tokens.nextNonSpace();
  if (token.kind === 'text') return { kind: 'text', at: token.at, text: token.text };
  if (token.kind !== 'leftDelim') body.tokens.unexpected(token, 'input');
  body.tokens.actionAt = token.at;
  const action = parseAction(body);
  body.tokens.actionAt = undefined;
  return action;
}

function parseAction(body: Body): Statement | Ending {
  const { tokens } = body;
  const token = tokens.nextNonSpace();
  switch (token.kind) {
    case 'block':
      return parseBlock(body);
    case 'break':
    case 'continue':
      return parseJump(body, token.kind, token.at);
    case 'else':
      return parseElse(body);
    case 'end':
      tokens.expect(['rightDelim'], 'end');
      return 'end';
    case 'if':
    case 'with':
    case 'range':
      return parseBranch(body, token.kind);
    case 'template':
      return parseCall(body);
    default:
      tokens.back(token);
      return { kind: 'action', at: token.at, pipe: parsePipe(body, 'command', 'rightDelim') };
  }
}

function parseJump(body: Body, kind: 'break' | 'continue', at: number): Statement {
  const token = body.tokens.nextNonSpace();
  if (token.kind !== 'rightDelim') body.tokens.unexpected(token, `{{${kind}}}`);
  if (body.ranges === 0) body.tokens.fail(`{{${kind}}} outside {{range}}`);
  return { kind, at };
}

/** `{{else}}`; of `{{else if` and `{{else with` only the first word, the second one begins a statement of its own. */
function parseElse(body: Body): Ending {
  const next = body.tokens.peekNonSpace().kind;
  if (next !== 'if' && next !== 'with') body.tokens.expect(['rightDelim'], 'else');
  return 'else';
}

function parseBranch(body: Body, kind: 'if' | 'with' | 'range'): Statement {
  const { tokens } = body;
  const outer = body.variables.length;
  const pipe = parsePipe(body, kind, 'rightDelim');
  if (kind === 'range') body.ranges += 1;
  const { statements, ending } = parseList(body);
  if (kind === 'range') body.ranges -= 1;
  let otherwise: readonly Statement[] | undefined;
  if (ending === 'else') {
    const next = tokens.peek().kind;
    if (next === kind && next !== 'range') {
      tokens.next();
      otherwise = [parseBranch(body, kind)];
    } else {
      const rest = parseList(body);
      if (rest.ending === 'else') tokens.fail('expected end; found {{else}}');
      otherwise = rest.statements;
    }
  }
  // What a block declares ends with it.
  body.variables.length = outer;
  return { kind, at: pipe.at, pipe, body: statements, otherwise };
}

/** `{{block "name" pipeline}}…{{end}}` defines a template and calls it. */
function parseBlock(body: Body): TemplateCall {
  const { tokens } = body;
  const token = tokens.nextNonSpace();
  if (token.kind !== 'string' && token.kind !== 'rawString') tokens.unexpected(token, 'block clause');
  const name = unquoted(tokens, token);
  const pipe = parsePipe(body, 'block clause', 'rightDelim');
  const own = newBody(body, body.templates);
  addTemplate(own, name, parseToEnd(own, 'block clause'));
  return { kind: 'template', at: token.at, name, pipe };
}

function parseCall(body: Body): TemplateCall {
  const { tokens } = body;
  const token = tokens.nextNonSpace();
  if (token.kind !== 'string' && token.kind !== 'rawString') tokens.unexpected(token, 'template clause');
  const name = unquoted(tokens, token);
  const next = tokens.nextNonSpace();
  if (next.kind === 'rightDelim') return { kind: 'template', at: token.at, name, pipe: undefined };
  tokens.back(next);
  return { kind: 'template', at: token.at, name, pipe: parsePipe(body, 'template clause', 'rightDelim') };
}
