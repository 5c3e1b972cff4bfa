/** Calls a function of a template with arguments that are still to be evaluated. */
import type { ByteString } from '../line.ts';
import type { Evaluation } from './evaluate.ts';
import { isTrue, typeName } from './kinds.ts';
import { nodeText, type Node, type Operand } from './nodes.ts';
import { missing, type Final, type Slot } from './slot.ts';
import { GoError, GoFunction, type GoValue } from './values.ts';

/** Functions with rules of their own for their arguments. */
export const specialFunctions: ReadonlySet<string> = new Set(['and', 'or', 'call']);

/**
 * @param called a function by its name, or a method
 * @param node what errors of the function point at
 * @param operands the first one is the function itself
 * @param final what the pipeline hands on; it becomes the last argument
 */
export function callFunction(
  evaluation: Evaluation,
  dot: Slot,
  called: string | GoFunction,
  node: Node,
  operands: readonly Operand[],
  final: Final,
): GoValue {
  if (called === 'and' || called === 'or') return firstThat(evaluation, dot, called, operands, final);
  if (called === 'call') return callValue(evaluation, dot, node, operands, final);
  const found = typeof called === 'string' ? evaluation.functionOf(called) : called;
  return run(evaluation, found.name, node, found, evaluated(evaluation, dot, found, operands, final));
}

function evaluated(
  evaluation: Evaluation,
  dot: Slot,
  { name, parameters, rest }: GoFunction,
  operands: readonly Operand[],
  final: Final,
): readonly GoValue[] {
  const ownCount = Math.max(operands.length - 1, 0);
  const count = final === missing ? ownCount : ownCount + 1;
  if (rest === undefined) {
    if (count !== parameters.length) {
      evaluation.fail(`wrong number of args for ${name}: want ${parameters.length} got ${count}`);
    }
  } else if (count < parameters.length) {
    evaluation.fail(`wrong number of args for ${name}: want at least ${parameters.length} got ${ownCount}`);
  }
  const given: GoValue[] = [];
  for (let index = 1; index < operands.length; index += 1) {
    const operand = operands[index];
    if (operand) given.push(evaluation.argument(dot, parameters[given.length] ?? rest ?? 'interface {}', operand));
  }
  if (final !== missing) given.push(evaluation.checked(final, parameters[given.length] ?? rest ?? 'interface {}'));
  return given;
}

function run(
  evaluation: Evaluation,
  name: string,
  node: Node,
  { call }: GoFunction,
  given: readonly GoValue[],
): GoValue {
  try {
    return call(given);
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    evaluation.at(node);
    return evaluation.fail(`error calling ${name}: ${error.message}`);
  }
}

/** `or` gives its first argument that is true, `and` the first that is not; what comes after it is not looked at. */
function firstThat(
  evaluation: Evaluation,
  dot: Slot,
  name: 'and' | 'or',
  operands: readonly Operand[],
  final: Final,
): GoValue {
  if (operands.length <= 1 && final === missing) {
    evaluation.fail(`wrong number of args for ${name}: want at least 1 got 0`);
  }
  let value: GoValue;
  for (const operand of operands.slice(1)) {
    value = evaluation.argument(dot, 'value', operand);
    if (isTrue(value) === (name === 'or')) return value;
  }
  return final === missing ? value : final;
}

/** `call f arguments`, with a function that is a value. */
function callValue(evaluation: Evaluation, dot: Slot, node: Node, operands: readonly Operand[], final: Final): GoValue {
  const own = operands.slice(1).map((operand) => evaluation.argument(dot, 'value', operand));
  const [called, ...given] = final === missing ? own : [...own, final];
  if (own.length === 0 && final === missing) {
    evaluation.fail('wrong number of args for call: want at least 1 got 0');
  }
  const [, named] = operands;
  const name = named ? nodeText(named) : typeName(called ?? null);
  const callable = new GoFunction('call', [], 'value', () => calledWith(name, called, given));
  return run(evaluation, 'call', node, callable, []);
}

function calledWith(name: ByteString, called: GoValue, given: readonly GoValue[]): GoValue {
  if (called === undefined || called === null) throw new GoError('call of nil');
  if (!(called instanceof GoFunction)) throw new GoError(`non-function ${name} of type ${typeName(called)}`);
  const { parameters, rest } = called;
  const least = parameters.length;
  if (rest === undefined ? given.length !== least : given.length < least) {
    const want = rest === undefined ? `${least}` : `at least ${least}`;
    throw new GoError(`wrong number of args for ${name}: got ${given.length} want ${want}`);
  }
  return called.call(given.map((value, index) => prepared(value, parameters[index] ?? rest ?? 'interface {}', index)));
}

function prepared(value: GoValue, type: string, index: number): GoValue {
  if (type === 'interface {}' || type === 'value') return value ?? null;
  if (value === undefined || value === null) throw new GoError(`arg ${index}: value is nil; should be of type ${type}`);
  if (typeName(value) === type) return value;
  throw new GoError(`arg ${index}: value has type ${typeName(value)}; should be ${type}`);
}
