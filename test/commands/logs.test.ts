/** The letters of logs are stern's, also where other verbs mean something else by them; contradictions are told at once. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { drain } from '../../src/commands/drain.ts';
import { logs } from '../../src/commands/logs.ts';
import type { LogsOptions } from '../../src/logs/options.ts';
import { optionsIn, optionsOf } from '../logs/options-of.ts';
import { LogApi } from '../support/log-api.ts';
import { runMain } from '../support/run-main.ts';

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
    ['web -f=false --no-follow', ({ range }) => range.follow, false],
    ['web -n a --ignore-ns b', ({ selection }) => selection.namespaces, ['a']],
    ['web -A -n a --ignore-ns a', ({ selection }) => selection.allNamespaces, true],
    [
      'web --since-time 2026-11-21T10:00:00Z --until 2026-11-21T10:00:00Z',
      ({ range }) => range.until,
      '2026-11-21T10:00:00.000000000Z',
    ],
    ['web --stdin', ({ selection }) => selection.query, ['web']],
    ['web --crash', ({ range }) => range.crashLines, 10],
    ['web', ({ format }) => format.sort, false],
    ['web --sort', ({ format }) => [format.sort, format.sortWindowMs], [true, 1000]],
    ['web --sort=true', ({ format }) => [format.sort, format.sortWindowMs], [true, 1000]],
    ['web --sort=5s', ({ format }) => [format.sort, format.sortWindowMs], [true, 5000]],
    ['web --sort=0s', ({ format }) => [format.sort, format.sortWindowMs], [true, 0]],
    ['web --sort --sort=false', ({ format }) => format.sort, false],
    ['web --crash=3', ({ range }) => range.crashLines, 3],
    ['web --deploy a,b --deploy c', ({ selection }) => selection.kinds.Deployment, ['a', 'b', 'c']],
    ['web --since-time 2026-11-21T10:00:00+08:00', ({ range }) => range.sinceTime, '2026-11-21T02:00:00.000000000Z'],
    ['web --since-time 2026-11-21T10:00:00Z', ({ range }) => range.sinceSeconds, undefined],
    [
      'web --since-time 2026-11-21T10:00:00.123456789Z',
      ({ range }) => range.sinceTime,
      '2026-11-21T10:00:00.123456789Z',
    ],
    [
      'web --after 2026-11-21T10:00:00.999999999Z --before 2026-11-21T14:00:00+02:00',
      ({ range }) => [range.sinceTime, range.until],
      ['2026-11-21T10:00:01.000000000Z', '2026-11-21T11:59:59.999999999Z'],
    ],
    [
      'web --after 2026-11-21T10:00:00Z',
      ({ range }) => [range.sinceTime, range.sinceSeconds],
      ['2026-11-21T10:00:00.000000001Z', undefined],
    ],
    ['web --since PT1H30M', ({ range }) => range.sinceSeconds, 5400],
    ['web --since-time 5m', ({ range }) => [range.sinceTime, range.sinceSeconds], [undefined, 300]],
    ['web --after PT5M', ({ range }) => [range.sinceTime, range.sinceSeconds], [undefined, 300]],
    ['web --after 0s', ({ range }) => range.sinceSeconds, 1],
    ['web --since 0s', ({ range }) => range.sinceSeconds, undefined],
    ['web', ({ range }) => [range.sinceSeconds, range.until, range.untilAgoMs], [48 * 3600, undefined, undefined]],
    ['web --before P1D', ({ range }) => [range.untilAgoMs, range.until], [86_400_000, undefined]],
    ['web --since 2h --until 1h', ({ range }) => [range.sinceSeconds, range.untilAgoMs], [7200, 3_600_000]],
    // With an end alone, all up to it is wanted, however old.
    ['web --until 2020-01-01T00:00:00Z', ({ range }) => range.sinceSeconds, undefined],
    ['web --before 72h', ({ range }) => range.sinceSeconds, undefined],
    ['web --since 0s --before 72h', ({ range }) => range.sinceSeconds, undefined],
    ['web --compat kail --until 72h', ({ range }) => range.sinceSeconds, undefined],
    ['web --context-lines 2 --after-context 5', ({ lines }) => [lines.before, lines.after], [2, 5]],
    ['web -f false', ({ range, selection }) => [range.follow, selection.query], [false, ['web']]],
    ['-f web', ({ range, selection }) => [range.follow, selection.query], [true, ['web']]],
    ['-P false web', ({ format, selection }) => [format.prefix, selection.query], [false, ['web']]],
    ['web -b true', ({ selection }) => selection.query, ['web']],
    ['-p web', ({ selection }) => selection.query, ['web']],
    ['web -o kubectl -t', ({ format }) => format.timestamps, 'server'],
    ['web -o kubetail --timestamps=short', ({ format }) => format.timestamps, 'short'],
    ['-t true web', ({ format, selection }) => [format.timestamps, selection.query], ['default', ['web']]],
    ['web -t=server', ({ format }) => format.timestamps, 'server'],
    ['web -k pod', ({ format }) => [format.output, format.counting.coloured], ['kubetail', 'pod']],
    ['web -k false', ({ format }) => format.output, 'default'],
    ['web -z 2,8,10', ({ format }) => [format.output, format.counting.skip], ['kubetail', [2, 8, 10]]],
    ['web --show-color-index -o kubetail', ({ format }) => format.counting.showIndex, true],
    ['web --columns timestamp,pod', ({ format }) => format.columns, ['timestamp', 'pod']],
    ['web --level warn --without-fields keep', ({ lines }) => lines.withoutFields, 'keep'],
    ['web -o zerolog --zerolog-message-field msg', ({ format }) => format.zerologFields.message, 'msg'],
    ['web --ignore-errors', ({ range }) => range.ignoreErrors, true],
    ['web --pod-running-timeout 1m --all-pods --all-containers', ({ selection }) => selection.query, ['web']],
    ['web --default-container --all-containers', ({ selection }) => selection.defaultContainerOnly, false],
  ])('%s', (line, value, expected) => {
    expect(value(read(line))).toEqual(expected);
  });

  it.each<[string, RegExp]>([
    ['web --no-follow --tail 0', /would show nothing/],
    ['web --since 1m --since-time 2026-11-21T10:00:00Z', /not both/],
    ['web --since-time yesterday', /"yesterday" is not a time/],
    [
      'web --since-time 2026-11-21T10:00:01Z --until 2026-11-21T10:00:00Z',
      /--since-time 2026-11-21T10:00:01Z and --until 2026-11-21T10:00:00Z: no line lies between/,
    ],
    [
      'web --after 2026-11-21T10:00:00Z --until 2026-11-21T10:00:00Z',
      /--after 2026-11-21T10:00:00Z and --until 2026-11-21T10:00:00Z: no line lies between/,
    ],
    ['web --since 5m --before 1h', /--since and --before 1h: no line lies between/],
    ['web --since 5m --after 1h', /give --since or --after, not both/],
    ['web --since-time 1h --after 1h', /give --since-time or --after, not both/],
    ['web --until 1h --before 1h', /give --until or --before, not both/],
    ['web --since 2026-11-21T10:00:00Z', /is a moment: give it to --since-time/],
    ['web --since P1M', /without years and months/],
    ['web --before PT', /"PT" is not a time/],
    ['web --until 2026-11-21', /"2026-11-21" is not a time; write one such as 2026-11-21T10:00:00Z, or 5m/],
    ['web --until 2026-13-21T10:00:00Z', /is not a time/],
    ['web --ns shop,db --ignore-ns shop', /^shop is asked for and left out/],
    ['web -n shop --ignore-ns db,shop', /^shop is asked for and left out/],
    ['web -f --no-follow', /--follow \(-f\) or --no-follow, not both/],
    ['web --fields=', /--fields names no field/],
    ['web --fields ,', /--fields names no field/],
    ['web --local --root=', /--root names no folder/],
    ['web --container-state up', /none of running/],
    ['web --max-log-requests 0', /nothing could be read/],
    ['web -o xml', /none of default, raw/],
    ['web --stream stderr --tail 5', /--tail does not go with --stream/],
    ['web --sort=soon', /^--sort: "soon" is not a duration/],
    ['web --sort 5s', /^--sort takes its value after an equals sign: --sort=5s$/],
    ['web --sort --output-dir x', /--sort does not go with --output-dir/],
    ['web -e regex', /-e is --exclude here/],
    ['web --regex substring', /--regex takes the expression itself/],
    ['web -j .msg', /-j is jq in kubetail .* and --job in kail/],
    ['web --jq .msg', /use --fields, --where or --template/],
    ['web --grep x', /--grep is called --include/],
    ['node/n1 --unit kubelet', /--unit is of node-logs.*node-logs NODE --unit=kubelet/],
    ['web --local --output-dir x --events', /^logs of this machine .* leave out --events, --output-dir$/],
    ['--source cri -l app=web', /leave out --selector$/],
    ['--stdin --tail 3 --head 2', /^standard input .* leave out --tail, --head$/],
    ['--stdin --since 5m --until 2026-11-21T10:00:00Z', /leave out --since, --until$/],
    ['--stdin --output-dir x --stats --events', /leave out --events, --output-dir, --stats$/],
    ['--stdin --local', /leave out --local$/],
    ['--local --deploy web', /leave out --deploy$/],
    ['web -k loglevel', /"loglevel" is none of pod, line, false/],
    ['web -z 7,300', /"7,300" is no list of colours/],
    ['web -z 7 -o raw', /--skip-colors is about the colours of -o kubetail, not of -o raw/],
    [
      'web --columns pods',
      /"pods" is no column; the columns are timestamp, dot, context, node, region, zone, os, arch, namespace/,
    ],
    ['web --columns pod -o raw', /give --columns or --output, not both/],
    ['web -p --local', /--prompt .* not with --stdin or --local/],
    ['web --compat tail', /"tail" is none of stern, kail, kubetail, kubectl/],
    ['web --crash 20', /takes its value after an equals sign: --crash=20/],
  ])('%s is refused', (line, problem) => {
    expect(optionsOf(...line.split(' ')).problems).toEqual([expect.stringMatching(problem)]);
  });

  it('takes what is said for all runs as no contradiction to what is typed for one', () => {
    const env = { KMAINT_FOLLOW: 'true', KMAINT_IGNORE_NS: 'shop', KMAINT_SORT: 'true' };
    const typed = ['web', '-n', 'shop', '--no-follow', '--output-dir', 'x'];
    const { options, problems } = optionsIn({ env }, 'logs', ...typed);
    expect([problems, options.range.follow, options.selection.namespaces]).toEqual([[], false, ['shop']]);
    expect(options.format.outputFolder).toBe('x');
  });

  it('leaves the letters of other verbs as they are', () => {
    const words = readCommandLine(['drain', 'n1', '-s', 'https://x', '-o', 'json'], globalFlags, [drain, logs]);
    expect(words.given.map(({ flag }) => flag.name)).toEqual(['server', 'output']);
    expect(words.problems).toEqual([]);
  });
});

describe('a warning of the server', () => {
  it('does nothing to a terminal', async () => {
    const api = new LogApi();
    api.onPods = (_, response) => {
      response.setHeader('warning', '299 - "old \u009b31m pods"');
      return false;
    };
    await api.start();
    const words = ['logs', 'web', '--no-follow', '--kubeconfig', '/dev/null', '--server', api.url];
    const { stderr } = await runMain(words);
    await api.stop();
    expect(stderr).toContain(String.raw`warning: old \x9b31m pods` + '\n');
  });
});
