/** In whose manner a command line is to be read: that of the program it names, or that it was started as. */
import type { FileSettings } from './config-file.ts';
import type { Io } from './io.ts';
import { environmentName } from './settings.ts';
import type { Manner, Verb } from './verb.ts';

/** A verb with the manner that it is used in. */
export interface MannerOf {
  /** With the flags of that manner. */
  readonly verb: Verb;
  readonly name: string | undefined;
  readonly variables: Manner['variables'] | undefined;
}

/** The verb that stands in for the program that kmaint was started as; undefined where it was started as itself. */
export function verbOfProgram(verbs: readonly Verb[], calledAs: string | undefined): Verb | undefined {
  const program = programOf(calledAs);
  return program === undefined ? undefined : verbs.find(({ manners }) => manners?.programs.includes(program));
}

/** The words with the verb before them, where the name of the program says it; `-v` of such programs is their version. */
export function wordsOf({ argv, calledAs }: Pick<Io, 'argv' | 'calledAs'>, verbs: readonly Verb[]): readonly string[] {
  const verb = verbOfProgram(verbs, calledAs);
  if (!verb) return argv;
  const [only = ''] = argv;
  if (argv.length === 1 && ['-v', '--version', 'version'].includes(only)) return ['--version'];
  return [verb.name, ...argv];
}

/**
 * The verb in the manner asked for: by the flag, the variable or the settings file, in this order, or else by the name
 * of the program. A name that is none changes nothing; the settings have that problem.
 */
export function inManner(
  verb: Verb,
  words: readonly string[],
  { env, calledAs }: Pick<Io, 'env' | 'calledAs'>,
  file: FileSettings | undefined,
): MannerOf {
  const { manners } = verb;
  if (!manners) return { verb, name: undefined, variables: undefined };
  const { name: flagName } = manners.flag;
  const program = programOf(calledAs);
  const name = [
    typedFor(flagName, words),
    env[environmentName(flagName)],
    file?.sections.get(verb.name)?.get(flagName)?.at(-1),
    file?.values.get(flagName)?.at(-1),
    program !== undefined && manners.programs.includes(program) ? program : undefined,
  ].find((text) => text !== undefined && text !== '');
  const manner = name === undefined ? undefined : manners.of(name);
  if (!manner) return { verb, name: undefined, variables: undefined };
  return { verb: { ...verb, flags: manner.flags }, name, variables: manner.variables };
}

/** Found without reading the flags before it: whether they take a value is what the manner decides. */
function typedFor(flagName: string, words: readonly string[]): string | undefined {
  const end = words.indexOf('--');
  const flags = end < 0 ? words : words.slice(0, end);
  const at = flags.findLastIndex((word) => word === `--${flagName}` || word.startsWith(`--${flagName}=`));
  const word = flags[at];
  if (word === undefined) return undefined;
  return word.includes('=') ? word.slice(flagName.length + 3) : flags[at + 1];
}

/** As kubectl's plugin a program has another name. */
function programOf(calledAs: string | undefined): string | undefined {
  return calledAs?.replace(/^kubectl-/, '');
}
