/** `kmaint rollback`: makes nodes what they were before a run. */
import type { Node } from '../cluster/node.ts';
import { exitCodes, isAbort, KmaintError, UsageError, type ExitCode } from '../errors.ts';
import { thenClose } from '../journal/closing.ts';
import type { JournalDeps } from '../journal/deps.ts';
import type { Journal, OpenJournal } from '../journal/journal.ts';
import { readRun, runIds } from '../journal/read.ts';
import { mayHaveChanged, surgeName, type RunRecord } from '../journal/record.ts';
import { createJournal, openExisting } from '../journal/store.ts';
import { counted } from '../report/counting.ts';
import { combineExitCodes, exitCodeOf, outcomeOf } from './outcome.ts';
import { cordonOf, holdOf } from './ownership/records.ts';
import { chosenRun } from './resume.ts';
import { clusterProblem, isDrain } from './resume-choice.ts';
import { restoreNode, type Restored } from './rollback-node.ts';
import { pastOf, pastOnNode, type NodePast } from './rollback-past.ts';
import { planRestore } from './rollback-plan.ts';
import { resolveNodes } from './targets.ts';
import { commandsFor, type World } from './world.ts';

export interface RollbackRequest {
  /** An id or the beginning of one; undefined: the only unfinished run. */
  readonly run: string | undefined;
  /** Go by what stands on this node: for a machine without the journal. */
  readonly node: string | undefined;
  readonly assumeYes: boolean;
}

/** What is to be done, and the journal to write it into. */
interface Rollback {
  readonly runId: string;
  readonly nodes: readonly { readonly name: string; readonly past: NodePast }[];
  /** Pods that the run removed, or began to. */
  readonly pods: number;
  open(): Promise<OpenJournal>;
}

/**
 * Restores the state before a run, node by node, whatever others changed since left as it is. A second time it finds
 * nothing to do.
 *
 * @returns the exit code, after `run.finished` was emitted: 0, 1 when some nodes could not be restored, 5 when they are
 *   another live run's
 * @throws KmaintError when nothing was changed: no such run, another cluster, a run still at work
 */
export async function rollbackRun(world: World, journals: JournalDeps, request: RollbackRequest): Promise<ExitCode> {
  const { report, cluster, prompt, signal } = world;
  const rollback = await (request.node === undefined
    ? fromJournal(world, journals, request.run)
    : fromNode(world, journals, request.node));
  report.emit({
    type: 'run.started',
    verb: 'rollback',
    identity: cluster.identity,
    dryRun: 'none',
    runId: rollback?.runId,
  });
  if (!rollback || rollback.nodes.length === 0) {
    const message = rollback
      ? 'the run changed nothing that would have to be put back'
      : 'no run of this cluster is unfinished here; one that is done is put back by its ID (kmaint runs)';
    report.emit({ type: 'warning', message });
    return finishRun(world, []);
  }
  if (prompt.available && !request.assumeYes) {
    const question = await questionFor(world, journals.holder, rollback);
    if (!(await prompt.confirm(question, { signal }))) return finishRun(world, [], 'declined');
  }
  const journal = await rollback.open();
  return thenClose(journal, async () => {
    const results = await restoreAll(world, journals.holder, journal, rollback);
    const exitCode = finishRun(world, results);
    await journal.finish(exitCode === exitCodes.done ? 'rolled back' : outcomeOf(exitCode), exitCode);
    return exitCode;
  });
}

async function fromJournal(
  world: World,
  journals: JournalDeps,
  typed: string | undefined,
): Promise<Rollback | undefined> {
  const record = await chosenRun(world, journals, typed, 'rollback');
  if (!record) return undefined;
  const { runId, verb, identity, command } = record.header;
  const problem = clusterProblem(identity, world.cluster.identity);
  if (problem) throw problem;
  if (!isDrain(record)) {
    throw new UsageError([`run ${runId} is a ${verb}, and only a drain can be rolled back`], {
      code: 'rollback.verb',
      hint: `it was: ${command}`,
    });
  }
  return {
    runId,
    nodes: record.nodes.filter(mayHaveChanged).map((node) => ({ name: node.name, past: pastOf(node, runId) })),
    pods: removedPods(record),
    open: async () => (await openExisting(journals, runId, 'rollback')).journal,
  };
}

function removedPods({ lines }: RunRecord): number {
  return new Set(lines.flatMap((line) => (line.type === 'pod' && line.state !== 'skipped' ? [line.uid] : []))).size;
}

/** By the annotations: they say which run it was, and whether the cordon is its own. */
async function fromNode(world: World, journals: JournalDeps, name: string): Promise<Rollback> {
  const { cluster, commandLine } = world;
  const [node] = await resolveNodes(world, { names: [name], selector: undefined });
  const found = node && runOn(node);
  if (!node || !found) {
    throw new UsageError([`nothing on ${name} says that a run of kmaint is to be rolled back`], {
      code: 'rollback.no-hold',
      hint: cluster.kubectl('get', 'node', name, '-o', 'yaml'),
    });
  }
  const record = (await runIds(journals)).includes(found.run) ? await readRun(journals, found.run) : undefined;
  // A journal that a resume began here knows only the nodes that it found.
  if (record?.nodes.some((one) => one.name === name)) {
    throw new UsageError([`the journal of run ${found.run} is here: go by it`], {
      code: 'rollback.journal',
      hint: commandLine.command(['rollback', found.run]),
    });
  }
  return {
    runId: found.run,
    nodes: [{ name, past: pastOnNode(node, found.run, found.wasCordoned) }],
    pods: 0,
    open: () =>
      createJournal(journals, {
        verb: 'rollback',
        identity: cluster.identity,
        command: commandLine.again(),
        options: { run: found.run, node: name },
        leftOut: [],
        nodes: [{ name, uid: node.uid, wasCordoned: found.wasCordoned }],
      }),
  };
}

function runOn(node: Node): { readonly run: string; readonly wasCordoned: boolean } | undefined {
  const hold = holdOf(node);
  if (typeof hold === 'object') return hold;
  const cordon = cordonOf(node);
  // The record is written with a cordon of ours only.
  return typeof cordon === 'object' ? { run: cordon.run, wasCordoned: false } : undefined;
}

/** What would be done, read once for the question; the work itself looks again. */
async function questionFor(world: World, holder: string, { runId, nodes }: Rollback): Promise<string> {
  const { cluster, clock, signal } = world;
  const parts: string[] = [];
  for (const { name, past } of nodes) {
    const node = await cluster.getNode(name, { signal });
    const plan = node && planRestore(node, past, holder, clock.now(), commandsFor(world));
    const surges =
      plan?.kind === 'held' || plan?.kind === 'replaced'
        ? []
        : past.openSurges.map((surge) => `restart of Deployment ${surgeName(surge)} undone if it is under way`);
    const own = plan ? (plan.kind === 'restore' ? plan.restored : [plan.message]) : ['gone'];
    parts.push(`  ${name}: ${[...own, ...surges].join(', ') || 'nothing to do'}`);
  }
  const { identity } = cluster;
  const where = identity.context === undefined ? identity.server : `context ${identity.context}`;
  return `${parts.join('\n')}\nRoll back run ${runId} (${where})?`;
}

async function restoreAll(
  world: World,
  holder: string,
  journal: Journal,
  { nodes, pods }: Rollback,
): Promise<readonly Restored[]> {
  const { report, clock, signal } = world;
  const results: Restored[] = [];
  const writes = { done: false };
  for (const { name, past } of nodes) {
    const startMs = clock.monotonic();
    let result: Restored;
    try {
      signal.throwIfAborted();
      result = await restoreNode(world, { name, past, holder, journal, writes });
    } catch (error) {
      const reason: unknown = isAbort(error, signal) ? signal.reason : error;
      if (!(reason instanceof KmaintError)) throw error;
      result = { node: name, exitCode: exitCodeOf(reason, writes.done), message: reason.message, hint: reason.hint };
    }
    results.push(result);
    report.emit({
      type: 'node.finished',
      node: name,
      outcome: outcomeOf(result.exitCode),
      exitCode: result.exitCode,
      gone: 0,
      left: [],
      message: result.message,
      hint: result.hint,
      cordonedByUs: false,
      durationMs: clock.monotonic() - startMs,
      dryRun: 'none',
    });
  }
  if (pods > 0) {
    const message = `${counted(pods, 'pod')} had been asked to go and will not be brought back: where they are now is up to the scheduler`;
    report.emit({ type: 'warning', message });
  }
  return results;
}

function finishRun({ report, commandLine }: World, results: readonly Restored[], ended?: 'declined'): ExitCode {
  const exitCode = ended ? exitCodes.refused : combineExitCodes(results.map((result) => result.exitCode));
  const failed = results.filter((result) => result.exitCode !== exitCodes.done).map(({ node }) => node);
  report.emit({
    type: 'run.finished',
    verb: 'rollback',
    outcome: ended ?? outcomeOf(exitCode),
    exitCode,
    message: ended ? 'not confirmed' : failed.length > 0 ? `not restored: ${failed.join(', ')}` : undefined,
    undo: [],
    resume: exitCode === exitCodes.done ? [] : [commandLine.again()],
  });
  return exitCode;
}
