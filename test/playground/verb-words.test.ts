/** The words of `kmaint playground`: its cluster, its flags, and the command after `--`, of which nothing is ours. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { drain } from '../../src/commands/drain.ts';
import { playground } from '../../src/commands/playground.ts';
import { chaosNames } from '../../src/playground/chaos.ts';

const verbs = [drain, playground];
const read = (...argv: string[]) => readCommandLine(argv, globalFlags, verbs);

function problemsOf(...argv: string[]): readonly string[] {
  const words = read('playground', ...argv);
  const flags = [...playground.flags, ...globalFlags];
  const { settings, problems } = readSettings({
    flags,
    verbs: [{ name: 'playground', flags }],
    verb: 'playground',
    given: words.given,
    env: {},
    file: undefined,
  });
  const found = [...words.problems, ...problems];
  const { operands, command } = words;
  playground.prepare({ settings, operands, command, programName: 'kmaint', problem: (text) => found.push(text) });
  return found;
}

describe('the command after --', () => {
  it.each([
    [['playground'], [], undefined],
    [['playground', 'stuck'], ['stuck'], undefined],
    [['playground', '--', 'ls', '-l', '--seed'], [], ['ls', '-l', '--seed']],
    [['playground', 'stuck', '--', 'sh', '-c', 'a -- b', '--'], ['stuck'], ['sh', '-c', 'a -- b', '--']],
    [['--seed', '7', 'playground', '--', '--help'], [], ['--help']],
    [['playground', '--'], [], []],
    [['--', 'playground', 'stuck'], ['stuck'], undefined],
  ])('%j', (argv, operands, command) => {
    const words = read(...argv);
    expect(words).toMatchObject({ verb: 'playground', help: false, operands, problems: [] });
    expect(words.command).toEqual(command);
  });

  it('is none for other verbs: what stands there are operands', () => {
    expect(read('cordon', 'a', '--', 'b')).toMatchObject({ operands: ['a', 'b'], command: undefined });
  });
});

describe('what is wrong with them', () => {
  it.each([
    [['two-nodes', 'ls'], 'one cluster at a time; a command stands after --: playground two-nodes -- ls'],
    [['--'], '-- needs a command after it'],
    [['--seed=x'], '"x" is not a whole number'],
    [['--seed=-1'], '-1 is too small; the smallest is 0'],
    [['--port=70000'], '70000 is too large; the largest is 65535'],
    [['--time-scale=0'], '"0" is no number from 0.01 to 1000'],
    [['--time-scale=1e3'], '"1e3" is no number from 0.01 to 1000'],
    [['--chaos=erors'], '--chaos: there is no "erors"; did you mean errors?'],
    [['--chaos=errors,bananas'], '--chaos: "bananas" is none of errors, slow, resets, '],
    [['--tiem-scale=2'], 'did you mean --time-scale?'],
  ])('%j', (argv, problem) => {
    const problems = problemsOf(...argv);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it.each([[[]], [['stuck', '--chaos=all', '--time-scale=2.5']], [['--chaos', 'errors,slow', '--chaos=logs']]])(
    'nothing: %j',
    (argv) => expect(problemsOf(...argv)).toEqual([]),
  );

  it('is judged by the names that there really are', () => {
    expect(problemsOf(`--chaos=${chaosNames.join(',')}`)).toEqual([]);
    for (const name of chaosNames) expect(playground.notes).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
    expect(problemsOf('--chaos=x')[0]).toContain(`none of ${chaosNames.join(', ')}, all`);
  });
});
