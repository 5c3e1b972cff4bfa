/** Resumes by what stands on nodes: finds their run, and goes on where this machine has no journal of it. */
import type { Node } from '../cluster/node.ts';
import { exitCodes, KmaintError, UsageError, type ExitCode } from '../errors.ts';
import type { JournalDeps } from '../journal/deps.ts';
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
import { resolveNodes } from './targets.ts';
import type { World } from './world.ts';

/** What a run left on nodes. */
export interface MarkedRun {
  readonly runId: string;
  /** Its journal is on this machine, and says all that these do not. */
  readonly journalled: boolean;
  readonly nodes: readonly { readonly node: Node; readonly hold: HoldRecord | undefined }[];
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
 * were typed.
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
  const journal = await createJournal(journals, {
    runId,
    verb: 'drain',
    identity: cluster.identity,
    command: storedCommand(commandLine.again(), options),
    ...storedOptions(options),
    nodes: there.map(({ name, uid, wasCordoned }) => ({ name, uid, wasCordoned })),
  });
  return withJournal(journal, () =>
    drain(world, options, { verb: 'resume', journal, resume: resumeState(runId, there) }),
  );
}

/** What the run is known to have done there: it had the node. */
function pastOf({ name, uid }: Node, wasCordoned: boolean): NodeRecord {
  return { name, uid, wasCordoned, doneSteps: [{ kind: 'hold', wasCordoned }], openSteps: [], end: undefined };
}

function holderOfCordon(node: Node): string {
  const cordon = cordonOf(node);
  return typeof cordon === 'object' ? cordon.by : 'whoever began it';
}
