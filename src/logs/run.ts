/** `kmaint logs`: compiles what was asked, looks up what it names, follows it, and says how it ended. */
import type { Io } from '../cli/io.ts';
import { anySignal, type Clock } from '../clock.ts';
import type { LogCluster } from '../cluster/log-cluster.ts';
import { exitCodes, InterruptedError, KmaintError, UsageError, type ExitCode } from '../errors.ts';
import type { RunProgram } from '../process/run.ts';
import { harmlessLine } from '../report/harmless.ts';
import { createLineWriter, type LineWriter, type StreamWriter } from '../report/line-writer.ts';
import { chooseColor, type Color } from '../report/modes.ts';
import { createSink, type Sink } from '../report/sink.ts';
import { chosenOf, type Ask } from './choose.ts';
import { listenerFor, noSuchNamespace } from './listener.ts';
import { linesCut } from './format/lifecycle.ts';
import type { LogsOptions } from './options.ts';
import { stampOf } from './local/timestamp.ts';
import { runLocal } from './local-run.ts';
import { outletsFor } from './outlets.ts';
import { Ending, failureOf, newsOf, TailEnded } from './ending/ending.ts';
import type { Pipeline } from './pipeline.ts';
import { endOrLate, flushUntil, parting } from './parting.ts';
import { compilePrinting } from './printing.ts';
import { readerFor } from './reader.ts';
import { compileGoRegexp } from './regexp/go-regexp.ts';
import { nothingRead, waitingFor, type Looked } from './selection/no-match.ts';
import { NodePlaces, showPlaces, withPlaces } from './selection/node-places.ts';
import { resolveSelection } from './selection/resolve.ts';
import { compileSelection, type Selection } from './selection/selection.ts';
import { Targets } from './selection/targets.ts';
import { printStdin } from './stdin.ts';
import { tail, type TailCluster, type TailOptions } from './tail.ts';
import { listTargets, manyStreams } from './targets-list.ts';

export interface LogsWorld {
  readonly io: Pick<Io, 'stdin' | 'stdout' | 'stderr' | 'env'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly programName: string;
  readonly warnings: readonly string[];
  readonly color: Color;
  readonly run: RunProgram;
  /** For `--prompt`; undefined: nothing is asked. */
  readonly ask?: Ask | undefined;
  /** The cluster of a context, or of the current one. */
  open(context: string | undefined): Promise<LogCluster>;
}

/**
 * Resolves to the exit code: 0, or 1 when a log could not be read. A reader of stdout that has seen enough ends it in
 * good order.
 *
 * @throws UsageError with all that is wrong with flags and patterns, before anything is sent
 * @throws KmaintError when nothing can be read: exit code 4, or 2 where what is named does not exist
 */
export async function runLogs(world: LogsWorld, asked: LogsOptions): Promise<ExitCode> {
  const options = untilNow(asked, world.clock.now());
  const { io, signal, programName } = world;
  const stderr = createSink(io.stderr);
  for (const message of world.warnings) stderr.write(`warning: ${message}\n`);
  const hint = `${programName} logs --help`;
  const problems: string[] = [];
  const selection = options.format.stdin || options.local ? undefined : select(options, problems);
  // A template fails with what the line holds in its words; into a file or a pipe they go as they are, as in stern.
  const shown = io.stderr.isTTY === true ? harmlessLine : (message: string): string => message;
  const printing = await compilePrinting(world, options, (message) => stderr.write(`${shown(message)}\n`), problems);
  if (problems.length > 0 || !printing) throw new UsageError(problems, { hint });

  const { clock } = world;
  const { follow: following } = options.range;
  const idleTimeoutMs = following ? options.ending.idleTimeoutMs : undefined;
  const { sort, outputFolder } = options.format;
  const sorted = sort && outputFolder === undefined;
  const ending = new Ending({ clock, idleTimeoutMs, findEnd: printing.findEnd, sorted });
  const left = new AbortController();
  const writer = createLineWriter(io.stdout, () => left.abort(new ReaderLeft()));
  const stdout = ending.watchedWriter(writer);
  const say = (text: string): void => {
    // Both streams may be one terminal: what is said of a log comes behind its lines.
    writer.handOn();
    stderr.write(`${text}\n`);
  };
  const parts = { selection, pipeline: ending.watched(printing.pipeline), stdout, stderr, say, ending };
  const inner = { ...world, signal: anySignal(signal, left.signal, ending.signal) };
  const run = read(inner, options, parts);
  // An end of its own gives its reader all the time that it takes.
  const exitCode = await ended(parts, writer, run, { clock, signal: anySignal(signal, left.signal) });
  if (stdout.failure && stdout.failure.code !== 'EPIPE') throw unwritable(stdout.failure);
  if (!ending.end || exitCode > exitCodes.incomplete) return exitCode;
  const failure = failureOf(ending.end);
  if (failure) throw failure;
  const news = newsOf(ending.end);
  if (news !== undefined && !options.format.onlyLogLines) stderr.write(`${news}\n`);
  await stderr.flush();
  return exitCodes.done;
}

function read(world: LogsWorld, options: LogsOptions, parts: Parts): Promise<ExitCode> {
  const { selection } = parts;
  if (selection) return follow(world, options, { ...parts, selection });
  if (options.local) {
    const { clock, signal, run, io } = world;
    const { pipeline, stdout, say, ending } = parts;
    return runLocal({ clock, signal, run, env: io.env, pipeline, stdout, ending, say }, options);
  }
  return readStdin(world, options, parts);
}

function readStdin(
  { io, signal }: LogsWorld,
  { format, range, selection }: LogsOptions,
  { pipeline, stdout, stderr }: Parts,
): Promise<ExitCode> {
  const { maxLineBytes } = range;
  // stern takes it, too, and pays no heed to it.
  if (selection.query.length > 0 && !format.onlyLogLines) {
    stderr.write(
      `warning: with --stdin there are no pods, so ${selection.query.join(' ')} picks none; lines are picked by --include\n`,
    );
  }
  let said = format.onlyLogLines;
  const onTruncated = (): void => {
    if (!said) stderr.write(`warning: ${linesCut(maxLineBytes)}\n`);
    said = true;
  };
  return printStdin(io.stdin, { pipeline, out: stdout, maxLineBytes, onTruncated }, signal);
}

/** What was read has left the process, however it ended. */
async function ended(
  { stderr, ending }: Parts,
  writer: StreamWriter,
  run: Promise<ExitCode>,
  { clock, signal }: Pick<LogsWorld, 'clock' | 'signal'>,
): Promise<ExitCode> {
  const late = parting(clock, signal);
  try {
    return await endOrLate(run, late, signal);
  } catch (error) {
    if (error instanceof ReaderLeft || error instanceof TailEnded) return exitCodes.done;
    // Ctrl-C is how a tail ends: no news.
    if (error instanceof InterruptedError) return error.exitCode;
    throw error;
  } finally {
    ending.stop();
    await flushUntil(late, writer, stderr);
  }
}

/** What is wanted up to a moment that has passed has nothing to be followed for. */
function untilNow(options: LogsOptions, nowMs: number): LogsOptions {
  const { range } = options;
  const until = range.untilAgoMs === undefined ? range.until : stampOf(nowMs - range.untilAgoMs);
  if (until === undefined) return options;
  return { ...options, range: { ...range, until, follow: range.follow && Date.parse(until) > nowMs } };
}

/** The reason of the signal when nobody reads stdout any more. */
class ReaderLeft extends Error {}

function unwritable(failure: Error): KmaintError {
  return new KmaintError(`could not write to standard output: ${failure.message}`, {
    code: 'output.failed',
    exitCode: exitCodes.incomplete,
  });
}

function select({ selection }: LogsOptions, problems: string[]): Selection | undefined {
  const compiled = compileSelection(selection, { compileRegexp: compileGoRegexp });
  if ('value' in compiled) return compiled.value;
  problems.push(...compiled.problems);
  return undefined;
}

interface Parts {
  /** Undefined with `--stdin` and `--local`. */
  readonly selection: Selection | undefined;
  readonly pipeline: Pipeline;
  readonly stdout: LineWriter;
  readonly stderr: Sink;
  /** One line on stderr, behind what was written to stdout. */
  readonly say: (text: string) => void;
  readonly ending: Ending;
}

type SelectedParts = Parts & { readonly selection: Selection };

type OpenCluster = TailCluster & { readonly cluster: LogCluster };

async function follow(world: LogsWorld, options: LogsOptions, parts: SelectedParts): Promise<ExitCode> {
  const { clock, signal } = world;
  const { say, stdout } = parts;
  const { format, range } = options;
  const contexts = options.contexts.length === 0 ? [undefined] : [...new Set(options.contexts)];
  let clusters: OpenCluster[] = [];
  try {
    for (const context of contexts) {
      clusters.push(await resolved(await world.open(context), context, contexts.length > 1, parts, signal));
    }
    if (parts.selection.everyPod && !format.onlyLogLines && !world.ask) say(everyPodNote(clusters, options));
    if (world.ask) clusters = await chosenOf(clusters, world.ask, say, signal);
    if (format.dryRun) {
      return await listTargets(clusters, {
        out: stdout,
        signal,
        nowhere: (...lacking) => say(noSuchNamespace(...lacking)),
      });
    }
    const many = parts.selection.everyPod && world.io.stdout.isTTY === true && range.follow;
    if (many) await manyStreams(clusters, range.maxStreams, signal);
    if (showPlaces(format.columns)) clusters = clusters.map((one) => placed(one, clock, say));
    const coloured = chooseColor(world.color, world.io.stderr, world.io.env);
    const read = await Promise.all(
      clusters.map(async (one) => ({ ...one, reader: await readerFor(one.cluster, options.from, clock) })),
    );
    return await tailInto(read, options, parts, { clock, signal, coloured });
  } finally {
    for (const { cluster } of clusters) cluster.close();
  }
}

interface TailWorld extends Pick<LogsWorld, 'clock' | 'signal'> {
  /** Whether what is said on stderr is. */
  readonly coloured: boolean;
}

async function tailInto(
  clusters: readonly TailCluster[],
  options: LogsOptions,
  parts: SelectedParts,
  { clock, signal, coloured }: TailWorld,
): Promise<ExitCode> {
  const { say } = parts;
  const { format, range, ending } = options;
  const outlets = outletsFor({ clock, format, range, pipeline: parts.pipeline, stdout: parts.stdout });
  try {
    const { look } = parts.pipeline;
    const shown = coloured ? look : { ...look, colors: undefined };
    const listener = listenerFor(options, shown, { outlets, ending: parts.ending, say });
    const result = await tail(clusters, tailOptions(options), {
      clock,
      signal,
      listener,
      outletFor: outlets.outletFor,
      nothingYet: () => {
        if (!format.onlyLogLines) say(waitingFor(options.selection, lookedAt(clusters, options)));
      },
      finished: (ended) => {
        if (format.stats) say(outlets.statistics(ended));
      },
    });
    const empty = !range.follow && result.pods === 0;
    if (empty) say(nothingRead(options.selection, lookedAt(clusters, options)));
    const failed = (result.failed > 0 && !range.ignoreErrors) || (empty && ending.failEmpty);
    return failed ? exitCodes.incomplete : exitCodes.done;
  } finally {
    await outlets.close();
  }
}

function lookedAt(clusters: readonly TailCluster[], { contexts }: LogsOptions): Looked {
  const places = clusters.map(({ selection }) => selection.namespaces);
  const named = places.filter((place) => place !== undefined);
  return {
    contexts: [...new Set(contexts)],
    kubectls: clusters.map(({ cluster }) => cluster.kubectl),
    namespaces: named.length < places.length ? undefined : [...new Set(named.flat())],
    pods: clusters.reduce((sum, { targets }) => sum + targets.pods().length, 0),
  };
}

function tailOptions(options: LogsOptions): TailOptions {
  const { format, range } = options;
  return {
    follow: range.follow,
    // Lines of logs that are not read yet cannot be put in order.
    maxStreams: format.sort && !range.follow ? Infinity : range.maxStreams,
    crashLines: range.crashLines,
    request: {
      previous: range.previous,
      since: sinceOf(options),
      tailLines: range.stream === undefined ? range.tailLines : undefined,
      limitBytes: range.limitBytes,
      stream: range.stream,
      insecureSkipTlsVerifyBackend: range.insecureBackend,
      stallCheckMs: range.stallCheckMs,
      maxLineBytes: range.maxLineBytes,
    },
  };
}

function sinceOf({ range }: LogsOptions): { readonly seconds: number } | { readonly time: string } | undefined {
  if (range.sinceTime !== undefined) return { time: range.sinceTime };
  return range.sinceSeconds === undefined ? undefined : { seconds: range.sinceSeconds };
}

async function resolved(
  cluster: LogCluster,
  context: string | undefined,
  several: boolean,
  { selection, stderr }: SelectedParts,
  signal: AbortSignal,
): Promise<OpenCluster> {
  const resolution = await resolveSelection(
    selection,
    { lookup: cluster.owners, namespace: cluster.namespace, kubectl: cluster.kubectl },
    signal,
  );
  if ('problems' in resolution) {
    cluster.close();
    throw new KmaintError(resolution.problems.map(({ message }) => message).join('\n'), {
      code: 'logs.owner',
      exitCode: resolution.problems.some(({ kind }) => kind === 'forbidden') ? exitCodes.cluster : exitCodes.usage,
      hint: resolution.problems.find((problem) => problem.hint !== undefined)?.hint,
    });
  }
  for (const note of resolution.notes) stderr.write(`warning: ${note}\n`);
  const name = several ? (context ?? cluster.identity.context) : undefined;
  return { cluster, selection: resolution.value, targets: new Targets(resolution.value, { context: name }) };
}

/** Before anything was followed: what it has seen so far is forgotten. */
function placed(one: OpenCluster, clock: Clock, say: (text: string) => void): OpenCluster {
  const refused = (message: string): void =>
    say(`warning: nodes cannot be read, so the columns region, zone, os and arch are left empty: ${message}`);
  const selection = withPlaces(one.selection, new NodePlaces({ lookup: one.cluster.owners, clock, refused }));
  return { ...one, selection, targets: new Targets(selection, { context: one.targets.context }) };
}

function everyPodNote(clusters: readonly { readonly cluster: LogCluster }[], { selection }: LogsOptions): string {
  const named = [...new Set(selection.namespaces)];
  const places = named.length > 0 ? named : [...new Set(clusters.map(({ cluster }) => cluster.namespace))];
  const where = selection.allNamespaces
    ? 'all namespaces'
    : `${places.length === 1 ? 'namespace' : 'namespaces'} ${places.join(', ')}`;
  return `no query was given: all pods of ${where}`;
}
