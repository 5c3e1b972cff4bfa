/** Which line of a block ends a tail, with filters before it. */
import { describe, expect, it } from 'vitest';
import { compileEndLines, type EndLine } from '../../../src/logs/ending/end-lines.ts';
import { compilePrinting } from '../../../src/logs/printing.ts';
import { optionsOf } from '../options-of.ts';
import { aSource } from '../../support/log-source.ts';

const source = aSource({ namespace: 'default' });

const stamped = (lines: readonly string[]): string =>
  lines.map((line, at) => `2026-01-01T00:00:0${String(at)}.000000000Z ${line}\n`).join('');

/** What is found in a block of these lines, and which line is the last before the cut. */
async function found(
  flags: readonly string[],
  lines: readonly string[],
): Promise<[EndLine['kind'], string] | undefined> {
  const { options, problems } = optionsOf('web', ...flags);
  expect(problems).toEqual([]);
  const wrong: string[] = [];
  const io = { stdout: { isTTY: false }, env: {} } as never;
  const printing = await compilePrinting({ io, color: 'never' }, options, () => {}, wrong);
  expect(wrong).toEqual([]);
  const block = Buffer.from(stamped(lines));
  const end = printing?.findEnd?.(source)(block);
  if (!end) return undefined;
  const shown = block.toString('utf8', 0, end.bytes).split('\n');
  expect(shown.at(-1)).toBe('');
  return [end.kind, shown.at(-2)?.slice(31) ?? ''];
}

describe('compileEndLines', () => {
  it.each<[string, readonly string[], readonly string[], [EndLine['kind'], string] | undefined]>([
    ['nothing matches', ['--until-match', 'ready'], ['one', 'two'], undefined],
    ['a literal', ['--until-match', 'ready'], ['one', 'now ready', 'ready again'], ['match', 'now ready']],
    ['a pattern', ['--until-match', 'r[aeiou]+dy$'], ['one', 'ready?', 'now ready'], ['match', 'now ready']],
    ['a pattern with loops', ['--until-match', '^r.*y.*$'], ['now ready', 'ready again'], ['match', 'ready again']],
    ['any of several', ['--until-match', 'b', '--until-match', 'c'], ['a', 'c', 'b'], ['match', 'c']],
    ['a failure', ['--fail-on', 'panic'], ['one', 'panic: x', 'two'], ['failure', 'panic: x']],
    ['whichever comes first', ['--fail-on', 'panic', '--until-match', 'done'], ['done', 'panic'], ['match', 'done']],
    ['both in one line', ['--fail-on', 'panic', '--until-match', 'done'], ['done: panic'], ['failure', 'done: panic']],
    ['Go syntax', ['--until-match', '(?i)READY'], ['Ready'], ['match', 'Ready']],
    ['no timestamp counts', ['--until-match', '2026'], ['one'], undefined],
    ['more than ASCII', ['--until-match', '^gr.n\u00fc$'], ['grün', 'groñü', 'gränü'], ['match', 'gränü']],
    ['the beginning of a line', ['--until-match', '^two'], ['one two', 'two'], ['match', 'two']],
    ['an empty line', ['--until-match', '^$'], ['one', '', 'two'], ['match', '']],
    ['what is not included does not count', ['--until-match', 'x', '-i', 'b'], ['ax', 'bx'], ['match', 'bx']],
    [
      'what is excluded does not fail',
      ['--fail-on', 'panic', '-e', 'known'],
      ['known panic', 'panic'],
      ['failure', 'panic'],
    ],
    [
      'only fields that are wanted',
      ['--fail-on', 'x', '--level', 'error'],
      ['level=info x', 'level=error x'],
      ['failure', 'level=error x'],
    ],
    [
      'lines around a match do not count',
      ['--until-match', 'x', '-i', 'b', '--context-lines', '1'],
      ['x', 'b', 'x'],
      undefined,
    ],
    [
      'whatever the format',
      ['--until-match', 'b', '--template', '{{if false}}{{.Message}}{{end}}'],
      ['a', 'b'],
      ['match', 'b'],
    ],
    [
      'lines after --until do not count',
      ['--until-match', 'x', '--until', '2026-01-01T00:00:01Z'],
      ['a', 'b', 'x'],
      undefined,
    ],
  ])('%s', async (_, flags, lines, expected) => {
    expect(await found(flags, lines)).toEqual(expected);
  });

  it('takes a line without line feed, and one without timestamp, as they are', () => {
    const compiled = compileEndLines(
      { untilMatch: ['^word'], failOn: [] },
      { printerFor: () => (block) => block.toString('latin1') },
    );
    if (!('value' in compiled)) throw new Error(compiled.problems.join());
    const find = compiled.value?.(source);
    expect(find?.(Buffer.from('wordy\n'))).toEqual({ kind: 'match', bytes: 6 });
    expect(find?.(Buffer.from('2026-01-01T00:00:00Z word'))).toEqual({ kind: 'match', bytes: 25 });
  });

  it('tells of every pattern that is wrong, by its flag', () => {
    const compiled = compileEndLines({ untilMatch: ['('], failOn: ['[', 'fine'] }, undefined);
    expect(compiled).toMatchObject({
      problems: [expect.stringMatching(/^--until-match: "\("/), expect.stringMatching(/^--fail-on: "\["/)],
    });
  });

  it('costs nothing where nothing was asked for', () => {
    expect(compileEndLines({ untilMatch: [], failOn: [] }, { printerFor: () => () => '' })).toEqual({
      value: undefined,
    });
  });
});
