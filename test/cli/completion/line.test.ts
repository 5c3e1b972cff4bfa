/** A line that is still being typed, as bash hands it over. */
import { describe, expect, it } from 'vitest';
import { untouched, wordsOfLine } from '../../../src/cli/completion/line.ts';
import { shellQuestion } from '../../../src/cli/completion/question.ts';

const breaks = ' \t\n"\'><=;|&(:';

describe('the words of a line', () => {
  it.each<[string, readonly string[]]>([
    ['', ['']],
    ['kmaint', ['kmaint']],
    ['kmaint ', ['kmaint', '']],
    ['kmaint  drain\tno', ['kmaint', 'drain', 'no']],
    [String.raw`kmaint 'a b' "c \" d" e\ f`, ['kmaint', 'a b', 'c " d', 'e f']],
    [String.raw`kmaint "a\b" 'c\d'`, ['kmaint', String.raw`a\b`, String.raw`c\d`]],
    ["kmaint --output=''", ['kmaint', '--output=']],
    ["kmaint '' x", ['kmaint', '', 'x']],
    ["kmaint 'a b", ['kmaint', 'a b']],
    ['kmaint --reason "a b"c', ['kmaint', '--reason', 'a bc']],
    ['kmaint a\\', ['kmaint', 'a']],
  ])('%j', (line, expected) => {
    expect(wordsOfLine(line).words).toEqual(expected);
  });

  it.each<[string, string, number]>([
    ['kmaint --output=js', breaks, '--output='.length],
    ['kmaint --output=', breaks, '--output='.length],
    ['kmaint prod:we', breaks, 'prod:'.length],
    ['kmaint --order=1:a', breaks, '--order=1:'.length],
    ['kmaint --order=1:a', ' \t\n=', '--order='.length],
    ['kmaint --output=js', ' \t\n', 0],
    ['kmaint --context kubernetes-admin@k', `${breaks}@`, 'kubernetes-admin'.length],
    ['kmaint --context=admin@k', `${breaks}@`, '--context=admin'.length],
    ['kmaint --context kubernetes-admin@k', breaks, 0],
    ['kmaint dr', breaks, 0],
    ["kmaint '--output=js", breaks, 0],
    ['kmaint --context="arn:aws:e', breaks, '--context='.length],
    ['kmaint "a b" --output=js', breaks, '--output='.length],
  ])('of %j bash leaves the beginning of the last one alone (%j)', (line, marks, expected) => {
    expect(untouched(wordsOfLine(line), marks)).toBe(expected);
  });
});

describe('a shell that asks', () => {
  it.each<[string, readonly string[], string, readonly string[] | undefined, number]>([
    ['as cobra’s programs are asked', ['__complete', 'drain', ''], 'kmaint', ['drain', ''], 0],
    ['with no word at all', ['__complete'], 'kmaint', [''], 0],
    ['from bash', ['__complete_line', 'kmaint drain --output=j', breaks], 'kmaint', ['drain', '--output=j'], 9],
    ['from bash before there is a word', ['__complete_line', 'kmaint', breaks], 'kmaint', [''], 0],
    ['by kubectl', ['drain', 'n'], 'kubectl_complete-kmaint', ['drain', 'n'], 0],
    ['is no user', ['drain', '__complete'], 'kmaint', undefined, 0],
  ])('%s', (_, argv, calledAs, typed, skip) => {
    expect(shellQuestion({ argv, calledAs })).toEqual(typed && { typed, skip });
  });
});
