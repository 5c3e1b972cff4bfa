/** The options that a command line stands for. */
import { readCommandLine } from '../../src/cli/argv.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { flagsFor } from '../../src/cli/own-flags.ts';
import { readSettings } from '../../src/cli/settings.ts';
import { drain } from '../../src/commands/drain.ts';
import { logs, logsOptions } from '../../src/commands/logs.ts';
import type { LogsOptions } from '../../src/logs/options.ts';

export function optionsOf(...argv: string[]): { options: LogsOptions; problems: readonly string[] } {
  const words = readCommandLine(['logs', ...argv], globalFlags, [drain, logs]);
  const flags = flagsFor(logs.flags, globalFlags);
  const verbs = [
    { name: 'drain', flags: flagsFor(drain.flags, globalFlags) },
    { name: 'logs', flags },
  ];
  const read = readSettings({ flags, verbs, verb: 'logs', given: words.given, env: {}, file: undefined });
  const problems = [...words.problems, ...read.problems];
  const input = {
    settings: read.settings,
    operands: words.operands,
    programName: 'kmaint',
    problem: (message: string): void => void problems.push(message),
  };
  return { options: logsOptions(input), problems };
}
