/** The options that a command line stands for. */
import { readCommandLine } from '../../src/cli/argv.ts';
import type { FileSettings } from '../../src/cli/config-file.ts';
import { globalFlags } from '../../src/cli/global-flags.ts';
import { inManner, wordsOf } from '../../src/cli/manner.ts';
import { flagsFor } from '../../src/cli/own-flags.ts';
import { readSettings, type Settings } from '../../src/cli/settings.ts';
import { drain } from '../../src/commands/drain.ts';
import { logs, logsOptions } from '../../src/commands/logs.ts';
import type { LogsOptions } from '../../src/logs/options.ts';

export interface Typed {
  readonly options: LogsOptions;
  readonly problems: readonly string[];
  readonly settings: Settings;
}

export function optionsOf(...argv: string[]): Typed {
  return optionsIn({}, 'logs', ...argv);
}

/** The same with the name kmaint was started under, with variables and with a settings file. */
export function optionsIn(
  world: {
    readonly calledAs?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly file?: FileSettings;
  },
  ...argv: string[]
): Typed {
  const { calledAs, env = {}, file } = world;
  const typed = wordsOf({ argv, calledAs }, [drain, logs]);
  const manner = inManner(logs, typed, { env, calledAs }, file);
  const words = readCommandLine(typed, globalFlags, [drain, manner.verb]);
  const flags = flagsFor(manner.verb.flags, globalFlags);
  const verbs = [
    { name: 'drain', flags: flagsFor(drain.flags, globalFlags) },
    { name: 'logs', flags },
  ];
  const { variables } = manner;
  const read = readSettings({ flags, verbs, verb: 'logs', given: words.given, env, variables, file });
  const problems = [...words.problems, ...read.problems];
  const input = {
    settings: read.settings,
    operands: words.operands,
    programName: 'kmaint',
    manner: manner.name,
    problem: (message: string): void => void problems.push(message),
  };
  return { options: logsOptions(input), problems, settings: read.settings };
}
