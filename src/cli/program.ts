/** The commander tree: which verbs there are, how their help reads, what runs when one is named. */
import { Command, Help, Option } from 'commander';
import type { AnyFlag } from './flag.ts';
import { globalFlags } from './global-flags.ts';
import { globalFlagsFor } from './own-flags.ts';
import type { Verb } from './verb.ts';

export interface ProgramOptions {
  /** `kmaint`, or `kubectl kmaint`; what help and examples call the program. */
  readonly programName: string;
  readonly verbs: readonly Verb[];
  /** Columns that help may use. */
  readonly width: number;
  /** Takes help. */
  readonly write: (text: string) => void;
  /** Called with the verb that was named, its arguments, and the texts of its flags by name. */
  readonly run: (verb: Verb, operands: readonly string[]) => Promise<void>;
}

const intro = `Takes Kubernetes nodes out of service and brings them back, without hurting anyone.
It decides first and shows what it decided, then acts; what it cannot do safely it refuses, and says why.`;

const outro = (programName: string): string => `
Every flag may also be set as KMAINT_<FLAG> (KMAINT_CONTEXT) or in the settings file; the command line wins, then the
environment, then the file. Consent, force and the like are taken from the command line only.

Use "${programName} VERB --help" for more about a verb.`;

/** Builds the tree. Flags are read beforehand (argv.ts), so every option here is known and has its value attached. */
export function buildProgram({ programName, verbs, width, write, run }: ProgramOptions): Command {
  const program = new Command(programName)
    .usage('VERB [flags]')
    .helpCommand(false)
    .helpOption('-h, --help', 'Show this help')
    .configureOutput({
      writeOut: write,
      writeErr: write,
      getOutHelpWidth: () => width,
      getErrHelpWidth: () => width,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({
      optionTerm,
      subcommandTerm: (command) => command.name(),
      subcommandDescription: (command) => command.summary(),
      formatHelp: (command, helper) => new Help().formatHelp.call(helper, command, helper),
    })
    .exitOverride()
    .version('', '--version', 'Print the version of kmaint')
    .addHelpText('before', `${intro}\n`)
    .addHelpText('after', outro(programName));
  for (const verb of verbs) program.addCommand(buildVerb(verb, program, programName, run));
  return program;
}

function buildVerb(verb: Verb, program: Command, programName: string, run: ProgramOptions['run']): Command {
  const named = (text: string): string => text.replaceAll('kmaint ', `${programName} `);
  const examples = named(verb.examples)
    .split('\n')
    .map((line) => `  ${line}`);
  const command = new Command(verb.name)
    .copyInheritedSettings(program)
    .summary(verb.summary)
    .usage(`${verb.operands}${verb.operands === '' ? '' : ' '}[flags]`)
    .addHelpOption(new Option('-h, --help', 'Show this help').helpGroup('Flags:'))
    .argument('[operands...]')
    .addHelpText('before', `${verb.about}\n`)
    .addHelpText('after', `\nExamples:\n${examples.join('\n')}\n\n${named(verb.notes)}`)
    .action((operands: string[]) => run(verb, operands));
  for (const flag of verb.flags) command.addOption(optionOf(flag).helpGroup('Flags:'));
  for (const flag of globalFlagsFor(verb.flags, globalFlags))
    command.addOption(optionOf(flag).helpGroup('Global flags:'));
  return command;
}

function optionOf(flag: AnyFlag): Option {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const value = flag.bare === undefined ? ` <${flag.valueName ?? 'value'}>` : ` [${flag.valueName ?? 'bool'}]`;
  const ending = flag.fallbackText === undefined ? '' : ` (default ${flag.fallbackText})`;
  return new Option(`${short}--${flag.name}${value}`, `${flag.about}${ending}`);
}

/** pflag's way: short names in a column of their own, values without brackets. */
function optionTerm(option: Option): string {
  const names = [option.short === undefined ? '   ' : `${option.short},`, option.long].join(' ');
  const value = /[<[](.*)[>\]]$/.exec(option.flags)?.[1];
  if (value === undefined || value === 'bool') return names;
  return option.optional ? `${names}[=${value}]` : `${names} ${value}`;
}
