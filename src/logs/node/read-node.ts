/** Reads what was asked for of one node, from its journal or from a file. */
import type { Kubectl } from '../../cli/kubectl.ts';
import type { LineWriter } from '../../report/line-writer.ts';
import { entryFormat } from './format.ts';
import type { NodeLogsOptions } from './options.ts';
import { NodeOutlet } from './outlet.ts';
import { refusalError, type Refusal } from './problems.ts';
import { readNodeFile } from './read-file.ts';
import { readJournal, type NodeReadDeps } from './read-journal.ts';

export interface NodeWorld extends Omit<NodeReadDeps, 'outlet'> {
  readonly stdout: LineWriter;
  readonly terminal: boolean;
  readonly programName: string;
  /** Writes commands of hints. */
  readonly kubectl: Kubectl;
}

/** Of a file that is followed, as `tail -f`. */
const fileTailLines = 10;

/**
 * Resolves when all is read; never while it follows.
 *
 * @throws KmaintError that says why not; the signal's reason
 */
export async function readNode(
  world: NodeWorld,
  node: string,
  options: NodeLogsOptions,
  times: { readonly sinceMs: number | undefined; readonly untilMs: number | undefined },
): Promise<void> {
  const { file, units } = options;
  if (file !== undefined) {
    return settle(world, node, `/var/log/${file}`, await follow(world, node, options, { file, unit: undefined }));
  }
  const { follow: follows, tailLines, boot, grep: pattern } = options;
  const deps = { ...world, outlet: outletFor(world, node, options, { unit: only(units), file: undefined }) };
  const request = { node, units, follow: follows, ...times, tailLines, boot, pattern };
  const refusal = await readJournal(deps, request);
  const unfiltered = options.since === undefined && options.until === undefined && boot === undefined && !pattern;
  if (refusal?.kind === 'is-file' && unfiltered) {
    await Promise.all(units.map((unit) => readUnitFile(world, node, options, unit)));
    return;
  }
  settle(world, node, unitsText(units), refusal);
}

/** Where the kubelet looks for the log of a unit that is not in the journal. */
async function readUnitFile(world: NodeWorld, node: string, options: NodeLogsOptions, unit: string): Promise<void> {
  let refusal: Refusal | undefined;
  for (const file of [`${unit}.log`, `${unit}/${unit}.log`, unit]) {
    refusal = await follow(world, node, options, { file, unit });
    if (refusal?.kind !== 'no-file') break;
  }
  settle(world, node, unitsText([unit]), refusal);
}

function follow(
  world: NodeWorld,
  node: string,
  options: NodeLogsOptions,
  source: { readonly file: string; readonly unit: string | undefined },
): Promise<Refusal | undefined> {
  const outlet = outletFor(world, node, options, source);
  const tailLines = options.tailLines ?? (options.follow ? fileTailLines : undefined);
  return readNodeFile({ ...world, outlet }, { node, path: source.file, follow: options.follow, tailLines });
}

function outletFor(
  { stdout, terminal }: NodeWorld,
  node: string,
  { output, nodes }: NodeLogsOptions,
  { unit, file }: { readonly unit: string | undefined; readonly file: string | undefined },
): NodeOutlet {
  return new NodeOutlet(stdout, entryFormat({ output, node, prefixed: nodes.length > 1, unit, file, terminal }));
}

function settle(world: NodeWorld, node: string, what: string, refusal: Refusal | undefined): void {
  if (refusal) throw refusalError(refusal, node, what, world);
}

function only(units: readonly string[]): string | undefined {
  return units.length === 1 ? units[0] : undefined;
}

function unitsText(units: readonly string[]): string {
  return units.length === 1 ? `unit ${units[0]}` : `units ${units.join(', ')}`;
}
