/** Evaluates the pipelines of a template against a line, with the types and the complaints of Go. */
import type { ByteString } from '../line.ts';
import { callFunction } from './call.ts';
import { TemplateFailure } from './failure.ts';
import { typeName } from './kinds.ts';
import { methodOf } from './methods.ts';
import { nodeText, type Command, type Node, type Operand, type Pipe } from './nodes.ts';
import type { GoNumber } from './number.ts';
import { quote } from './quote.ts';
import { missing, type Final, type Program, type Slot, type Variable } from './slot.ts';
import { placeIn } from './tokens.ts';
import { GoColor, GoInt, GoLog, GoMap, type GoFunction, type GoValue, type ParameterType } from './values.ts';

/** One call of one template. */
export class Evaluation {
  readonly #program: Program;
  readonly #template: ByteString;
  /** The innermost last. */
  readonly variables: Variable[];
  /** What is being worked on, for errors. */
  #node: Node;

  constructor(program: Program, template: ByteString, dot: Slot, node: Node) {
    this.#program = program;
    this.#template = template;
    this.variables = [{ name: '$', slot: dot }];
    this.#node = node;
  }

  at(node: Node): void {
    this.#node = node;
  }

  fail(what: ByteString): never {
    const place = placeIn(this.#program.source, this.#node.at);
    const where = `executing ${quote(this.#template)} at <${nodeText(this.#node)}>`;
    throw new TemplateFailure(`template: ${place}: ${where}: ${what}`);
  }

  functionOf(name: string): GoFunction {
    return this.#program.functions.get(name) ?? this.fail(`"${name}" is not a defined function`);
  }

  setVariable(name: ByteString, slot: Slot): void {
    const variable = this.variables.findLast((one) => one.name === name);
    if (variable) variable.slot = slot;
    else this.fail(`undefined variable: ${name}`);
  }

  /** The value of a pipeline; its variables are declared or set on the way. Null comes out as nothing. */
  pipe(dot: Slot, pipe: Pipe): GoValue {
    this.#node = pipe;
    let value: Final = missing;
    for (const command of pipe.commands) value = this.#command(dot, command, value) ?? undefined;
    const result: GoValue = value === missing ? undefined : value;
    for (const { names } of pipe.variables) {
      const [name = ''] = names;
      const slot = { value: result, boxed: false };
      if (pipe.assigns) this.setVariable(name, slot);
      else this.variables.push({ name, slot });
    }
    return result;
  }

  #command(dot: Slot, command: Command, final: Final): GoValue {
    const { operands } = command;
    const [first] = operands;
    if (!first) return undefined;
    switch (first.kind) {
      case 'field':
        this.#node = first;
        return this.#fields(dot, dot, first, first.names, operands, final);
      case 'chain':
        return this.#chain(dot, first, operands, final);
      case 'variable':
        return this.#variable(dot, first, operands, final);
      case 'identifier':
        this.#node = first;
        return callFunction(this, dot, first.name, command, operands, final);
      case 'pipe':
        this.#noArguments(operands, final);
        return this.pipe(dot, first);
      case 'dot':
      case 'bool':
      case 'nil':
      case 'number':
      case 'string':
        this.#node = first;
        this.#noArguments(operands, final);
        return first.kind === 'nil' ? this.fail('nil is not a command') : this.#constant(dot, first);
    }
  }

  #noArguments(operands: readonly Operand[], final: Final): void {
    const [first] = operands;
    if (first && (operands.length > 1 || final !== missing)) {
      this.fail(`can't give argument to non-function ${nodeText(first)}`);
    }
  }

  #constant(dot: Slot, operand: Operand & { readonly kind: 'dot' | 'bool' | 'number' | 'string' }): GoValue {
    switch (operand.kind) {
      case 'dot':
        return dot.value;
      case 'bool':
      case 'string':
        return operand.value;
      case 'number':
        return this.#number(operand.value, operand.text);
    }
  }

  /** Without a type asked for, the way it is written decides between int and float64. */
  #number({ int, float, floatByNature }: GoNumber, text: ByteString): GoValue {
    if (floatByNature) return float;
    return int === undefined ? this.fail(`${text} overflows int`) : new GoInt(int);
  }

  #chain(dot: Slot, chain: Operand & { readonly kind: 'chain' }, operands: readonly Operand[], final: Final): GoValue {
    this.#node = chain;
    const value = chain.of.kind === 'pipe' ? this.pipe(dot, chain.of) : this.argument(dot, 'value', chain.of);
    return this.#fields(dot, { value, boxed: false }, chain, chain.names, operands, final);
  }

  #variable(
    dot: Slot,
    variable: Operand & { readonly kind: 'variable' },
    operands: readonly Operand[],
    final: Final,
  ): GoValue {
    this.#node = variable;
    const [name, ...fields] = variable.names;
    const found = this.variables.findLast((one) => one.name === name);
    if (!found) return this.fail(`undefined variable: ${name ?? ''}`);
    if (fields.length > 0) return this.#fields(dot, found.slot, variable, fields, operands, final);
    this.#noArguments(operands, final);
    return found.slot.value;
  }

  /** `.A.B arguments`: only the last one can be a method with arguments. */
  #fields(
    dot: Slot,
    from: Slot,
    node: Node,
    names: readonly ByteString[],
    operands: readonly Operand[],
    final: Final,
  ): GoValue {
    let { value, boxed } = from;
    const last = names.length - 1;
    for (let index = 0; index < last; index += 1) {
      const inner = this.#field(dot, value, boxed, node, names[index] ?? '', [], missing);
      boxed = value instanceof GoMap && !value.ofStrings;
      value = inner;
    }
    return this.#field(dot, value, boxed, node, names[last] ?? '', operands, final);
  }

  #field(
    dot: Slot,
    value: GoValue,
    boxed: boolean,
    node: Node,
    name: ByteString,
    operands: readonly Operand[],
    final: Final,
  ): GoValue {
    if (value === undefined) return undefined;
    if (value === null) return this.fail(`nil pointer evaluating interface {}.${name}`);
    const hasArguments = operands.length > 1 || final !== missing;
    if (value instanceof GoMap) {
      if (hasArguments) this.fail(`${name} is not a method but has arguments`);
      return value.get(name);
    }
    if (value instanceof GoLog) {
      const field = value.field(name);
      if (field !== undefined && hasArguments) this.fail(`${name} has arguments but cannot be invoked as function`);
      if (field !== undefined) return field;
    }
    const method = methodOf(value, name);
    if (method) return callFunction(this, dot, method, node, operands, final);
    const type = boxed ? 'interface {}' : typeName(value);
    return this.fail(`can't evaluate field ${name} in type ${type}`);
  }

  /** An argument, as the parameter that it is for takes it. */
  argument(dot: Slot, type: ParameterType, operand: Operand): GoValue {
    this.#node = operand;
    switch (operand.kind) {
      case 'dot':
        return this.checked(dot.value, type);
      case 'nil':
        if (type === 'interface {}') return null;
        return type === 'value' ? undefined : this.fail(`cannot assign nil to ${type}`);
      case 'field':
        return this.checked(this.#fields(dot, dot, operand, operand.names, [], missing), type);
      case 'variable':
        return this.checked(this.#variable(dot, operand, [], missing), type);
      case 'pipe':
        return this.checked(this.pipe(dot, operand), type);
      case 'identifier':
        return this.checked(callFunction(this, dot, operand.name, operand, [], missing), type);
      case 'chain':
        return this.checked(this.#chain(dot, operand, [], missing), type);
      case 'bool':
      case 'number':
      case 'string':
        return this.#literal(dot, type, operand);
    }
  }

  #literal(
    dot: Slot,
    type: ParameterType,
    operand: Operand & { readonly kind: 'bool' | 'number' | 'string' },
  ): GoValue {
    switch (type) {
      case 'interface {}':
      case 'value':
        return this.#constant(dot, operand);
      case 'string':
        return operand.kind === 'string' ? operand.value : this.fail(`expected string; found ${nodeText(operand)}`);
      case 'color.Attribute':
        if (operand.kind === 'number' && operand.value.int !== undefined) return new GoInt(operand.value.int, type);
        return this.fail(`expected integer; found ${nodeText(operand)}`);
      case 'color.Color':
      case 'time.Time':
        return this.fail(`can't handle ${nodeText(operand)} for arg of type ${type}`);
    }
  }

  /** A value, when it is of the type asked for. */
  checked(value: GoValue, type: ParameterType): GoValue {
    if (type === 'value') return value;
    if (type === 'interface {}') return value ?? null;
    if (value === undefined) return this.fail(`invalid value; expected ${type}`);
    if (type === 'string' && typeof value === 'string') return value;
    if (type === 'color.Color' && value instanceof GoColor) return value;
    if (value !== null && typeName(value) === type) return value;
    return this.fail(`wrong type for value; expected ${type}; got ${typeName(value)}`);
  }
}
