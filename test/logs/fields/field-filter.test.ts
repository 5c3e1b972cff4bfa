/** `--where` and `--level` over lines. */
import { describe, expect, it } from 'vitest';
import { compileFieldFilter, type FieldQuery } from '../../../src/logs/fields/field-filter.ts';
import { bytesOf, type LogLine } from '../../../src/logs/line.ts';

function lineOf(text: string): LogLine {
  const message = bytesOf(text);
  return { timestamp: '', message, ascii: message === text };
}

function kept(query: Partial<FieldQuery>, lines: readonly string[]): readonly string[] {
  const compiled = compileFieldFilter({ where: [], level: undefined, withoutFields: 'drop', ...query });
  if ('problems' in compiled) throw new Error(compiled.problems.join('\n'));
  return lines.filter((line) => compiled.value?.(lineOf(line)));
}

const lines = [
  '{"level":"error","name":"é","n":1}',
  '{"level":"info","name":"é","n":2}',
  'level=error n=3',
  '{"n":4}',
  'plain text',
] as const;

describe('compileFieldFilter', () => {
  it.each<[string, Partial<FieldQuery>, readonly number[]]>([
    ['by level', { level: 'error' }, [0, 2]],
    ['by an expression', { where: ['n >= 2'] }, [1, 2, 3]],
    ['by both', { level: 'warn', where: ['n < 2'] }, [0]],
    ['by several expressions', { where: ['n > 1', 'n < 4'] }, [1, 2]],
    ['by text that is not ASCII', { where: ['name = "é"'] }, [0, 1]],
    ['and keeps lines without fields when asked', { level: 'error', withoutFields: 'keep' }, [0, 2, 4]],
  ])('keeps lines %s', (_, query, indexes) => {
    expect(kept(query, lines)).toEqual(indexes.map((index) => lines[index]));
  });

  it('has no test when nothing is asked', () => {
    expect(compileFieldFilter({ where: [], level: undefined, withoutFields: 'drop' })).toEqual({ value: undefined });
  });

  it('names every problem and its flag', () => {
    expect(compileFieldFilter({ where: ['a', 'b=1', '='], level: 'x', withoutFields: 'drop' })).toEqual({
      problems: [
        expect.stringMatching(/^--level: "x" is no level/),
        expect.stringMatching(/^--where: "a", column 2: /),
        expect.stringMatching(/^--where: "=", column 1: /),
      ],
    });
  });
});
