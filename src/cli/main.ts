/** From a command line to an exit code. */
import { realClock } from '../clock.ts';
import { closest } from '../closest.ts';
import { apply } from '../commands/apply.ts';
import { completion } from '../commands/completion.ts';
import { cordon } from '../commands/cordon.ts';
import { drain } from '../commands/drain.ts';
import { logs } from '../commands/logs.ts';
import { nodeLogs } from '../commands/node-logs.ts';
import { plan } from '../commands/plan.ts';
import { playground } from '../commands/playground.ts';
import { resume } from '../commands/resume.ts';
import { rollback } from '../commands/rollback.ts';
import { runs } from '../commands/runs.ts';
import { uncordon } from '../commands/uncordon.ts';
import { version } from '../commands/version.ts';
import { why } from '../commands/why.ts';
import { exitCodes, UsageError, type ExitCode } from '../errors.ts';
import { version as kmaintVersion } from './about.ts';
import { readCommandLine, type CommandWords } from './argv.ts';
import { commandLine } from './command-line.ts';
import { shellQuestion, type Question } from './completion/question.ts';
import { defaultConfigPath, readConfigFile, type FileSettings } from './config-file.ts';
import { explain } from './errors.ts';
import { connectionFlags, conversationFlags, globalFlags } from './global-flags.ts';
import { listenForInterrupt } from './interrupt.ts';
import type { Io } from './io.ts';
import { inManner, wordsOf, type MannerOf } from './manner.ts';
import { flagsFor } from './own-flags.ts';
import { buildProgram } from './program.ts';
import { environmentName, readSettings, type Settings } from './settings.ts';
import type { Verb, Work } from './verb.ts';

export { crashReport } from './crash.ts';

const verbs: readonly Verb[] = [
  drain,
  plan,
  apply,
  why,
  cordon,
  uncordon,
  logs,
  nodeLogs,
  runs,
  resume,
  rollback,
  playground,
  version,
  completion,
];

/** Runs one command line; never rejects. All that goes wrong is on stderr by then. */
export async function main(io: Io): Promise<ExitCode> {
  try {
    return await dispatch(io);
  } catch (error) {
    return explain(error, io);
  }
}

interface Line {
  readonly argv: readonly string[];
  readonly words: CommandWords;
  /** With the flags of the manner in which it is read. */
  readonly verbs: readonly Verb[];
  readonly manner: MannerOf | undefined;
  readonly file: () => Promise<FileRead>;
}

async function readLine(typed: readonly string[], io: Io): Promise<Line> {
  const argv = wordsOf({ argv: typed, calledAs: io.calledAs }, verbs);
  const first = readCommandLine(argv, globalFlags, verbs);
  const named = verbs.find(({ name }) => name === first.verb);
  const file = once(() => settingsFile(first, io));
  // Only where the manner may be another is the file needed to know what the letters mean.
  const manner = named?.manners && inManner(named, argv, io, first.help ? undefined : (await file()).file);
  const own = manner ? verbs.map((one) => (one === named ? manner.verb : one)) : verbs;
  const words = manner?.name === undefined ? first : readCommandLine(argv, globalFlags, own);
  return { argv, words, verbs: own, manner, file };
}

/** Says on stdout what may stand at the cursor, and nothing on stderr: that is the line somebody types. */
async function complete({ typed, skip }: Question, io: Io): Promise<ExitCode> {
  const { argv, verbs: own, manner, file } = await readLine(typed.slice(0, -1), io);
  const { answerShell } = await import('./completion/answer.ts');
  const asking = { io, typed: [...argv, typed.at(-1) ?? ''], verbs: own, variables: manner?.variables };
  return answerShell({ ...asking, file: (await file()).file }, skip);
}

async function dispatch(io: Io): Promise<ExitCode> {
  const question = shellQuestion(io);
  if (question) return complete(question, io);
  const { words, verbs: own, manner, file } = await readLine(io.argv, io);
  let exitCode: ExitCode = exitCodes.done;
  const program = buildProgram({
    programName: io.programName,
    verbs: own,
    width: Math.min(Math.max(io.stdout.columns ?? 100, 80), 120),
    write: (text) => io.stdout.write(text),
    run: async (verb, operands) => {
      exitCode = await runVerb(verb, { words: { ...words, operands }, io, file, manner });
    },
  });
  const { verb } = words;
  if (verb !== undefined && !verbs.some(({ name }) => name === verb)) throw unknownVerb(verb, words, io);
  if (words.help || (verb === undefined && !words.version)) {
    if (!words.help && words.problems.length > 0)
      throw new UsageError(words.problems, { hint: `${io.programName} --help` });
    (program.commands.find((command) => command.name() === verb) ?? program).outputHelp();
    return exitCodes.done;
  }
  if (verb === undefined) {
    io.stdout.write(`kmaint v${kmaintVersion}\n`);
    return exitCodes.done;
  }
  const flags = words.given.map(({ flag, text }) => `--${flag.name}=${text}`);
  await program.parseAsync([verb, ...flags, '--', ...words.operands], { from: 'user' });
  return exitCode;
}

interface Asked {
  readonly words: CommandWords;
  readonly io: Io;
  readonly file: () => Promise<FileRead>;
  readonly manner: MannerOf | undefined;
}

/** Checks everything before anything is sent, then does the verb's work. */
async function runVerb(verb: Verb, { words, io, file, manner }: Asked): Promise<ExitCode> {
  const flags = flagsFor(verb.flags, globalFlags);
  const read = await file();
  const problems = [...words.problems, ...read.problems];
  if (words.version) problems.push(`--version stands alone; ${io.programName} version asks the server too`);
  const {
    settings,
    problems: more,
    warnings,
  } = readSettings({
    flags,
    verbs: verbs.map((one) => ({ name: one.name, flags: flagsFor(one.flags, globalFlags) })),
    verb: verb.name,
    given: words.given,
    env: io.env,
    variables: manner?.variables,
    file: read.file,
  });
  problems.push(...more);
  const work = verb.prepare({
    settings,
    operands: words.operands,
    command: words.command,
    programName: io.programName,
    manner: manner?.name,
    problem: (message) => problems.push(message),
  });
  const letters = manner?.name === undefined ? '' : ` --${manner.verb.manners?.flag.name}=${manner.name}`;
  if (problems.length > 0) throw new UsageError(problems, { hint: `${io.programName} ${verb.name}${letters} --help` });
  return execute(work, { verb, words, settings, warnings, io });
}

interface FileRead {
  /** Undefined when there is none, or something is wrong with it. */
  readonly file: FileSettings | undefined;
  readonly problems: readonly string[];
}

/** The settings file that the command line or the environment names, else the usual one. */
async function settingsFile({ given }: CommandWords, io: Io): Promise<FileRead> {
  const { name } = conversationFlags.config;
  const flag = given.findLast((one) => one.flag.name === name)?.text;
  const named = flag ?? io.env[environmentName(name)] ?? '';
  try {
    const path = named === '' ? defaultConfigPath(io.env, io.homeDirectory) : named;
    return { file: await readConfigFile(path, named !== ''), problems: [] };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { file: undefined, problems: error.problems };
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

interface Prepared {
  readonly verb: Verb;
  readonly words: CommandWords;
  readonly settings: Settings;
  readonly warnings: readonly string[];
  readonly io: Io;
}

/** Signals count from here on: before, nothing was begun that would have to be ended in good order. */
async function execute(work: Work, { verb, words, settings, warnings, io }: Prepared): Promise<ExitCode> {
  const interrupt = listenForInterrupt(io.signals, (exitCode) => io.leave(exitCode));
  try {
    return await work({
      io,
      settings,
      clock: realClock,
      signal: interrupt.signal,
      verb: verb.name,
      warnings,
      commandLine: commandLine({
        programName: io.programName,
        verb: verb.name,
        given: words.given,
        operands: words.operands,
        command: words.command,
        connection: [...Object.values(connectionFlags), conversationFlags.config],
        os: io.platform.os,
      }),
    });
  } finally {
    interrupt.stop();
  }
}

function unknownVerb(verb: string, { problems }: CommandWords, { programName }: Io): UsageError {
  const suggestion = closest(verb, [...verbs.map(({ name }) => name), 'help']);
  const message = `unknown command ${JSON.stringify(verb)}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`;
  return new UsageError([message, ...problems], { hint: `${programName} --help` });
}
