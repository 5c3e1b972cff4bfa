/** Tells a shell's question from a command line of a user's. */
import type { Io } from '../io.ts';
import { untouched, wordsOfLine } from './line.ts';

export interface Question {
  /** What stands after the program's name; the last word is the one at the cursor, perhaps empty. */
  readonly typed: readonly string[];
  /** So many characters of that word are left alone: what is offered takes the place of the rest. */
  readonly skip: number;
}

/** Called by kubectl under this name, with the words of the line. */
const kubectlsName = 'kubectl_complete-kmaint';

/**
 * `__complete WORD…` as cobra's programs have it, or, from bash, `__complete_line LINE COMP_WORDBREAKS`, for bash divides
 * words where we do not. Undefined: it is no such question.
 */
export function shellQuestion({ argv, calledAs }: Pick<Io, 'argv' | 'calledAs'>): Question | undefined {
  const [word, ...rest] = argv;
  if (calledAs === kubectlsName) return { typed: orEmpty(argv), skip: 0 };
  if (word === '__complete') return { typed: orEmpty(rest), skip: 0 };
  if (word !== '__complete_line') return undefined;
  const [line = '', breaks = ''] = rest;
  const read = wordsOfLine(line);
  return { typed: orEmpty(read.words.slice(1)), skip: untouched(read, breaks) };
}

function orEmpty(words: readonly string[]): readonly string[] {
  return words.length === 0 ? [''] : words;
}
