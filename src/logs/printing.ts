/** Compiles what was asked about lines: how they are printed, and which of them ends it all. */
import { readFile } from 'node:fs/promises';
import type { Io } from '../cli/io.ts';
import { chooseColor, type Color } from '../report/modes.ts';
import { compileEndLines, type FindEnd } from './ending/end-lines.ts';
import type { LogSource } from './line.ts';
import type { LogsOptions } from './options.ts';
import { compilePipeline, type Pipeline, type PipelineOptions } from './pipeline.ts';

export interface Printing {
  readonly pipeline: Pipeline;
  /** Undefined: no line ends anything. */
  readonly findEnd: ((source: LogSource) => FindEnd) | undefined;
}

interface PrintingWorld {
  readonly io: Pick<Io, 'stdout' | 'env'>;
  readonly color: Color;
}

/**
 * Undefined when something is wrong: then `problems` has got all of it.
 *
 * @param onFailure told of each line that its template cannot print
 */
export async function compilePrinting(
  world: PrintingWorld,
  options: LogsOptions,
  onFailure: (message: string) => void,
  problems: string[],
): Promise<Printing | undefined> {
  const asked = await pipelineOptions(world, options, onFailure, problems);
  const pipeline = compilePipeline(asked);
  if ('problems' in pipeline) problems.push(...pipeline.problems);
  const { untilMatch, failOn } = options.ending;
  const watched = 'value' in pipeline && untilMatch.length + failOn.length > 0;
  const filters = watched ? filtersOf(asked, problems) : undefined;
  const findEnd = compileEndLines(options.ending, filters);
  if ('problems' in findEnd) problems.push(...findEnd.problems);
  if ('problems' in pipeline || 'problems' in findEnd) return undefined;
  return { pipeline: pipeline.value, findEnd: findEnd.value };
}

async function pipelineOptions(
  { io, color }: PrintingWorld,
  { lines, format: look, range, selection, contexts, local }: LogsOptions,
  onFailure: (message: string) => void,
  problems: string[],
): Promise<PipelineOptions> {
  // What goes into files is left as it is, whatever stdout may be.
  const toFiles = look.outputFolder !== undefined && !look.stdin && !local;
  const { namespaces, allNamespaces } = selection;
  return {
    lines,
    look,
    until: range.until,
    templateText: look.templateFile === undefined ? undefined : await templateOf(look.templateFile, problems),
    color: chooseColor(color, toFiles ? {} : io.stdout, io.env),
    terminal: io.stdout.isTTY === true && !toFiles,
    allNamespaces,
    showNamespace: allNamespaces || local || new Set(namespaces).size > 1,
    showContext: new Set(contexts).size > 1,
    onFailure,
  };
}

/** The same filters alone: of each line by itself, whole lines, in the plainest form. */
function filtersOf(asked: PipelineOptions, problems: string[]): Pipeline | undefined {
  const { lines, look } = asked;
  const compiled = compilePipeline({
    ...asked,
    lines: { ...lines, before: 0, after: 0, fields: [] },
    look: { ...look, output: 'raw', columns: [], template: undefined },
    templateText: undefined,
    color: false,
  });
  if ('value' in compiled) return compiled.value;
  problems.push(...compiled.problems);
  return undefined;
}

async function templateOf(file: string, problems: string[]): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    problems.push(`--template-file: ${unreadable(file, error)}`);
    return undefined;
  }
}

function unreadable(file: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EISDIR') return `${file} is a folder; give the file that holds the template`;
  if (code === 'ENOENT') return `there is no file ${file}`;
  return `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
