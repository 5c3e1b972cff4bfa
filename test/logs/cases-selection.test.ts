/** What is typed, down to the pods and lines that are picked by it; numbers are those of the list of cases. */
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes, InterruptedError, UsageError } from '../../src/errors.ts';
import { compilePrinting, type Printing } from '../../src/logs/printing.ts';
import { compileGoRegexp } from '../../src/logs/regexp/go-regexp.ts';
import { resolveSelection } from '../../src/logs/selection/resolve.ts';
import { compileSelection } from '../../src/logs/selection/selection.ts';
import { FakeClock } from '../support/clock.ts';
import { lineAt, LogApi } from '../support/log-api.ts';
import { runLogsOn, until, type LogRun, type LogRunOptions } from '../support/log-run.ts';
import { aSource } from '../support/log-source.ts';
import { json, startServer, status, stream, type ReplayServer } from '../support/server.ts';
import { optionsOf } from './options-of.ts';
import { chosen, lookupOf } from './selection/pods.ts';
import { cluster, pods, svcPod } from './selection/shop.ts';
import { kubectl } from './stream/world.ts';

const { signal } = new AbortController();

/** Of the shop, and of a namespace that has a Service of the same name. */
const everywhere = [...pods, svcPod('db-elsewhere', { app: 'db' }, 'prod')];

async function chosenBy(...words: readonly string[]): Promise<readonly string[]> {
  const { options, problems } = optionsOf(...words);
  expect(problems).toEqual([]);
  const compiled = compileSelection(options.selection, { compileRegexp: compileGoRegexp });
  if ('problems' in compiled) throw new Error(compiled.problems.join('\n'));
  const deps = { lookup: lookupOf(cluster), kubectl, namespace: 'shop' };
  const resolution = await resolveSelection(compiled.value, deps, signal);
  if ('problems' in resolution) throw new Error(resolution.problems.map(({ message }) => message).join('\n'));
  const { value } = resolution;
  return chosen(
    value,
    everywhere.filter(({ namespace }) => value.namespaces?.includes(namespace) ?? true),
  );
}

describe('pods that are picked', () => {
  it.each<[string, string, readonly string[]]>([
    ['case 5: of a Service and a Deployment those of both', '--svc web --deploy web', ['web-abc-x1x1x']],
    ['case 5: of a Service and a Deployment without a common pod none', '--svc db --deploy web', []],
    ['case 5: of two Services those of any', '--svc web --svc db', ['db-1', 'web-abc-x1x1x', 'stranger']],
    ['case 5: of two Services in one word', '--svc web,db', ['db-1', 'web-abc-x1x1x', 'stranger']],
    ['case 5: of two Services and a pattern', '--svc web --svc db strange|^db', ['db-1', 'stranger']],
    ['case 6: those behind the Services of an Ingress', '--ing front', ['db-1', 'web-abc-x1x1x', 'stranger']],
    ['case 6: only those of its namespace', '--ing front -A', ['db-1', 'web-abc-x1x1x', 'stranger']],
    ['case 6: as the query says it', 'ing/front', ['db-1', 'web-abc-x1x1x', 'stranger']],
    ['case 7: with a part of their name', '--match substring sts', ['sts-0', 'sts-b-0']],
    ['case 7: with any of two parts', 'sts,hipp --match substring', ['sts-0', 'sts-b-0', 'shipper-x']],
    ['case 7: with a part, not a pattern', 'sts.0,hipp --match substring', ['shipper-x']],
    ['case 7: with that very name', '--match exact web-1', ['web-1']],
    ['case 7: with any of two names', '--match exact web-1,db-1', ['web-1', 'db-1']],
    ['case 7: with that name, not the beginning of it', '--match exact web', []],
    ['case 7: with any of two patterns, where nothing else is said', 'sts.0,hipp', ['sts-0', 'shipper-x']],
  ])('%s: %s', async (_, words, expected) => {
    expect(await chosenBy(...words.split(' '))).toEqual(expected);
  });
});

describe('case 14: one namespace of two that may not be read', () => {
  let server: ReplayServer;
  let runs: LogRun[];

  const web = {
    metadata: { name: 'web-1', namespace: 'default', uid: 'one', resourceVersion: '7' },
    spec: { nodeName: 'n1', containers: [{ name: 'app' }] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'app', restartCount: 0, containerID: 'containerd://one', state: { running: {} } }],
    },
  };
  const refusal = 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "other"';

  beforeEach(async () => {
    runs = [];
    server = await startServer();
    server.otherwise((response, request) => {
      const { pathname, searchParams } = new URL(request.url, server.url);
      const follows = searchParams.get('follow') === 'true' ? 'open' : 'end';
      const answer = pathname.startsWith('/api/v1/namespaces/other/')
        ? status(403, 'Forbidden', refusal)
        : pathname.endsWith('/log')
          ? stream([lineAt(1, 'one'), lineAt(2, 'two')], follows)
          : searchParams.has('watch')
            ? stream([], 'open')
            : json(200, { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7' }, items: [web] });
      return answer(response, request);
    });
  });

  afterEach(async () => {
    for (const run of runs) {
      run.interrupt();
      await run.done.catch(() => 0);
    }
    await server.close();
  });

  function start(words: readonly string[] = [], options: LogRunOptions = {}): LogRun {
    const run = runLogsOn(server.url, ['web', '-n', 'default,other', ...words], options);
    runs.push(run);
    return run;
  }

  const both = 'default web-1 app one\ndefault web-1 app two\n';

  function expectOneError(run: LogRun): void {
    expect(run.err().match(/^error: /gm)).toHaveLength(1);
    expect(run.err()).toMatch(/^error: .*pods is forbidden.*"other"/m);
  }

  it('without following the other is read, one error is told, and the exit code is 1', async () => {
    const run = start(['--no-follow']);
    expect(await run.done).toBe(exitCodes.incomplete);
    expect(run.out()).toBe(both);
    expectOneError(run);
  });

  it('while following the other goes on after one error, until it is interrupted', async () => {
    const run = start();
    await until('the lines and the error', () => run.out() === both && run.err().includes('error: '));
    run.interrupt();
    expect(await run.done).toBe(new InterruptedError('SIGINT').exitCode);
    expect(run.out()).toBe(both);
    expectOneError(run);
  });

  it('while following the other ends it with 0 as it was told to', async () => {
    const clock = new FakeClock();
    const run = start(['--idle-timeout', '1m'], { clock });
    await until('the lines and the error', () => run.out() === both && run.err().includes('error: '));
    await clock.advance(61_000);
    expect(await run.done).toBe(exitCodes.done);
    expect(run.out()).toBe(both);
    expectOneError(run);
  });
});

describe('case 49: what only Go knows of regular expressions', () => {
  let api: LogApi;

  beforeEach(async () => {
    api = new LogApi();
    await api.start();
    api.put({ name: 'web-1', containers: { app: { state: 'running', id: 'one' } } });
  });

  afterEach(() => api.stop());

  const marked = (text: string): string => `\u001B[31;1m${text}\u001B[0;22m`;

  it.each<[readonly string[], readonly string[], readonly string[]]>([
    [
      ['--include', '(?i)err'],
      ['Err', 'an ERROR', 'eRr', 'er', '(?i)err'],
      ['Err', 'an ERROR', 'eRr', '(?i)err'],
    ],
    [['--include', 'x(?i:err)'], ['xErr', 'XErr'], ['xErr']],
    [['--include', '(?P<x>a)'], ['a', 'b', 'P<x>'], ['a']],
    [
      ['--exclude', '\\Q.\\E'],
      ['a.b', 'ab', 'Q.E', 'QxE'],
      ['ab', 'QxE'],
    ],
    [['--include', '\\Q[x]*\\E$'], ['[x]*', '[x]*.', 'x'], ['[x]*']],
    [['--include', '^[[:alpha:]]+$'], ['ab', 'a]', ':]', 'a1'], ['ab']],
    [['--exclude', '[[:^alpha:]]'], ['ab', 'a]', 'a1'], ['ab']],
    [['--include', '\\Ab\\z'], ['b', 'A', 'Abz'], ['b']],
    [
      ['--include', '\\pL'],
      ['é', 'pL', '12'],
      ['é', 'pL'],
    ],
    [['-H', '[[:alpha:]]+'], ['ab1:cd]'], [`${marked('ab')}1:${marked('cd')}]`]],
    [['-H', '(?P<x>a)(?i)b'], ['aB Ab'], [`${marked('aB')} Ab`]],
    [['-H', '\\Q.\\E'], ['Q.E'], [`Q${marked('.')}E`]],
  ])('%j means what it means in RE2', async (words, given, expected) => {
    api.onLog = (_, response) => {
      response.writeHead(200).end(given.map((text, at) => lineAt(at, text)).join(''));
    };
    // With colours, matches of --include would be marked too.
    const color = words[0] === '-H' ? 'always' : 'never';
    const run = runLogsOn(api.url, ['web', '--no-follow', '-o', 'raw', ...words], { color });
    expect(await run.done).toBe(exitCodes.done);
    expect(run.out().split('\n').slice(0, -1)).toEqual(expected);
  });

  it.each([
    ['--include', 'a(?=b)', /^--include: "a\(\?=b\)" is no regular expression of Go: .*Go has no lookahead/],
    ['--exclude', '(?<!a)b', /^--exclude: "\(\?<!a\)b" is no regular expression of Go: .*no lookbehind/],
    ['-H', '(a)\\1', /^--highlight: "\(a\)\\\\1" is no regular expression of Go: .*no back references/],
    ['--until-match', '[[:foo:]]', /^--until-match: .*invalid character class range/],
  ])('%s %s is refused in words, and nothing is sent', async (flag, pattern, words) => {
    const run = runLogsOn(api.url, ['web', flag, pattern]);
    await expect(run.done).rejects.toThrow(UsageError);
    await expect(run.done).rejects.toMatchObject({ message: expect.stringMatching(words) as string });
    expect([api.connections, run.out()]).toEqual([0, '']);
  });
});

describe('case 50: patterns that hold up an engine which tries every way', () => {
  /** What 100 lines of 1 kB may take; one that tries every way would not be done within the age of the world. */
  const enoughMs = 5_000;
  const [count, length] = [100, 1000];

  async function printingOf(words: readonly string[], color: 'always' | 'never'): Promise<Printing> {
    const { options, problems } = optionsOf('web', '-o', 'raw', ...words);
    expect(problems).toEqual([]);
    const wrong: string[] = [];
    const io = { stdout: { isTTY: false }, env: {} } as never;
    const printing = await compilePrinting({ io, color }, options, () => {}, wrong);
    expect(wrong).toEqual([]);
    return printing ?? expect.unreachable('not compiled');
  }

  /** Ends it where it hangs: the test fails, the run of all tests goes on. */
  function inTime<T>(work: () => T): T {
    return runInNewContext('work()', { work }, { timeout: enoughMs }) as T;
  }

  const block = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line, at) => lineAt(at, line)).join(''));

  const [some, others] = ['a'.repeat(length), 'é'.repeat(length / 2)];

  /** A line that it does not match, and one that it does. */
  const hard: readonly [pattern: string, not: string, match: string][] = [
    ['^(a+)+$', `${some}!`, some],
    ['(a|a)*b', some, `${some}b`],
    ['(.*)*x', some, `${some}x`],
    ['(?i)^(A|a)*$', `${some}!`, some],
    ['^(é+)+$', `${others}!`, others],
  ];

  describe.each(hard)('%s', (pattern, not, match) => {
    const lines = [...Array<string>(count).fill(not), match];

    it.each([
      ['--include', [match]],
      ['--exclude', Array<string>(count).fill(not)],
    ])('%s picks its lines at once', async (flag, expected) => {
      const { pipeline } = await printingOf([flag, pattern], 'never');
      const print = pipeline.printerFor(aSource());
      const printed = inTime(() => print(block(lines)));
      expect(Buffer.from(printed, 'latin1').toString()).toBe(expected.map((line) => `${line}\n`).join(''));
    });

    it('--highlight looks through its lines at once', async () => {
      const { pipeline } = await printingOf(['--highlight', pattern], 'always');
      const print = pipeline.printerFor(aSource());
      const printed = inTime(() => print(block(lines)));
      const given = Buffer.from(printed, 'latin1').toString().split('\n').slice(0, -1);
      // It is looked for in what is printed, which ends behind the line feed, as in stern.
      const marked = pattern.endsWith('$') ? match : `\u001B[31;1m${match}\u001B[0;22m`;
      expect(given).toEqual([...lines.slice(0, -1), marked]);
    });

    it('--where picks its lines at once', async () => {
      const { pipeline } = await printingOf(['--where', `m =~ "${pattern}"`], 'never');
      const print = pipeline.printerFor(aSource());
      const objects = lines.map((m) => JSON.stringify({ m }));
      const printed = inTime(() => print(block(objects)));
      expect(Buffer.from(printed, 'latin1').toString()).toBe(`${objects.at(-1) ?? ''}\n`);
    });

    it.each([
      ['--until-match', 'match'],
      ['--fail-on', 'failure'],
    ])('%s finds its line at once', async (flag, kind) => {
      const { findEnd } = await printingOf([flag, pattern], 'never');
      const find = findEnd?.(aSource());
      const all = block(lines);
      expect(inTime(() => find?.(all))).toEqual({ kind, bytes: all.length });
      expect(inTime(() => find?.(block(lines.slice(0, -1))))).toBeUndefined();
    });
  });
});
