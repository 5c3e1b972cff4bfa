/** Reads a command line as kubectl (pflag) does, and says all that is wrong with it instead of the first thing. */
import { closest } from '../closest.ts';
import type { AnyFlag } from './flag.ts';
import { flagsFor } from './own-flags.ts';

/** What the reader has to know of a verb. */
export interface KnownVerb {
  readonly name: string;
  readonly flags: readonly AnyFlag[];
  /** See Verb.removedFlags. */
  readonly removedFlags: Readonly<Record<string, string>>;
  /** See Verb.takesCommand. */
  readonly takesCommand?: boolean | undefined;
}

export interface CommandWords {
  /** The first word that is no flag, whether we know it or not. */
  readonly verb: string | undefined;
  /** `-h` or `--help` was given, or the verb is `help`: nothing else matters then. */
  readonly help: boolean;
  readonly version: boolean;
  /** Flags with their texts, in the order given. */
  readonly given: readonly { readonly flag: AnyFlag; readonly text: string }[];
  readonly operands: readonly string[];
  /** What stands after `--`, for a verb that takes a command there; for others these are operands. */
  readonly command: readonly string[] | undefined;
  /** The flag at the end whose value would be the next word. */
  readonly awaiting?: AnyFlag | undefined;
  readonly problems: readonly string[];
}

interface FlagWord {
  readonly flag: AnyFlag | undefined;
  /** As it was typed, without the value. */
  readonly spelling: string;
  /** What stands after `=`, or right after a short flag. */
  readonly attached: string | undefined;
}

/**
 * Takes flags anywhere, before and after the verb, `--flag=value` and `--flag value`, clusters of short flags, `--`.
 * A flag that may stand alone (`--force`, `--dry-run`) takes a value only after `=`, as in pflag.
 */
export function readCommandLine(
  argv: readonly string[],
  globals: readonly AnyFlag[],
  verbs: readonly KnownVerb[],
): CommandWords {
  const everyFlag = [...globals, ...verbs.flatMap(({ flags }) => flags)];
  // Which verb it is has to be known before what its letters mean.
  const { operands: first } = walk(argv, everyFlag);
  const known = verbs.find(({ name }) => name === (first[0] === 'help' ? first[1] : first[0]));
  const own = known ? flagsFor(known.flags, globals) : everyFlag;
  const words = walk(argv, [...own, ...everyFlag]);
  const [word, ...rest] = words.operands;
  const help = words.help || word === 'help';
  const verb = word === 'help' ? rest[0] : word;
  const withCommand = known?.takesCommand === true && words.dashesAt > 0 && words.dashesAt < Infinity;
  const operands = withCommand ? rest.slice(0, words.dashesAt - 1) : rest;
  const command = withCommand ? rest.slice(words.dashesAt - 1) : undefined;
  // The same flag of another verb reads alike up to here; its meaning is the verb's own.
  const meant = (flag: AnyFlag): AnyFlag | undefined => own.find(({ name }) => name === flag.name);
  const problems = [...words.problems];
  const given: { flag: AnyFlag; text: string }[] = [];
  for (const { spelling, flag } of words.unusable) {
    problems.push(flag && meant(flag) ? needsValue(spelling, flag) : unknownFlag(spelling, own, known));
  }
  for (const { flag, spelling, text } of words.given) {
    const ours = meant(flag);
    if (ours) given.push({ flag: ours, text });
    else problems.push(unknownFlag(spelling, own, known));
  }
  const [awaiting] = words.unusable.flatMap(({ flag }) => (flag && meant(flag)) ?? []);
  return { verb, help, version: words.version, given, operands, command, awaiting, problems };
}

interface Walk {
  readonly given: { flag: AnyFlag; text: string; spelling: string }[];
  /** Without a flag of that name, or without the value that it needs. */
  readonly unusable: FlagWord[];
  readonly operands: string[];
  readonly problems: string[];
  /** How many operands stand before `--`; Infinity without one. */
  dashesAt: number;
  help: boolean;
  version: boolean;
}

function walk(argv: readonly string[], flags: readonly AnyFlag[]): Walk {
  const found: Walk = {
    given: [],
    unusable: [],
    operands: [],
    problems: [],
    dashesAt: Infinity,
    help: false,
    version: false,
  };
  for (let at = 0; at < argv.length; at += 1) {
    const token = argv[at] ?? '';
    if (token === '--') {
      found.dashesAt = found.operands.length;
      found.operands.push(...argv.slice(at + 1));
      break;
    }
    if (!token.startsWith('-') || token === '-') {
      found.operands.push(token);
      continue;
    }
    const words = flagsOf(token, flags);
    for (const word of words) {
      const { flag, spelling, attached } = word;
      // Of several letters only the last one stands before the next word.
      const next = word === words.at(-1) ? argv[at + 1] : undefined;
      if (spelling === '--help' || spelling === '-h') found.help = true;
      else if (spelling === '--version') found.version = true;
      else if (!flag) found.unusable.push(word);
      else if (flag.showsHelp) found.help = true;
      else if (attached !== undefined) found.given.push({ flag, spelling, text: attached });
      else if (next !== undefined && flag.nextWords?.includes(next)) {
        at += 1;
        found.given.push({ flag, spelling, text: next });
      } else if (flag.bare !== undefined) {
        found.given.push({ flag, spelling, text: flag.bare });
        const stray = strayValue(flag, next);
        if (stray) found.problems.push(stray);
      } else if (at + 1 < argv.length) {
        at += 1;
        found.given.push({ flag, spelling, text: argv[at] ?? '' });
      } else found.unusable.push(word);
    }
  }
  return found;
}

/** One flag for `--name[=value]`; one or more for a cluster of short ones, of which the first that needs a value takes the rest. */
function flagsOf(token: string, flags: readonly AnyFlag[]): readonly FlagWord[] {
  if (token.startsWith('--')) {
    const equals = token.indexOf('=');
    const name = equals < 0 ? token.slice(2) : token.slice(2, equals);
    return [
      {
        flag: flags.find((flag) => flag.name === name),
        spelling: `--${name}`,
        attached: equals < 0 ? undefined : token.slice(equals + 1),
      },
    ];
  }
  // `-force` would read as a cluster of nonsense.
  const long = flags.find((flag) => flag.name === token.slice(1).split('=')[0] && flag.name.length > 1);
  if (long) return [{ flag: undefined, spelling: `-${long.name}`, attached: undefined }];
  const words: FlagWord[] = [];
  for (let at = 1; at < token.length; at += 1) {
    const letter = token[at] ?? '';
    const flag = flags.find(({ short }) => short === letter);
    const rest = token.slice(at + 1);
    const valueFollows = rest.startsWith('=') || (flag !== undefined && flag.bare === undefined && rest !== '');
    words.push({ flag, spelling: `-${letter}`, attached: valueFollows ? rest.replace(/^=/, '') : undefined });
    if (valueFollows || (!flag && letter !== 'h')) break;
  }
  return words;
}

/** `--dry-run server` would drain a node called "server" in another mode than meant. */
function strayValue(flag: AnyFlag, next: string | undefined): string | undefined {
  if (next === undefined || !looksLikeValue(flag, next)) return undefined;
  return `--${flag.name} takes its value after an equals sign: --${flag.name}=${next}`;
}

/** Numbers and durations. */
const likeNumbers = [/^\d+$/, /^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/];

function looksLikeValue({ valueName, bare }: AnyFlag, next: string): boolean {
  if (valueName !== undefined)
    return valueName.split('|').includes(next) || likeNumbers.some((like) => like.test(bare ?? '') && like.test(next));
  return bare === 'true' && (next === 'true' || next === 'false');
}

function needsValue(spelling: string, { valueName }: AnyFlag): string {
  return `${spelling} needs a value: ${spelling} ${valueName?.toUpperCase() ?? 'VALUE'}`;
}

function unknownFlag(spelling: string, flags: readonly AnyFlag[], verb: KnownVerb | undefined): string {
  const name = spelling.replace(/^-+/, '');
  const instead = verb?.removedFlags[name];
  if (instead !== undefined) return `${name.length > 1 ? '--' : '-'}${name} ${instead}`;
  const ending = verb ? ` for ${verb.name}` : '';
  const suggestion =
    spelling.startsWith('--') || name.length > 1
      ? closest(name, ['help', 'version', ...flags.map((flag) => flag.name)])
      : undefined;
  return `unknown flag ${spelling}${ending}${suggestion === undefined ? '' : `; did you mean --${suggestion}?`}`;
}
