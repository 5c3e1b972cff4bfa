/** Which source wins, what only the command line may say, and that all problems are found at once. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/argv.ts';
import { parseConfig } from '../../src/cli/config-schema.ts';
import { defaultConfigPath, readConfigFile } from '../../src/cli/config-file.ts';
import { progressOf } from '../../src/cli/context.ts';
import { connectionFlags, conversationFlags, globalFlags } from '../../src/cli/global-flags.ts';
import { environmentName, readSettings } from '../../src/cli/settings.ts';
import { cordon } from '../../src/commands/cordon.ts';
import { drain } from '../../src/commands/drain.ts';
import { drainFlags } from '../../src/commands/drain-flags.ts';
import { UsageError } from '../../src/errors.ts';

const verbs = [drain, cordon].map(({ name, flags }) => ({ name, flags: [...flags, ...globalFlags] }));

function read(
  line: string,
  { env = {}, file = '' }: { env?: Record<string, string>; file?: string } = {},
): ReturnType<typeof readSettings> {
  const verb = line.split(' ')[0] === 'cordon' ? cordon : drain;
  return readSettings({
    flags: [...verb.flags, ...globalFlags],
    verbs,
    verb: verb.name,
    given: readCommandLine(line.split(' '), globalFlags, [drain, cordon]).given,
    env,
    file: file === '' ? undefined : { path: 'config.yaml', ...parseConfig(file, 'config.yaml') },
  });
}

describe('precedence', () => {
  const env = { KMAINT_TIMEOUT: '2m', KMAINT_CONTEXT: 'from-env' };
  const file = 'timeout: 3m\ncontext: from-file\nmax-in-flight: 7\ndrain:\n  timeout: 4m\n';

  it('is flag, environment, section of the verb, file, default', () => {
    expect(read('drain n1 --timeout=1m', { env, file }).settings.get(drainFlags.timeout)).toBe(60_000);
    expect(read('drain n1', { env, file }).settings.get(drainFlags.timeout)).toBe(120_000);
    expect(read('drain n1', { file }).settings.get(drainFlags.timeout)).toBe(240_000);
    expect(read('drain n1', { file: 'timeout: 3m' }).settings.get(drainFlags.timeout)).toBe(180_000);
    expect(read('drain n1').settings.get(drainFlags.timeout)).toBeUndefined();
  });

  it('holds for every flag by itself, and says where a value came from', () => {
    const { settings } = read('drain n1', { env, file });
    expect(settings.get(connectionFlags.context)).toBe('from-env');
    expect(settings.source(connectionFlags.context)).toBe('environment');
    expect(settings.get(drainFlags.maxInFlight)).toBe(7);
    expect(settings.source(drainFlags.maxInFlight)).toBe('file');
    expect(settings.source(drainFlags.chunkSize)).toBe('default');
  });

  it('begins with the fallback of the running verb', () => {
    const flags = drain.flags.map((flag) => (flag.name === 'timeout' ? { ...flag, fallback: 7 } : flag));
    const { settings } = readSettings({ flags, verbs, verb: 'drain', given: [], env: {}, file: undefined });
    expect(settings.get(drainFlags.timeout)).toBe(7);
    expect(settings.source(drainFlags.timeout)).toBe('default');
    expect(settings.get(conversationFlags.color)).toBe('auto');
  });

  it("puts another program's variable behind ours and before the file", () => {
    const variables = new Map([
      ['timeout', 'OTHER_TIMEOUT'],
      ['as-group', 'OTHER_GROUPS'],
    ]);
    const given = (more: Record<string, string>): ReturnType<typeof readSettings> =>
      readSettings({
        flags: [...drain.flags, ...globalFlags],
        verbs,
        verb: 'drain',
        given: [],
        env: { OTHER_TIMEOUT: '9m', OTHER_GROUPS: 'a\nb', ...more },
        variables,
        file: { path: 'config.yaml', ...parseConfig(file, 'config.yaml') },
      });
    expect(given({}).settings.get(drainFlags.timeout)).toBe(540_000);
    expect(given({}).settings.source(drainFlags.timeout)).toBe('environment');
    expect(given({}).settings.get(connectionFlags.asGroup)).toEqual(['a', 'b']);
    expect(given({ KMAINT_TIMEOUT: '2m' }).settings.get(drainFlags.timeout)).toBe(120_000);
    expect(given({ OTHER_TIMEOUT: '' }).settings.get(drainFlags.timeout)).toBe(240_000);
    expect(given({ OTHER_TIMEOUT: 'x' }).problems).toEqual([expect.stringMatching(/^OTHER_TIMEOUT: /)]);
  });

  it("is not changed by another verb's section", () => {
    const { settings, problems } = read('cordon n1', { file: 'drain:\n  context: other\n' });
    expect(problems).toEqual([]);
    expect(settings.get(connectionFlags.context)).toBeUndefined();
  });

  it('takes an empty variable and an empty key for not set', () => {
    const { settings, problems } = read('drain n1', { env: { KMAINT_CONTEXT: '' }, file: 'context:\n' });
    expect(problems).toEqual([]);
    expect(settings.source(connectionFlags.context)).toBe('default');
  });

  it.each([
    ['drain n1 -q --progress=live', {}, 'quiet'],
    ['drain n1 --progress=live', { KMAINT_QUIET: 'true' }, 'live'],
    ['drain n1 -q', { KMAINT_PROGRESS: 'plain' }, 'quiet'],
    ['drain n1', {}, 'auto'],
  ])('%s with %j shows %s', (line, env, progress) => {
    expect(progressOf(read(line, { env }).settings)).toBe(progress);
  });
});

describe('what only the command line may say (ruling 5)', () => {
  const texts: Record<string, string> = { selector: 'a=b', 'pod-selector': 'a=b', 'grace-period': '0' };
  const names = [
    'yes',
    'force',
    'disable-eviction',
    'delete-emptydir-data',
    'insecure-skip-tls-verify',
    'grace-period',
    'selector',
    'pod-selector',
  ];

  it.each(names)('--%s is refused from the environment and the file, also from its section', (name) => {
    const text = texts[name] ?? 'true';
    for (const given of [
      { env: { [environmentName(name)]: text } },
      { file: `${name}: ${text}\n` },
      { file: `drain:\n  ${name}: ${text}\n` },
    ]) {
      const { problems, settings } = read('drain n1', given);
      expect(problems).toEqual([expect.stringMatching(`is refused: --${name} has to be given on the command line`)]);
      expect(settings.source({ ...drainFlags.force, name })).toBe('default');
    }
    expect(read(`drain n1 --${name}=${text}`).problems).toEqual([]);
  });

  it('is refused also where the flag wins, and for verbs that do not have it', () => {
    expect(read('drain n1 --force', { env: { KMAINT_FORCE: 'true' } }).problems).toHaveLength(1);
    expect(read('cordon n1', { env: { KMAINT_FORCE: 'true' } }).problems).toHaveLength(1);
    expect(read('cordon n1', { file: 'drain:\n  force: true\n' }).problems).toHaveLength(1);
  });

  it('leaves other grace periods alone', () => {
    const { problems, settings } = read('drain n1', { file: 'grace-period: 30\n' });
    expect(problems).toEqual([]);
    expect(settings.get(drainFlags.gracePeriod)).toBe(30);
  });
});

describe('problems', () => {
  it('are listed all at once, each with its place', () => {
    const { problems } = read('drain n1 --timeout=5', {
      env: { KMAINT_CHUNK_SIZE: 'many' },
      file: 'output: xml\ntimout: 5m\ndrain:\n  max-in-flight: 0\n  contxt: a\ncordn:\n  context: x\n',
    });
    expect(problems.toSorted()).toEqual(
      [
        '--timeout: "5" has no unit; write 5s, 5m or 5h',
        'KMAINT_CHUNK_SIZE: "many" is not a whole number',
        'config.yaml: output: "xml" is none of text, json, ndjson',
        'config.yaml: drain.max-in-flight: 0 is too small; the smallest is 1',
        'config.yaml: unknown setting timout; did you mean timeout?',
        'config.yaml: unknown setting drain.contxt; did you mean context?',
        'config.yaml: unknown setting cordn; did you mean cordon?',
      ].toSorted(),
    );
  });

  it('never show a secret', () => {
    const { problems } = read('drain n1', { file: 'token: [s3cret-a, s3cret-b]\n' });
    expect(problems).toHaveLength(1);
    expect(problems.join('\n')).not.toContain('s3cret');
  });

  it('misspelt variables are a warning, those of others are not even that', () => {
    const { problems, warnings } = read('drain n1', {
      env: {
        KMAINT_TIMOUT: '5m',
        KMAINT_SERVICE_HOST: '10.0.0.1',
        KMAINT_PORT: 'tcp://10.0.0.1:80',
        KMAINT_NODE: 'n1',
      },
    });
    expect(problems).toEqual([]);
    expect(warnings).toEqual(['the variable KMAINT_TIMOUT means nothing to kmaint; did you mean KMAINT_TIMEOUT?']);
  });
});

describe('the settings file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kmaint-config-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function problemsOf(text: string): Promise<readonly string[]> {
    const path = join(folder, 'config.yaml');
    await writeFile(path, text);
    const error: unknown = await readConfigFile(path, true).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).problems.map((problem) => problem.replace(path, 'FILE'));
  }

  it('may be missing, unless it was named', async () => {
    const path = join(folder, 'none.yaml');
    await expect(readConfigFile(path, false)).resolves.toBeUndefined();
    await expect(readConfigFile(path, true)).rejects.toThrow(/none\.yaml: there is no such file/);
    await expect(readConfigFile(folder, false)).rejects.toThrow(/it is a folder/);
  });

  it.each(['', '# nothing\n', '---\n'])('may be empty: %j', async (text) => {
    const path = join(folder, 'empty.yaml');
    await writeFile(path, text);
    await expect(readConfigFile(path, true)).resolves.toMatchObject({ values: new Map() });
  });

  it('names line and column of bad YAML without quoting it', async () => {
    const [problem, ...others] = await problemsOf('token: hush\ncontext: [a\n');
    expect(others).toEqual([]);
    expect(problem).toMatch(/^FILE:\d+:\d+ is not YAML: /);
    expect(problem).not.toContain('hush');
  });

  it.each([
    ['- a\n', ['FILE: expected settings, one `name: value` a line']],
    ['context: a\n---\ncontext: b\n', ['FILE holds several YAML documents; one is expected']],
    ['drain:\n  timeout:\n    a: b\n', [expect.stringContaining('FILE: drain') as string]],
  ])('refuses %j', async (text, problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  it('is looked for in the XDG folder, else in .config', () => {
    expect(defaultConfigPath({ XDG_CONFIG_HOME: join('/', 'x') }, join('/', 'home'))).toBe(
      join('/', 'x', 'kmaint', 'config.yaml'),
    );
    expect(defaultConfigPath({}, join('/', 'home'))).toBe(join('/', 'home', '.config', 'kmaint', 'config.yaml'));
  });

  it('takes numbers, booleans and lists', () => {
    const { settings, problems } = read('drain n1', {
      file: 'verbose: 2\nignore-daemonsets: false\nas: jane\nas-group: [a, b]\nrequest-timeout: 30\n',
    });
    expect(problems).toEqual([]);
    expect(settings.get(conversationFlags.verbose)).toBe(2);
    expect(settings.get(drainFlags.ignoreDaemonSets)).toBe(false);
    expect(settings.get(connectionFlags.asGroup)).toEqual(['a', 'b']);
    expect(settings.get(conversationFlags.requestTimeout)).toBe(30_000);
  });
});
