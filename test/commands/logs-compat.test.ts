/** Other programs' command lines mean here what they mean there, and only where they are asked for. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import type { FileSettings } from '../../src/cli/config-file.ts';
import { parseConfig } from '../../src/cli/config-schema.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { wordsOf } from '../../src/cli/manner.ts';
import { drain } from '../../src/commands/drain.ts';
import { colorOf, verbosityOf } from '../../src/commands/logs-familiar.ts';
import { logs } from '../../src/commands/logs.ts';
import type { LogsOptions } from '../../src/logs/options.ts';
import { optionsIn, optionsOf } from '../logs/options-of.ts';

const typed = (line: string): LogsOptions => {
  const { options, problems } = optionsOf(...line.split(' '));
  expect(problems).toEqual([]);
  return options;
};

const brief = ({ range, selection, format }: LogsOptions) => ({
  follow: range.follow,
  since: range.sinceSeconds,
  tail: range.tailLines,
  match: selection.match,
  everywhere: selection.allNamespaces,
  defaultOnly: selection.defaultContainerOnly,
  output: format.output,
  prefix: format.prefix,
  quiet: format.onlyLogLines,
});

const sterns = {
  follow: true,
  since: 172_800,
  tail: undefined,
  match: 'regex',
  everywhere: false,
  defaultOnly: false,
  output: 'default',
  prefix: true,
  quiet: false,
};

describe('--compat', () => {
  it.each<[string, Partial<ReturnType<typeof brief>>]>([
    ['web', {}],
    ['--compat stern web', {}],
    ['--compat kail', { since: 1, everywhere: true, output: 'kail', quiet: true }],
    ['--compat kail -n shop', { since: 1, output: 'kail', quiet: true }],
    ['--compat kail --current-ns', { since: 1, output: 'kail', quiet: true }],
    ['--compat kail --since 1h -o json', { since: 3600, everywhere: true, output: 'kail-json', quiet: true }],
    ['--compat kail -o json-pretty', { since: 1, everywhere: true, output: 'json-pretty', quiet: true }],
    ['--compat kubetail web', { since: 10, match: 'substring', output: 'kubetail' }],
    ['web --compat=kubetail -s 5m --tail 3', { since: 300, tail: 3, match: 'substring', output: 'kubetail' }],
    ['--compat kubetail web -e', { since: 10, match: 'regex', output: 'kubetail' }],
    ['web -e --compat kubetail', { since: 10, output: 'kubetail' }],
    ['web -i --compat=kubetail', { since: 10, match: 'substring', output: 'kubetail' }],
    ['--compat kubetail --compat stern web', {}],
    ['--compat kubetail web -e regex -f false', { follow: false, since: 10, output: 'kubetail' }],
    ['--compat kubetail web -P false', { since: 10, match: 'substring', output: 'kubetail', prefix: false }],
    [
      '--compat kubectl web-1',
      {
        follow: false,
        since: undefined,
        match: 'exact',
        defaultOnly: true,
        output: 'kubectl',
        quiet: true,
        prefix: false,
      },
    ],
    [
      '--compat kubectl -l app=web -f --prefix',
      { since: undefined, tail: 10, match: 'exact', defaultOnly: true, output: 'kubectl', quiet: true },
    ],
    [
      '--compat kubectl -l app=web --tail -1 --all-containers --since 10s',
      { follow: false, since: 10, match: 'exact', output: 'kubectl', quiet: true, prefix: false },
    ],
    [
      '--compat kubectl deploy/web --all-pods',
      { follow: false, since: undefined, match: 'exact', defaultOnly: true, output: 'kubectl', quiet: true },
    ],
    [
      '--compat kubectl web-1 --since-time 2026-11-21T10:00:00Z',
      {
        follow: false,
        since: undefined,
        match: 'exact',
        defaultOnly: true,
        output: 'kubectl',
        quiet: true,
        prefix: false,
      },
    ],
  ])('%s', (line, differences) => {
    expect(brief(typed(line))).toEqual({ ...sterns, ...differences });
  });

  it("reads kail's letters, and leaves out what kail leaves out", () => {
    const { selection } = typed('--compat kail -p web-1 -d shop/api -j nightly -l a=b -l c=d -c app,sidecar');
    expect(selection).toMatchObject({
      kinds: { Pod: ['web-1'], Deployment: ['shop/api'], Job: ['nightly'] },
      selector: ['a=b', 'c=d'],
      containerNames: ['app', 'sidecar'],
      ignoreLabels: ['kail.ignore=true'],
      ignoreNamespaces: ['kube-system'],
      query: [],
    });
    expect(typed('--compat kail --ignore-ns other --ignore x=y').selection).toMatchObject({
      ignoreLabels: ['x=y'],
      ignoreNamespaces: ['other'],
    });
  });

  it("reads kubetail's letters", () => {
    const { selection, contexts, range, format } = typed(
      '--compat kubetail web -t int1 -c app -c side.car -p true -d -i -k line -z 1,2 -b false',
    );
    expect(contexts).toEqual(['int1']);
    expect(selection).toMatchObject({ query: ['web'], container: String.raw`^(?:app|side\.car)$` });
    expect(range).toMatchObject({ previous: true, follow: false, sinceSeconds: undefined });
    expect(format).toMatchObject({
      dryRun: true,
      diffContainer: false,
      counting: { coloured: 'line', skip: [1, 2], showIndex: true },
    });
    expect(typed('--compat kubetail web --timestamps').format.timestamps).toBe('server');
    expect(typed('--compat kubetail web -p false').range.previous).toBe(false);
  });

  it("takes kubectl's second word for a container, unless one is named", () => {
    expect(typed('--compat kubectl web-1 app').selection).toMatchObject({ query: ['web-1'], containerNames: ['app'] });
    expect(typed('--compat kubectl web-1 web-2 -c app').selection).toMatchObject({
      query: ['web-1', 'web-2'],
      container: '^(?:app)$',
      containerNames: [],
    });
    expect(typed('--compat kubectl -p web-1').range.previous).toBe(true);
  });

  it('leaves no letter with two meanings', () => {
    for (const name of ['stern', 'kail', 'kubetail', 'kubectl']) {
      const flags = logs.manners?.of(name)?.flags ?? [];
      const letters = flags.flatMap(({ short }) => short ?? []);
      expect(new Set(letters).size).toBe(letters.length);
      expect(flags.map((flag) => flag.name)).toEqual(logs.flags.map((flag) => flag.name));
    }
  });

  it('may come from the environment and from the settings file, and the command line wins', () => {
    const file: FileSettings = { path: 'config.yaml', ...parseConfig('logs: { compat: kail }', 'config.yaml') };
    const kinds = (typedIn: ReturnType<typeof optionsIn>): unknown => {
      expect(typedIn.problems).toEqual([]);
      return [typedIn.options.selection.kinds.Pod, typedIn.options.range.previous];
    };
    expect(kinds(optionsIn({ file }, 'logs', '-p', 'web'))).toEqual([['web'], false]);
    expect(kinds(optionsIn({ env: { KMAINT_COMPAT: 'kail' } }, 'logs', '-p', 'web'))).toEqual([['web'], false]);
    expect(kinds(optionsIn({ file }, 'logs', '--compat', 'kubectl', '-p', 'web'))).toEqual([[], true]);
  });
});

describe('the name of the program', () => {
  it.each([
    ['stern', ['web'], ['logs', 'web']],
    ['kubectl-stern', ['web'], ['logs', 'web']],
    ['kail', [], ['logs']],
    ['kubetail', ['logs'], ['logs', 'logs']],
    ['kubetail', ['-v'], ['--version']],
    ['stern', ['--version'], ['--version']],
    ['kmaint', ['-v'], ['-v']],
    ['kubectl-kmaint', ['logs'], ['logs']],
    ['constern', ['x'], ['x']],
    [undefined, ['logs'], ['logs']],
  ])('%s %j', (calledAs, argv, words) => {
    expect(wordsOf({ calledAs, argv }, [drain, logs])).toEqual(words);
  });

  it('brings defaults and letters, unless --compat says otherwise', () => {
    expect(brief(optionsIn({ calledAs: 'kail' }, '-p', 'web').options)).toEqual({
      ...sterns,
      since: 1,
      everywhere: true,
      output: 'kail',
      quiet: true,
    });
    expect(brief(optionsIn({ calledAs: 'kail' }, '--compat=stern', 'web').options)).toEqual(sterns);
    expect(brief(optionsIn({ calledAs: 'kmaint' }, 'logs', 'web').options)).toEqual(sterns);
  });

  it("is a reason to read that program's variables, which give way to ours and to flags", () => {
    const env = { KUBETAIL_SINCE: '1m', KUBETAIL_TAIL: '7', KAIL_SINCE: '9m', KUBETAIL_NAMESPACE: 'a' };
    const kubetail = optionsIn({ calledAs: 'kubetail', env }, 'web', '--tail', '8');
    expect(kubetail.problems).toEqual([]);
    expect(brief(kubetail.options)).toMatchObject({ since: 60, tail: 8 });
    expect(kubetail.options.selection.namespaces).toEqual(['a']);
    const ours = optionsIn({ calledAs: 'kubetail', env: { ...env, KMAINT_SINCE: '3m' } }, 'web');
    expect(brief(ours.options)).toMatchObject({ since: 180, tail: 7 });
    expect(brief(optionsIn({ env }, 'logs', 'web').options)).toEqual(sterns);
    const kail = optionsIn({ calledAs: 'kail', env: { KAIL_NS: 'a\nb', KAIL_SINCE: 'x' } });
    expect(kail.options.selection.namespaces).toEqual(['a', 'b']);
    expect(kail.problems).toEqual([expect.stringMatching(/^KAIL_SINCE: /)]);
  });
});

describe('without it', () => {
  it("-e stays stern's, and what can only be kubetail's is refused", () => {
    expect(typed('web -e noise').lines.exclude).toEqual(['noise']);
    expect(optionsOf('web', '-e', 'substring').problems).toEqual([expect.stringMatching(/--match=regex/)]);
    expect(optionsOf('--compat', 'kubetail', 'web', '-e', 'substring').problems).toEqual([]);
  });

  it('shows the help for --show-hidden-options', () => {
    expect(readCommandLine(['logs', '--show-hidden-options'], globalFlags, [drain, logs]).help).toBe(true);
  });

  it.each([
    ['web --verbosity 1', 1],
    ['web --verbosity 6', 2],
    ['web -v', 1],
    ['web', 0],
  ])('%s has verbosity %s', (line, verbosity) => {
    expect(verbosityOf(optionsOf(...line.split(' ')).settings)).toBe(verbosity);
  });

  it.each([
    ['web -k false', 'never'],
    ['web -k false --color always', 'always'],
    ['web -k line', 'auto'],
  ])('%s colours %s', (line, color) => {
    expect(colorOf(optionsOf(...line.split(' ')).settings)).toBe(color);
  });

  it('takes settings for logs from the file, where what was typed for one run wins', () => {
    const yaml = `
output: json
logs:
  since: 5m
  exclude: ['a,b', c]
  columns: pod
  skip-colors: 1,2
  tail: 20
  prefix: false
  timestamps: true
`;
    const file: FileSettings = { path: 'config.yaml', ...parseConfig(yaml, 'config.yaml') };
    const { options, problems } = optionsIn({ file }, 'logs', 'web', '-o', 'kubetail');
    expect(problems).toEqual([]);
    expect(options.range.sinceSeconds).toBe(300);
    expect(options.lines.exclude).toEqual(['a,b', 'c']);
    expect(options.range.tailLines).toBe(20);
    expect(options.format).toMatchObject({ prefix: false, timestamps: 'server' });
    expect(options.format).toMatchObject({ output: 'kubetail', columns: [], counting: { skip: [1, 2] } });
    expect(optionsIn({ file }, 'logs', 'web').options.format).toMatchObject({ output: 'json', columns: ['pod'] });
    expect(optionsIn({ file }, 'logs', '-z', '3').options.format).toMatchObject({ output: 'kubetail' });
  });
});
