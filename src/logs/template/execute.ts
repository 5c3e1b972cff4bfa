/** Runs a template over a line. */
import type { ByteString } from '../line.ts';
import { Evaluation } from './evaluate.ts';
import { plainFlags } from './format-flags.ts';
import { colorText, formatValue } from './format-value.ts';
import { isTrue, typeName } from './kinds.ts';
import { nodeText, type BranchNode, type Node, type Statement, type TemplateCall } from './nodes.ts';
import { mainTemplate, type Templates } from './parser.ts';
import type { Program, Slot } from './slot.ts';
import { GoColor, GoFunction, GoInt, goInt, GoLog, GoMap, GoSlice, type GoValue, type LogFields } from './values.ts';

export interface CompiledTemplates extends Program {
  readonly templates: Templates;
}

/** How a list of statements ended. */
type Ending = 'done' | 'break' | 'continue';

/**
 * What the template makes of a line, from bytes to bytes.
 *
 * @throws TemplateFailure where Go's template would have failed
 */
export function execute(compiled: CompiledTemplates, fields: LogFields): ByteString {
  const body = compiled.templates.get(mainTemplate) ?? [];
  const run = new Execution(compiled);
  run.template(mainTemplate, body, { value: new GoLog(fields), boxed: false });
  return run.out;
}

const nowhere: Node = { kind: 'dot', at: 0 };

class Execution {
  readonly #compiled: CompiledTemplates;
  out: ByteString = '';

  constructor(compiled: CompiledTemplates) {
    this.#compiled = compiled;
  }

  template(name: ByteString, body: readonly Statement[], dot: Slot): void {
    this.#list(new Evaluation(this.#compiled, name, dot, nowhere), dot, body);
  }

  #list(evaluation: Evaluation, dot: Slot, statements: readonly Statement[]): Ending {
    for (const statement of statements) {
      const ending = this.#statement(evaluation, dot, statement);
      if (ending !== 'done') return ending;
    }
    return 'done';
  }

  #statement(evaluation: Evaluation, dot: Slot, statement: Statement): Ending {
    switch (statement.kind) {
      case 'text':
        this.out += statement.text;
        return 'done';
      case 'action': {
        const value = evaluation.pipe(dot, statement.pipe);
        // An action that declares prints nothing.
        if (statement.pipe.variables.length === 0) this.#print(evaluation, statement, value);
        return 'done';
      }
      case 'if':
      case 'with':
        return this.#branch(evaluation, dot, statement);
      case 'range':
        return this.#range(evaluation, dot, statement);
      case 'template':
        this.#call(evaluation, dot, statement);
        return 'done';
      case 'break':
      case 'continue':
        return statement.kind;
    }
  }

  #print(evaluation: Evaluation, node: Node, value: GoValue): void {
    if (typeof value === 'string') this.out += value;
    else if (value === undefined || value === null) this.out += '<no value>';
    else if (value instanceof GoFunction) {
      evaluation.at(node);
      evaluation.fail(`can't print ${nodeText(node)} of type ${typeName(value)}`);
    } else if (value instanceof GoColor) this.out += colorText(value);
    else this.out += formatValue(value, 'v', plainFlags);
  }

  #branch(evaluation: Evaluation, dot: Slot, { kind, pipe, body, otherwise }: BranchNode): Ending {
    const mark = evaluation.variables.length;
    const value = evaluation.pipe(dot, pipe);
    let ending: Ending = 'done';
    if (isTrue(value)) {
      ending = this.#list(evaluation, kind === 'with' ? { value, boxed: false } : dot, body);
    } else if (otherwise) ending = this.#list(evaluation, dot, otherwise);
    evaluation.variables.length = mark;
    return ending;
  }

  #range(evaluation: Evaluation, dot: Slot, range: BranchNode): Ending {
    const mark = evaluation.variables.length;
    const value = evaluation.pipe(dot, range.pipe);
    let ending: Ending | undefined;
    for (const [index, element] of this.#elements(evaluation, range, value)) {
      ending = this.#iteration(evaluation, range, index, element);
      if (ending === 'break') break;
    }
    // Nothing was there to go through.
    const rest = ending === undefined && range.otherwise ? this.#list(evaluation, dot, range.otherwise) : 'done';
    evaluation.variables.length = mark;
    return rest;
  }

  *#elements(
    evaluation: Evaluation,
    { pipe }: BranchNode,
    value: GoValue,
  ): Generator<readonly [index: GoValue, element: Slot]> {
    if (value === undefined || value === null) return;
    if (value instanceof GoSlice) {
      for (const [index, item] of value.items.entries()) yield [goInt(index), { value: item, boxed: true }];
    } else if (value instanceof GoMap) {
      for (const key of value.sortedKeys()) yield [key, { value: value.get(key), boxed: !value.ofStrings }];
    } else if (value instanceof GoInt) {
      if (pipe.variables.length > 1) {
        evaluation.fail(`can't use ${value.value} to iterate over more than one variable`);
      }
      for (let count = 0n; count < value.value; count += 1n) {
        yield [undefined, { value: new GoInt(count, value.type), boxed: false }];
      }
    } else evaluation.fail(`range can't iterate over ${formatValue(value, 'v', plainFlags)}`);
  }

  #iteration(evaluation: Evaluation, { pipe, body }: BranchNode, index: GoValue, element: Slot): Ending {
    const { variables } = evaluation;
    const mark = variables.length;
    const [first, second] = pipe.variables;
    // With one variable it is the element, with two the index comes first.
    const slots = second ? [{ value: index, boxed: false }, element] : [element];
    for (const [position, variable] of (first ? pipe.variables : []).entries()) {
      const slot = slots[position] ?? element;
      const declared = variables[mark - pipe.variables.length + position];
      if (pipe.assigns) evaluation.setVariable(variable.names[0] ?? '', slot);
      else if (declared) declared.slot = slot;
    }
    const ending = this.#list(evaluation, element, body);
    variables.length = mark;
    return ending;
  }

  #call(evaluation: Evaluation, dot: Slot, call: TemplateCall): void {
    evaluation.at(call);
    const body = this.#compiled.templates.get(call.name);
    if (!body) evaluation.fail(`template "${call.name}" not defined`);
    const value = call.pipe ? evaluation.pipe(dot, call.pipe) : undefined;
    // It sees no variables but its own.
    this.template(call.name, body, { value, boxed: false });
  }
}
