/** Settings: the command line wins over the environment, that over the file, that over the defaults. */
import { closest } from '../closest.ts';
import type { FileSettings } from './config-file.ts';
import type { AnyFlag, Flag } from './flag.ts';

export type Source = 'flag' | 'environment' | 'file' | 'default';

export interface Settings {
  readonly get: <T>(flag: Flag<T>) => T;
  readonly source: (flag: AnyFlag) => Source;
}

export interface SettingsInput {
  /** The running verb's flags and the global ones. */
  readonly flags: readonly AnyFlag[];
  /** Every verb with all its flags, global ones too, for what the environment and the file may name. */
  readonly verbs: readonly { readonly name: string; readonly flags: readonly AnyFlag[] }[];
  readonly verb: string;
  readonly given: readonly { readonly flag: AnyFlag; readonly text: string }[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By flag, another program's variable, read where ours is not set; what is repeated stands on lines of its own there. */
  readonly variables?: ReadonlyMap<string, string> | undefined;
  readonly file: FileSettings | undefined;
}

/** Texts for one flag, and how to call their place in a message. */
interface Found {
  readonly source: Source;
  readonly place: string;
  readonly texts: readonly string[];
}

const prefix = 'KMAINT_';

/** `KMAINT_GRACE_PERIOD` for `grace-period`. */
export function environmentName(flagName: string): string {
  return `${prefix}${flagName.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Reads all settings and all that is wrong with them. A flag with a problem reads as its default, so that the checks
 * that follow can add theirs to the list.
 */
export function readSettings(input: SettingsInput): {
  readonly settings: Settings;
  readonly problems: readonly string[];
  /** Misspelt variables: no reason to refuse, for other programs may set `KMAINT_` variables too. */
  readonly warnings: readonly string[];
} {
  const problems: string[] = [];
  const everyFlag = new Map<string, AnyFlag>();
  for (const flag of [...input.verbs.flatMap(({ flags }) => flags), ...input.flags]) everyFlag.set(flag.name, flag);

  const fallbacks = new Map(input.flags.map((flag) => [flag.name, flag as Flag<never>]));
  const values = new Map<string, { readonly value: unknown; readonly source: Source }>();
  for (const flag of everyFlag.values()) {
    const [winner, ...others] = placesOf(flag, input);
    for (const found of [winner, ...others]) {
      const parsed = found && parse(flag, found);
      if (!parsed) continue;
      const refused = 'problem' in parsed;
      if (refused) problems.push(parsed.problem);
      // What was typed was typed, however wrong; elsewhere a refused value is as good as none.
      if (found === winner && (!refused || found.source === 'flag')) {
        values.set(flag.name, { value: refused ? flag.fallback : parsed.value, source: found.source });
      }
    }
  }
  problems.push(...otherSections(input), ...unknownKeys(input, [...everyFlag.keys()]));
  return {
    settings: {
      // The value was made by this very flag's parser; the fallback is that of the running verb, where it has its own.
      get: <T>(flag: Flag<T>) =>
        values.has(flag.name) ? (values.get(flag.name)?.value as T) : (fallbacks.get(flag.name) ?? flag).fallback,
      source: (flag) => values.get(flag.name)?.source ?? 'default',
    },
    problems,
    warnings: misspeltVariables(input.env, [...everyFlag.keys()]),
  };
}

/** Everywhere a flag is set for the running verb, the winner first. */
function placesOf(flag: AnyFlag, { given, env, variables, file, verb }: SettingsInput): readonly Found[] {
  const texts = given.filter((one) => one.flag.name === flag.name).map(({ text }) => text);
  const variable = environmentName(flag.name);
  const value = env[variable];
  const foreign = variables?.get(flag.name) ?? '';
  const foreignValue = foreign === '' ? '' : (env[foreign] ?? '');
  const section = file?.sections.get(verb)?.get(flag.name);
  const general = file?.values.get(flag.name);
  return [
    ...(texts.length > 0 ? [{ source: 'flag' as const, place: `--${flag.name}`, texts }] : []),
    ...(value !== undefined && value !== ''
      ? [{ source: 'environment' as const, place: variable, texts: [value] }]
      : []),
    ...(foreignValue === ''
      ? []
      : [
          {
            source: 'environment' as const,
            place: foreign,
            texts: flag.repeatable ? foreignValue.split('\n') : [foreignValue],
          },
        ]),
    ...(section ? [{ source: 'file' as const, place: `${file?.path}: ${verb}.${flag.name}`, texts: section }] : []),
    ...(general ? [{ source: 'file' as const, place: `${file?.path}: ${flag.name}`, texts: general }] : []),
  ];
}

/** What the file says for other verbs counts for nothing now, but is checked all the same. */
function otherSections({ file, verb, verbs }: SettingsInput): readonly string[] {
  return [...(file?.sections ?? [])].flatMap(([name, section]) => {
    const flags = verbs.find((one) => one.name === name)?.flags;
    if (!flags || name === verb) return [];
    return [...section].flatMap(([key, texts]) => {
      const flag = flags.find((one) => one.name === key);
      const parsed = flag && parse(flag, { source: 'file', place: `${file?.path}: ${name}.${key}`, texts });
      return parsed && 'problem' in parsed ? [parsed.problem] : [];
    });
  });
}

function parse(
  flag: AnyFlag,
  { source, place, texts }: Found,
): { readonly value: unknown } | { readonly problem: string } {
  if (flag.onlyFlag !== undefined && source !== 'flag' && texts.some(flag.onlyFlagWhen)) {
    return {
      problem: `${place} is refused: --${flag.name} has to be given on the command line, because ${flag.onlyFlag}`,
    };
  }
  if (source === 'file' && flag.name === 'config')
    return { problem: `${place} is refused: a settings file cannot name another` };
  if (source === 'file' && !flag.repeatable && texts.length !== 1)
    return { problem: `${place} takes one value, not a list` };
  const parsed = flag.parse(texts);
  if (!('problem' in parsed)) return parsed;
  return { problem: flag.secret ? `${place} has a value that cannot be used` : `${place}: ${parsed.problem}` };
}

function unknownKeys({ file, verbs }: SettingsInput, known: readonly string[]): readonly string[] {
  if (!file) return [];
  const problems: string[] = [];
  const names = verbs.map(({ name }) => name);
  const report = (key: string, candidates: readonly string[]): void => {
    const suggestion = closest(key.split('.').at(-1) ?? key, candidates);
    problems.push(
      `${file.path}: unknown setting ${key}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`,
    );
  };
  for (const key of file.values.keys()) if (!known.includes(key)) report(key, [...known, ...names]);
  for (const [name, section] of file.sections) {
    const verb = verbs.find((one) => one.name === name);
    // `context:` without a value is a setting that is not set.
    if (!verb && known.includes(name) && section.size === 0) continue;
    if (!verb) report(name, [...names, ...known]);
    else {
      const own = verb.flags.map((flag) => flag.name);
      for (const key of section.keys()) if (!own.includes(key)) report(`${name}.${key}`, own);
    }
  }
  return problems;
}

function misspeltVariables(env: SettingsInput['env'], known: readonly string[]): readonly string[] {
  const variables = known.map((name) => environmentName(name).slice(prefix.length));
  return Object.keys(env).flatMap((name) => {
    const rest = name.slice(prefix.length);
    if (!name.startsWith(prefix) || variables.includes(rest)) return [];
    const suggestion = closest(rest, variables);
    // Kubernetes itself sets KMAINT_SERVICE_HOST and the like next to a Service called kmaint.
    return suggestion === undefined
      ? []
      : [`the variable ${name} means nothing to kmaint; did you mean ${prefix}${suggestion}?`];
  });
}
