/** Decides what may stand in the place of the last word of a command line. */
import { readCommandLine, type CommandWords } from '../argv.ts';
import type { AnyFlag } from '../flag.ts';
import { flagsFor } from '../own-flags.ts';
import type { Verb } from '../verb.ts';
import type { Candidate, Completes, Names } from './completes.ts';

export interface WantedWords {
  readonly kind: 'words';
  readonly candidates: readonly Candidate[];
  /** Where none of them fits, a file may. */
  readonly orFiles?: boolean | undefined;
}

/** Names that have to be looked up. */
export interface WantedNames {
  readonly kind: 'names';
  readonly of: Names;
  /** Stands before each of them in the same word. */
  readonly start: string;
  /** Those are there already. */
  readonly not: readonly string[];
  readonly also: readonly Candidate[];
  /** The words before, which say in which cluster. */
  readonly words: CommandWords;
}

export interface WantedPaths {
  readonly kind: 'files' | 'folders';
}

export type Wanted = WantedWords | WantedNames | WantedPaths;

const nothing: WantedWords = { kind: 'words', candidates: [] };

/**
 * @param typed what stands after the program's name; the last word is the one at the cursor, perhaps empty
 * @param verbs with the flags of the manner in which the line is read
 */
export function wantedAt(typed: readonly string[], globals: readonly AnyFlag[], verbs: readonly Verb[]): Wanted {
  const before = typed.slice(0, -1);
  const current = typed.at(-1) ?? '';
  const words = readCommandLine(before, globals, verbs);
  const verb = verbs.find(({ name }) => name === words.verb);
  const flags = verb ? flagsFor(verb.flags, globals) : globals;
  if (verb?.takesCommand === true && words.command !== undefined) return { kind: 'files' };
  if (words.awaiting) return valueOf(words.awaiting, '', current, words);
  const dashed = before.includes('--');
  if (!dashed && current.startsWith('--') && current.includes('=')) {
    const end = current.indexOf('=') + 1;
    const flag = flags.find(({ name }) => name === current.slice(2, end - 1));
    return flag ? valueOf(flag, current.slice(0, end), current.slice(end), words) : nothing;
  }
  if (!dashed && current.startsWith('-')) return flagNames(flags, words, verb === undefined);
  if (words.verb === undefined || (words.help && !verb)) return verbNames(verbs);
  if (!verb || words.help) return nothing;
  const completes = verb.completes?.(words.operands);
  return completes === undefined ? nothing : offered(completes, '', current, words, words.operands);
}

function verbNames(verbs: readonly Verb[]): Wanted {
  return { kind: 'words', candidates: verbs.map(({ name, summary }) => ({ word: name, about: summary })) };
}

/** Those that are given already only where they add up. */
function flagNames(flags: readonly AnyFlag[], { given }: CommandWords, withVersion: boolean): Wanted {
  const spent = new Set(given.filter(({ flag }) => !flag.repeatable).map(({ flag }) => flag.name));
  const free = flags.filter(({ name }) => !spent.has(name));
  const candidates = [
    ...free.map(({ name, about }) => ({ word: `--${name}`, about })),
    { word: '--help', about: 'Show the help' },
    ...(withVersion ? [{ word: '--version', about: 'Print the version of kmaint' }] : []),
  ];
  return { kind: 'words', candidates };
}

/** @param start what stands before the value in the same word: `--output=` */
function valueOf(flag: AnyFlag, start: string, value: string, words: CommandWords): Wanted {
  const completes = flag.completes ?? byValueName(flag);
  if (completes === undefined) return nothing;
  if (completes === 'files' || completes === 'folders') return { kind: completes };
  // Lists: each part of it is a name.
  const end = flag.repeatable || flag.valueName === 'names' ? value.lastIndexOf(',') + 1 : 0;
  return offered(completes, start + value.slice(0, end), value.slice(end), words, value.slice(0, end).split(','));
}

const whatTheyAre: Readonly<Record<string, Completes>> = {
  file: 'files',
  program: 'files',
  folder: 'folders',
  node: 'nodes',
};

/** What the help shows as the value: choices, or the word for what it is. */
function byValueName({ valueName, bare }: AnyFlag): Completes | undefined {
  if (valueName === undefined) return bare === 'true' ? ['true', 'false'] : undefined;
  const known = whatTheyAre[valueName];
  if (known !== undefined) return known;
  const choices = valueName.split('|');
  return choices.length > 1 && choices.every((choice) => /^[a-z-]{2,}$/.test(choice)) ? choices : undefined;
}

function offered(
  completes: Completes,
  start: string,
  current: string,
  words: CommandWords,
  not: readonly string[],
): Wanted {
  if (completes === 'files' || completes === 'folders') return { kind: completes };
  if (typeof completes === 'string') return { kind: 'names', of: completes, start, not, words, also: [] };
  if (!('otherwise' in completes)) {
    const orFiles = 'words' in completes;
    const left = (orFiles ? completes.words : completes).filter((word) => !not.includes(word));
    return { kind: 'words', candidates: left.map((word) => ({ word: start + word })), orFiles };
  }
  const slash = current.indexOf('/') + 1;
  const also = Object.keys(completes.before).map((word) => ({ word: `${start}${word}/` }));
  if (slash === 0) return { kind: 'names', of: completes.otherwise, start, not, words, also };
  const of = completes.before[current.slice(0, slash - 1)];
  return of === undefined
    ? nothing
    : { kind: 'names', of, start: start + current.slice(0, slash), not, words, also: [] };
}
