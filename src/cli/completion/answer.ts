/** Answers a shell that asks what may stand at its cursor. */
import { realClock } from '../../clock.ts';
import { exitCodes, type ExitCode } from '../../errors.ts';
import { harmlessLine } from '../../report/harmless.ts';
import { globalFlags } from '../global-flags.ts';
import type { Io } from '../io.ts';
import { flagsFor } from '../own-flags.ts';
import { readSettings } from '../settings.ts';
import type { FileSettings } from '../config-file.ts';
import type { Manner, Verb } from '../verb.ts';
import type { Candidate } from './completes.ts';
import { lookUpNames } from './look-up.ts';
import { wantedAt, type WantedNames, type WantedWords } from './wanted.ts';

export interface Asking {
  readonly io: Io;
  /** What stands after the program's name. */
  readonly typed: readonly string[];
  /** With the flags of the manner in which the line is read. */
  readonly verbs: readonly Verb[];
  readonly variables: Manner['variables'] | undefined;
  readonly file: FileSettings | undefined;
}

/** cobra's words for how to go on, which kubectl understands of its plugins. */
const goOn = { files: 0, afterSpace: 4, withoutSpace: 6, folders: 16 } as const;

/**
 * One offer a line, behind a tab what it is; then `:` with a number that says how to go on.
 *
 * @param skip so many characters of each offer are on the line already and stay there
 */
export async function answerShell(asking: Asking, skip: number): Promise<ExitCode> {
  const { io, typed } = asking;
  const current = typed.at(-1) ?? '';
  const wanted = wantedAt(typed, globalFlags, asking.verbs);
  if (!('candidates' in wanted || 'of' in wanted)) {
    io.stdout.write(`:${goOn[wanted.kind]}\n`);
    return exitCodes.done;
  }
  // Names of a kubeconfig may be anything; a line and a tab divide the answer, and escapes are for terminals.
  const fitting = (await candidatesOf(wanted, asking)).filter(
    ({ word }) => word.startsWith(current) && !/\p{Cc}/u.test(word),
  );
  const lines = fitting.map(
    ({ word, about }) => `${word.slice(skip)}${about === undefined ? '' : `\t${harmlessLine(about)}`}\n`,
  );
  const open = fitting.length > 0 && fitting.every(({ word }) => word.endsWith('/'));
  const how = wanted.kind === 'words' && wanted.orFiles ? 'files' : open ? 'withoutSpace' : 'afterSpace';
  io.stdout.write(`${lines.join('')}:${goOn[how]}\n`);
  return exitCodes.done;
}

async function candidatesOf(
  wanted: WantedWords | WantedNames,
  { io, verbs, variables, file }: Asking,
): Promise<readonly Candidate[]> {
  if (wanted.kind === 'words') return wanted.candidates;
  const { words, of, start, not, also } = wanted;
  const verb = verbs.find(({ name }) => name === words.verb);
  const own = verb ? flagsFor(verb.flags, globalFlags) : globalFlags;
  const { settings } = readSettings({
    flags: own,
    verbs: verbs.map((one) => ({ name: one.name, flags: flagsFor(one.flags, globalFlags) })),
    verb: verb?.name ?? '',
    given: words.given,
    env: io.env,
    variables,
    file,
  });
  const given = (name: string): string | undefined => words.given.findLast(({ flag }) => flag.name === name)?.text;
  const surroundings = { io, settings, clock: realClock, signal: new AbortController().signal };
  const found = await lookUpNames(of, { surroundings, given });
  const there = new Set(not);
  const names = found.filter(({ word }) => !there.has(word));
  return [...names.map(({ word, about }) => ({ word: start + word, about })), ...also];
}
