/** Writes the commands that messages tell the user to run next. */
import type { CommandLine } from '../drain/world.ts';
import type { AnyFlag } from './flag.ts';

export interface CommandLineInput {
  readonly programName: string;
  readonly verb: string;
  readonly given: readonly { readonly flag: AnyFlag; readonly text: string }[];
  readonly operands: readonly string[];
  /** What stood after `--`, for a verb that takes a program there. */
  readonly command?: readonly string[] | undefined;
  /** Flags that say which cluster and which settings; other commands repeat them. */
  readonly connection: readonly AnyFlag[];
  /** `win32` quotes in its own way. */
  readonly os: string;
}

/** Commands with this run's connection flags; secrets are left out, they would end up in logs and histories. */
export function commandLine({
  programName,
  verb,
  given,
  operands,
  command,
  connection,
  os,
}: CommandLineInput): CommandLine {
  const shown = given.filter(({ flag }) => !flag.secret);
  const typed = (ofConnection: boolean): string[] =>
    shown
      .filter(({ flag }) => connection.some(({ name }) => name === flag.name) === ofConnection)
      .map(({ flag, text }) => (text === flag.bare ? `--${flag.name}` : `--${flag.name}=${text}`));
  const write = (words: readonly string[]): string =>
    `${programName} ${words.map((word) => quoteForShell(word, os)).join(' ')}`;
  return {
    again: (flags = [], other = verb) =>
      write([
        other,
        ...typed(true),
        ...typed(false),
        ...flags,
        ...endOfFlags(operands),
        ...operands,
        ...(command ? ['--', ...command] : []),
      ]),
    command: (words) => write([...words.slice(0, 1), ...typed(true), ...words.slice(1)]),
  };
}

/** A word as a shell reads it back. */
export function quoteForShell(word: string, os: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return os === 'win32' ? `"${word.replaceAll('"', '""')}"` : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The same for a POSIX shell: words of nodes, of containers and of kubectl's commands. */
export function shellQuoted(word: string): string {
  return quoteForShell(word, 'linux');
}

function endOfFlags(operands: readonly string[]): readonly string[] {
  return operands.some((operand) => operand.startsWith('-')) ? ['--'] : [];
}
