/** `--where` and `--level` as a test of lines. */
import { textOf, type LineTest } from '../line.ts';
import { compileLevel, type FieldTest } from './level.ts';
import { parseFields } from './parse-fields.ts';
import { compileWhere } from './where.ts';

export interface FieldQuery {
  /** All have to hold. */
  readonly where: readonly string[];
  readonly level: string | undefined;
  /**
   * What becomes of lines without fields, such as those of a stack trace. Dropped unless asked otherwise: who asks for
   * `level>=error` wants no start-up banner.
   */
  readonly withoutFields: 'keep' | 'drop';
}

/**
 * Each line is parsed once, whatever is asked.
 *
 * @returns undefined as its value when nothing is asked; every problem, each with the flag it belongs to
 */
export function compileFieldFilter({
  where,
  level,
  withoutFields,
}: FieldQuery): { readonly value: LineTest | undefined } | { readonly problems: readonly string[] } {
  const tests: FieldTest[] = [];
  const problems: string[] = [];
  const add = (flag: string, compiled: { readonly value: FieldTest } | { readonly problem: string }): void => {
    if ('problem' in compiled) problems.push(`${flag}: ${compiled.problem}`);
    else tests.push(compiled.value);
  };
  if (level !== undefined) add('--level', compileLevel(level));
  for (const expression of where) add('--where', compileWhere(expression));
  if (problems.length > 0) return { problems };
  if (tests.length === 0) return { value: undefined };
  const kept = withoutFields === 'keep';
  return {
    value: (line) => {
      const fields = parseFields(textOf(line));
      return fields === undefined ? kept : tests.every((test) => test(fields));
    },
  };
}
