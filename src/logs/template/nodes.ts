/** A template as a tree. */
import type { ByteString } from '../line.ts';
import type { GoNumber } from './number.ts';

/** What can stand as an argument of a function. */
export type Operand =
  | { readonly kind: 'bool'; readonly at: number; readonly value: boolean }
  | { readonly kind: 'dot'; readonly at: number }
  | { readonly kind: 'nil'; readonly at: number }
  | { readonly kind: 'number'; readonly at: number; readonly text: ByteString; readonly value: GoNumber }
  | { readonly kind: 'string'; readonly at: number; readonly quoted: ByteString; readonly value: ByteString }
  | { readonly kind: 'identifier'; readonly at: number; readonly name: string }
  | FieldNode
  | VariableNode
  | ChainNode
  | Pipe;

/** `.A.B` */
export interface FieldNode {
  readonly kind: 'field';
  readonly at: number;
  readonly names: readonly ByteString[];
}

/** `$x.A.B`; the first name has its `$`. */
export interface VariableNode {
  readonly kind: 'variable';
  readonly at: number;
  readonly names: readonly ByteString[];
}

/** `(pipeline).A.B` */
export interface ChainNode {
  readonly kind: 'chain';
  readonly at: number;
  readonly of: Operand;
  readonly names: readonly ByteString[];
}

export interface Command {
  readonly kind: 'command';
  readonly at: number;
  /** At least one. */
  readonly operands: readonly Operand[];
}

export interface Pipe {
  readonly kind: 'pipe';
  readonly at: number;
  /** The variables are set, not declared. */
  readonly assigns: boolean;
  readonly variables: readonly VariableNode[];
  /** At least one. */
  readonly commands: readonly Command[];
}

export interface BranchNode {
  readonly kind: 'if' | 'with' | 'range';
  readonly at: number;
  readonly pipe: Pipe;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[] | undefined;
}

export interface TemplateCall {
  readonly kind: 'template';
  readonly at: number;
  readonly name: ByteString;
  readonly pipe: Pipe | undefined;
}

export type Statement =
  | { readonly kind: 'text'; readonly at: number; readonly text: ByteString }
  | { readonly kind: 'action'; readonly at: number; readonly pipe: Pipe }
  | { readonly kind: 'break' | 'continue'; readonly at: number }
  | BranchNode
  | TemplateCall;

export type Node = Operand | Command | Statement;

/** A node as Go writes it into its errors. */
export function nodeText(node: Node): ByteString {
  switch (node.kind) {
    case 'bool':
      return String(node.value);
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'number':
      return node.text;
    case 'string':
      return node.quoted;
    case 'identifier':
      return node.name;
    case 'field':
      return node.names.map((name) => `.${name}`).join('');
    case 'variable':
      return node.names.join('.');
    case 'chain':
      return [argumentText(node.of), ...node.names].join('.');
    case 'command':
      return node.operands.map((operand) => argumentText(operand)).join(' ');
    case 'pipe':
      return pipeText(node);
    case 'template':
      return `{{template "${node.name}"${node.pipe ? ` ${pipeText(node.pipe)}` : ''}}}`;
    case 'text':
      return node.text;
    case 'action':
      return `{{${pipeText(node.pipe)}}}`;
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`;
    case 'if':
    case 'with':
    case 'range':
      return branchText(node);
  }
}

function argumentText(operand: Operand): ByteString {
  return operand.kind === 'pipe' ? `(${pipeText(operand)})` : nodeText(operand);
}

function pipeText({ variables, assigns, commands }: Pipe): ByteString {
  const declared = variables.map((variable) => nodeText(variable)).join(', ');
  const sign = assigns ? '=' : ':=';
  const body = commands.map((command) => nodeText(command)).join(' | ');
  return declared === '' ? body : `${declared} ${sign} ${body}`;
}

function branchText({ kind, pipe, body, otherwise }: BranchNode): ByteString {
  const list = (statements: readonly Statement[]): ByteString => statements.map((one) => nodeText(one)).join('');
  const rest = otherwise ? `{{else}}${list(otherwise)}` : '';
  return `{{${kind} ${pipeText(pipe)}}}${list(body)}${rest}{{end}}`;
}
