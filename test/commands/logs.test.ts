/** The letters of logs are stern's, also where other verbs mean something else by them; contradictions are told at once. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { drain } from '../../src/commands/drain.ts';
import { logs } from '../../src/commands/logs.ts';
import type { LogsOptions } from '../../src/logs/options.ts';
import { optionsOf } from '../logs/options-of.ts';

const read = (line: string): LogsOptions => {
  const { options: value, problems } = optionsOf(...line.split(' '));
  expect(problems).toEqual([]);
  return value;
};

describe('logs', () => {
  it('follows the lines of the last two days without more being said, as stern does', () => {
    const { range, selection, contexts } = read('web');
    expect(range).toMatchObject({
      follow: true,
      sinceSeconds: 172_800,
      sinceTime: undefined,
      tailLines: undefined,
      maxStreams: 50,
    });
    expect(contexts).toEqual([]);
    expect(selection).toMatchObject({
      query: ['web'],
      namespaces: [],
      allNamespaces: false,
      match: 'regex',
      follow: true,
    });
  });

  it.each<[string, (value: LogsOptions) => unknown, unknown]>([
    ['web -s 10m', ({ range }) => range.sinceSeconds, 600],
    ['web --since 500ms', ({ range }) => range.sinceSeconds, 1],
    ['web --since 0', ({ range }) => range.sinceSeconds, undefined],
    ['web --qps -1 --burst 50', ({ selection }) => selection.query, ['web']],
    ['web -o ndjson', ({ format }) => format.output, 'json'],
    ['web -o raw', ({ format }) => format.output, 'raw'],
    ['web -n a,b -n c', ({ selection }) => selection.namespaces, ['a', 'b', 'c']],
    ['web --context a --context b', ({ contexts }) => contexts, ['a', 'b']],
    ['web -t', ({ format }) => format.timestamps, 'default'],
    ['web -t=short', ({ format }) => format.timestamps, 'short'],
    ['web -A', ({ selection }) => selection.allNamespaces, true],
    ['web -e a,b -e c', ({ lines }) => lines.exclude, ['a,b', 'c']],
    ['web -i x -H y', ({ lines }) => [lines.include, lines.highlight], [['x'], ['y']]],
    ['web -E x -c y', ({ selection }) => [selection.excludeContainers, selection.container], [['x'], 'y']],
    ['web -d', ({ format }) => format.diffContainer, true],
    ['-l app=web', ({ selection }) => selection.selector, ['app=web']],
    ['web --no-follow', ({ range }) => [range.follow, range.maxStreams], [false, 5]],
    ['web --previous', ({ range }) => [range.follow, range.previous], [false, true]],
    ['web --tail 0', ({ range }) => range.tailLines, 0],
    ['web --crash', ({ range }) => range.crashLines, 10],
    ['web --crash=3', ({ range }) => range.crashLines, 3],
    ['web --deploy a,b --deploy c', ({ selection }) => selection.kinds.Deployment, ['a', 'b', 'c']],
    ['web --since-time 2026-11-21T10:00:00+08:00', ({ range }) => range.sinceTime, '2026-11-21T02:00:00.000Z'],
    ['web --since-time 2026-11-21T10:00:00Z', ({ range }) => range.sinceSeconds, undefined],
    ['web --context-lines 2 --after-context 5', ({ lines }) => [lines.before, lines.after], [2, 5]],
  ])('%s', (line, value, expected) => {
    expect(value(read(line))).toEqual(expected);
  });

  it.each<[string, RegExp]>([
    ['web --no-follow --tail 0', /would show nothing/],
    ['web --since 1m --since-time 2026-11-21T10:00:00Z', /not both/],
    ['web --since-time yesterday', /"yesterday" is not a time/],
    ['web --container-state up', /none of running/],
    ['web --max-log-requests 0', /nothing could be read/],
    ['web -o xml', /none of default, raw/],
    ['web --stream stderr --tail 5', /--tail does not go with --stream/],
    ['web --sort --output-dir x', /--sort does not go with --output-dir/],
    ['web -e regex', /-e is --exclude here/],
    ['web -p', /-p means another thing in each tool/],
    ['web -f false', /takes its value after an equals sign: --follow=false/],
    ['web --crash 20', /takes its value after an equals sign: --crash=20/],
  ])('%s is refused', (line, problem) => {
    expect(optionsOf(...line.split(' ')).problems).toEqual([expect.stringMatching(problem)]);
  });

  it('leaves the letters of other verbs as they are', () => {
    const words = readCommandLine(['drain', 'n1', '-s', 'https://x', '-o', 'json'], globalFlags, [drain, logs]);
    expect(words.given.map(({ flag }) => flag.name)).toEqual(['server', 'output']);
    expect(words.problems).toEqual([]);
  });
});
