/** `kmaint logs --local`: the logs that lie on this machine, with the API server down. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../clock.ts';
import { exitCodes, KmaintError, UsageError, type ExitCode } from '../errors.ts';
import type { RunProgram } from '../process/run.ts';
import { harmlessLine } from '../report/harmless.ts';
import type { LineWriter } from '../report/line-writer.ts';
import { tableLines } from '../report/table.ts';
import type { Ending } from './ending/ending.ts';
import { lifecycleText, linesCut } from './format/lifecycle.ts';
import { bytesOf, type LogSource } from './line.ts';
import { sourceOf, type LocalContainer } from './local/container.ts';
import { createLocalLogs, type LocalLogs } from './local/local-logs.ts';
import type { LocalRequest } from './local/log-output.ts';
import { isMissing } from './local/problems.ts';
import { compileLocalFilter, type LocalFilter } from './local/select.ts';
import { stampOf } from './local/timestamp.ts';
import type { LogsOptions } from './options.ts';
import { printTo } from './print.ts';
import type { Pipeline } from './pipeline.ts';
import { compileGoRegexp } from './regexp/go-regexp.ts';
import { nothingHere } from './selection/no-match.ts';

export interface LocalWorld {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly run: RunProgram;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pipeline: Pipeline;
  readonly stdout: LineWriter;
  readonly ending: Pick<Ending, 'finish'>;
  /** One line on stderr. */
  readonly say: (text: string) => void;
}

/**
 * Follows the containers that fit until the signal fires, or reads them once.
 *
 * @throws UsageError when the query is no expression, or the root no folder
 * @throws KmaintError where the logs of this machine may not be read
 */
export async function runLocal(world: LocalWorld, options: LogsOptions): Promise<ExitCode> {
  const { clock, run, env, say, signal } = world;
  const { root, format } = options;
  const { source } = options.from;
  const filter = filterOf(options);
  await checkRoot(root);
  const nothingYet = (): void => {
    if (!format.onlyLogLines) say(nothingHere(options.selection, root, true));
  };
  const notice = (text: string): void => say(`warning: ${text}`);
  const logs = createLocalLogs({ root, clock, run, env, source, notice, nothingYet });
  const node = await nameOf(root);
  if (format.dryRun) return listLocal(await logs.list(filter, signal), node, world.stdout);
  const reader = new LocalTail(world, options, logs, node);
  if (!options.range.follow) return reader.readAll(await logs.list(filter, signal));
  for await (const container of logs.watch(filter, signal)) reader.begin(container);
  return reader.ended();
}

class LocalTail {
  readonly #world: LocalWorld;
  readonly #options: LogsOptions;
  readonly #logs: LocalLogs;
  readonly #node: string;
  readonly #works = new Set<Promise<void>>();
  #failed = 0;

  constructor(world: LocalWorld, options: LogsOptions, logs: LocalLogs, node: string) {
    this.#world = world;
    this.#options = options;
    this.#logs = logs;
    this.#node = node;
  }

  async readAll(containers: readonly LocalContainer[]): Promise<ExitCode> {
    if (containers.length === 0) this.#world.say(nothingHere(this.#options.selection, this.#options.root, false));
    // One after the other: a disk is read no faster in parallel.
    // oxlint-disable-next-line no-await-in-loop
    for (const container of containers) await this.#read(container);
    return this.ended();
  }

  begin(container: LocalContainer): void {
    const work = this.#read(container).finally(() => this.#works.delete(work));
    this.#works.add(work);
  }

  async ended(): Promise<ExitCode> {
    await Promise.all(this.#works);
    return this.#failed > 0 ? exitCodes.incomplete : exitCodes.done;
  }

  async #read(container: LocalContainer): Promise<void> {
    const { pipeline, stdout, ending, say, signal } = this.#world;
    const { onGap } = this.#options.ending;
    const source: LogSource = sourceOf(container, this.#node);
    const print = pipeline.printerFor(source);
    const text = lifecycleText(pipeline.look);
    const quiet = this.#options.format.onlyLogLines;
    const { maxLineBytes } = this.#options.range;
    let cut = false;
    if (!quiet) say(text.attached(source));
    try {
      const sink = {
        block: (lines: Buffer) => printTo(stdout, print, lines),
        notice: (message: string) => say(text.notice(source, message)),
        gap: (message: string) => {
          if (onGap !== 'ignore') say(text.notice(source, message));
          if (onGap === 'fail') ending.finish({ kind: 'gap', source, onNode: true });
        },
        truncated: () => {
          if (!quiet && !cut) say(text.notice(source, linesCut(maxLineBytes)));
          cut = true;
        },
      };
      await this.#logs.follow(container, requestOf(this.#options, this.#world.clock.now()), sink, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof KmaintError)) throw error;
      this.#failed += 1;
      say(`error: ${harmlessLine(error.message)}${error.hint === undefined ? '' : `\n  ${harmlessLine(error.hint)}`}`);
    }
    if (!quiet) say(text.detached(source));
  }
}

function filterOf({ selection }: LogsOptions): LocalFilter {
  const problems: string[] = [];
  const take = <T>(compiled: { readonly value: T } | { readonly problem: string }): T | undefined => {
    if ('value' in compiled) return compiled.value;
    problems.push(compiled.problem);
    return undefined;
  };
  if (selection.query.length > 1) problems.push('--local takes one query: a pod, a container, an id or an expression');
  const container = selection.container === undefined ? undefined : take(compileGoRegexp(selection.container));
  const names = new Set(selection.containerNames);
  const filter = take(
    compileLocalFilter(
      selection.query[0],
      {
        namespaces: selection.namespaces.length === 0 || selection.allNamespaces ? undefined : selection.namespaces,
        container:
          container || names.size > 0
            ? (name) => (container?.test(name) ?? true) && (names.size === 0 || names.has(name))
            : undefined,
      },
      (source) => {
        const compiled = compileGoRegexp(source);
        return 'value' in compiled ? { value: (name) => compiled.value.test(name) } : compiled;
      },
    ),
  );
  if (problems.length > 0 || !filter) throw new UsageError(problems);
  return filter;
}

function requestOf({ range }: LogsOptions, nowMs: number): LocalRequest {
  const { sinceSeconds, sinceTime, until } = range;
  return {
    follow: range.follow,
    previous: range.previous,
    since: sinceTime ?? (sinceSeconds === undefined ? undefined : stampOf(nowMs - sinceSeconds * 1000)),
    until,
    tail: range.tailLines,
    head: range.headLines,
    stream: range.stream === undefined ? undefined : range.stream === 'Stdout' ? 'stdout' : 'stderr',
    maxLineBytes: range.maxLineBytes,
  };
}

/** Without its own file system a node would look as if it had no logs. */
async function checkRoot(root: string): Promise<void> {
  const found = await stat(root).catch((error: unknown) => {
    // What may not be looked at is told where it is read.
    if (isMissing(error)) return undefined;
    return 'unknown' as const;
  });
  if (found === 'unknown' || found?.isDirectory() === true) return;
  const why = found ? 'is no folder' : 'is not there';
  throw new UsageError([`--root ${root} ${why}: it has to be the folder that stands for /, such as /host`], {
    hint: `ls -ld ${root}`,
  });
}

async function nameOf(root: string): Promise<string> {
  try {
    return (await readFile(path.join(root, 'etc/hostname'), 'utf8')).trim();
  } catch {
    return '';
  }
}

function listLocal(containers: readonly LocalContainer[], node: string, out: LineWriter): ExitCode {
  const rows = containers.map((one) => [one.namespace, one.pod, one.container, one.containerId ?? '', node]);
  const lines = tableLines(['NAMESPACE', 'NAME', 'CONTAINER', 'ID', 'NODE'], rows);
  void out.write(bytesOf(`${lines.join('\n')}\n`));
  return exitCodes.done;
}
