/** What is wrong with how lines are chosen and shown is told once, under the name of its flag. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { compilePrinting } from '../../src/logs/printing.ts';
import { optionsOf } from './options-of.ts';

async function problemsOf(...argv: readonly string[]): Promise<readonly string[]> {
  const { options, problems: misread } = optionsOf(...argv);
  expect(misread).toEqual([]);
  const problems: string[] = [];
  const world = { io: { stdout: new PassThrough(), env: {} }, color: 'never' as const };
  await compilePrinting(world, options, (message) => expect.unreachable(message), problems);
  return problems;
}

describe('problems of lines', () => {
  it.each<[string, readonly string[], readonly RegExp[]]>([
    ['--include', ['-i', '['], [/^--include: "\["/]],
    ['--exclude', ['-i', 'a', '-e', '['], [/^--exclude: "\["/]],
    ['--highlight', ['-i', 'a', '-H', '['], [/^--highlight: "\["/]],
    ['--include and --highlight', ['-H', '[', '-i', '('], [/^--highlight: "\["/, /^--include: "\("/]],
    ['--pod-colors', ['--pod-colors', 'red'], [/^--pod-colors: "red"/]],
    ['--container-colors', ['--container-colors', '31'], [/^--container-colors needs --pod-colors/]],
    ['--template', ['--template', '{{foo}}'], [/^--template: template: log:1:2: function "foo" not defined$/]],
    ['--fields', ['--fields', 'a..b'], [/^--fields: "a\.\.b" is no field/]],
    ['a folder as template', ['-T', 'src'], [/^--template-file: src is a folder; give the file/]],
    ['a template that is not there', ['-T', 'src/none'], [/^--template-file: there is no file src\/none$/]],
    ['a file that is no template', ['-T', 'test/logs/pipeline-problems.test.ts'], [/^--template-file: template: /]],
  ])('%s', async (_, words, expected) => {
    expect(await problemsOf('web', ...words)).toEqual(expected.map((one) => expect.stringMatching(one)));
  });
});
