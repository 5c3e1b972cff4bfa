/** Resumes by what stands on nodes: finds their run, and goes on where this machine has no journal of it. */
import type { Node } from '../cluster/node.ts';
import { ClusterError, exitCodes, KmaintError, UsageError, type ExitCode } from '../errors.ts';
import type { JournalDeps } from '../journal/deps.ts';
import type { Journal } from '../journal/journal.ts';
import { runIds } from '../journal/read.ts';
import type { NodeRecord } from '../journal/record.ts';
import { isRunId } from '../journal/run-id.ts';
import { createJournal } from '../journal/store.ts';
import type { HoldRecord } from './ownership/annotations.ts';
import { isLive } from './ownership/judge.ts';
import { cordonOf, holdOf } from './ownership/records.ts';
import { checkReturned, recordsOf, tellReturned, type Found } from './resume-nodes.ts';
import { storedCommand, storedOptions } from './resume-options.ts';
import { optionsFor, withJournal, type DrainNodes, type ResumeRequest } from './resume-parts.ts';
import { resumeState } from './resume-state.ts';
import { pastOnNode, type Mark } from './rollback-past.ts';
import { resolveNodes } from './targets.ts';
import type { World } from './world.ts';

/** What a run left on nodes. */
export interface MarkedRun {
  readonly runId: string;
  /** Its journal is on this machine, and says all that these do not. */
  readonly journalled: boolean;
  readonly nodes: readonly Marked[];
}

interface Marked {
  readonly node: Node;
  readonly hold: HoldRecord | undefined;
}

/**
 * The run whose hold, or whose cordon where the hold was given back, stands on all of these nodes.
 *
 * @returns undefined when no node was named
 * @throws UsageError when one has no mark of a run, or they are of several runs
 */
export async function markedRun(
  world: World,
  journals: JournalDeps,
  names: readonly string[],
): Promise<MarkedRun | undefined> {
  if (names.length === 0) return undefined;
  const { commandLine } = world;
  const nodes = (await resolveNodes(world, { names, selector: undefined })).map((node) => ({ node, ...markOf(node) }));
  const bare = nodes.filter(({ run }) => run === undefined).map(({ node }) => node.name);
  if (bare.length > 0) {
    throw new UsageError([`nothing on ${bare.join(', ')} says which run is to be gone on with`], {
      code: 'resume.no-hold',
      hint: commandLine.command(['drain', ...bare]),
    });
  }
  const runs = new Set(nodes.flatMap(({ run }) => run ?? []));
  const [runId] = runs;
  if (runId === undefined || runs.size > 1) {
    const lines = nodes.map(({ node, run }) => `  ${node.name}  ${run}`);
    throw new UsageError([`these nodes are of several runs; resume one after the other:\n${lines.join('\n')}`], {
      code: 'resume.ambiguous',
      hint: commandLine.command(['resume', `--node=${nodes[0]?.node.name}`]),
    });
  }
  return { runId, journalled: (await runIds(journals)).includes(runId), nodes };
}

function markOf(node: Node): { readonly run: string | undefined; readonly hold: HoldRecord | undefined } {
  const hold = holdOf(node);
  // One that cannot be read may be anybody's.
  const mark = hold ?? cordonOf(node);
  if (typeof mark !== 'object' || !isRunId(mark.run)) return { run: undefined, hold: undefined };
  return { run: mark.run, hold: typeof hold === 'object' ? hold : undefined };
}

/**
 * Goes on by the annotations alone: what was agreed to is not known here, so a plain drain is made, with the flags that
 * were typed. From then on this machine has a journal of the run, of all its nodes that can be found: however this ends,
 * the next resume, of the same node or of another one, and a rollback can go by it.
 *
 * @throws KmaintError `resume.held` (exit 5) while a hold lasts: whoever wrote it may be at work; `resume.uncordoned` (6)
 */
export async function resumeFromNodes(
  world: World,
  journals: JournalDeps,
  { runId, nodes }: MarkedRun,
  request: ResumeRequest,
  drain: DrainNodes,
): Promise<ExitCode> {
  const { cluster, clock, commandLine, report } = world;
  for (const { node, hold } of nodes) {
    if (!hold || !isLive(hold, clock.now())) continue;
    throw new KmaintError(`${hold.holder} is at work on ${node.name} (run ${runId}, until ${hold.until} at least)`, {
      code: 'resume.held',
      exitCode: exitCodes.held,
      hint: 'wait until that time is over, and try again',
    });
  }
  const found = nodes.map(({ node, hold }): Found => {
    // A cordon's record is written with a cordon of ours only.
    const wasCordoned = hold?.wasCordoned ?? false;
    return { node, record: pastOf(node, wasCordoned), returned: !node.unschedulable };
  });
  checkReturned(world, { runId, named: false, assumeYes: request.assumeYes }, found);
  const whose = new Set(nodes.map(({ node, hold }) => hold?.holder ?? holderOfCordon(node)));
  const message = `the journal of run ${runId} is not on this machine: the options of ${[...whose].join(', ')} are not known, and a drain with the flags of this command goes on`;
  report.emit({ type: 'warning', message });
  tellReturned(world, found);

  const there = recordsOf(found);
  const options = optionsFor(request.fallback, there, request);
  const others = await otherNodes(world, runId, names(nodes), options.chunkSize);
  const all = [...there, ...others.map(({ node, hold }) => pastOf(node, hold?.wasCordoned ?? false))];
  const journal = await createJournal(journals, {
    runId,
    verb: 'drain',
    identity: cluster.identity,
    command: storedCommand(commandLine.again(), options),
    ...storedOptions(options),
    nodes: all.map(({ name, uid, wasCordoned }) => ({ name, uid, wasCordoned })),
  });
  return withJournal(journal, async () => {
    const marked = new Map([...nodes, ...others].map(({ node }) => [node.name, node]));
    for (const record of all) await writePast(journal, record, marked.get(record.name));
    return drain(world, options, { verb: 'resume', journal, resume: resumeState(runId, there) });
  });
}

/**
 * What else the run has taken and not given back into service; nobody asked to go on with these yet. Only the nodes that
 * were named are needed: where the others cannot be listed, nothing is known of them.
 */
async function otherNodes(
  { cluster, report, signal }: World,
  runId: string,
  named: readonly string[],
  chunkSize: number,
): Promise<readonly Marked[]> {
  try {
    const nodes = await cluster.listNodes({ chunkSize, signal });
    return nodes
      .filter(({ name, unschedulable }) => unschedulable && !named.includes(name))
      .map((node) => ({ node, ...markOf(node) }))
      .filter(({ run }) => run === runId);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const message = `whether run ${runId} has other nodes is not known: ${error.message}`;
    report.emit({ type: 'detail', message });
    return [];
  }
}

/** What stands on the node, as the run that put it there would have written it down. */
async function writePast(journal: Journal, record: NodeRecord, marked: Node | undefined): Promise<void> {
  const { name, wasCordoned } = record;
  await journal.write({ type: 'intent', node: name, step: { kind: 'hold', wasCordoned } });
  await journal.write({ type: 'done', node: name, step: 'hold' });
  const past = marked && pastOnNode(marked, journal.runId, wasCordoned);
  if (!past || past.labels.length + past.annotations.length === 0) return;
  const former = (marks: readonly Mark[]): Record<string, string | null> =>
    Object.fromEntries(marks.map((mark) => [mark.key, mark.former]));
  const step = { kind: 'mark', labels: former(past.labels), annotations: former(past.annotations) } as const;
  await journal.write({ type: 'intent', node: name, step });
  await journal.write({ type: 'done', node: name, step: 'mark' });
}

function names(nodes: readonly Marked[]): readonly string[] {
  return nodes.map(({ node }) => node.name);
}

/** What the run is known to have done there: it had the node. */
function pastOf({ name, uid }: Node, wasCordoned: boolean): NodeRecord {
  return { name, uid, wasCordoned, doneSteps: [{ kind: 'hold', wasCordoned }], openSteps: [], end: undefined };
}

function holderOfCordon(node: Node): string {
  const cordon = cordonOf(node);
  return typeof cordon === 'object' ? cordon.by : 'whoever began it';
}
