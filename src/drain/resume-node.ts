/** Resumes by what stands on a node: for a machine that does not have the run's journal. */
import { exitCodes, KmaintError, UsageError, type ExitCode } from '../errors.ts';
import type { JournalDeps } from '../journal/deps.ts';
import { runIds } from '../journal/read.ts';
import type { NodeRecord } from '../journal/record.ts';
import { isRunId } from '../journal/run-id.ts';
import { createJournal } from '../journal/store.ts';
import { isLive } from './ownership/judge.ts';
import { holdOf } from './ownership/records.ts';
import { storedCommand, storedOptions } from './resume-options.ts';
import { optionsFor, withJournal, type DrainNodes, type ResumeRequest } from './resume-parts.ts';
import { resumeState } from './resume-state.ts';
import { resolveNodes } from './targets.ts';
import type { World } from './world.ts';

/**
 * Goes on by the annotation on the node: what was agreed to is not known there, so a plain drain is made.
 *
 * @throws UsageError when no run left its mark, or when its journal is here after all
 * @throws KmaintError `resume.held` (exit 5) while the hold lasts: whoever wrote it may be at work
 */
export async function resumeFromNode(
  world: World,
  journals: JournalDeps,
  name: string,
  request: ResumeRequest,
  drain: DrainNodes,
): Promise<ExitCode> {
  const { cluster, clock, commandLine, report } = world;
  const [node] = await resolveNodes(world, { names: [name], selector: undefined });
  const hold = node && holdOf(node);
  if (!node || hold === undefined || hold === 'unreadable' || !isRunId(hold.run)) {
    throw new UsageError([`nothing on ${name} says which run is to be gone on with`], {
      code: 'resume.no-hold',
      hint: `kmaint drain ${name}`,
    });
  }
  if ((await runIds(journals)).includes(hold.run)) {
    throw new UsageError([`the journal of run ${hold.run} is here: go by it`], {
      code: 'resume.journal',
      hint: `kmaint resume ${hold.run}`,
    });
  }
  if (isLive(hold, clock.now())) {
    throw new KmaintError(`${hold.holder} is at work on ${name} (run ${hold.run}, until ${hold.until} at least)`, {
      code: 'resume.held',
      exitCode: exitCodes.held,
      hint: 'wait until that time is over, and try again',
    });
  }
  const message = `the journal of run ${hold.run} is not on this machine: the options of ${hold.holder} are not known, and a plain drain goes on`;
  report.emit({ type: 'warning', message });
  const step = { kind: 'hold', wasCordoned: hold.wasCordoned } as const;
  const past: NodeRecord = {
    name,
    uid: node.uid,
    wasCordoned: hold.wasCordoned,
    doneSteps: [step],
    openSteps: [],
    end: undefined,
  };
  const options = optionsFor(request.fallback, [node], request);
  const stored = storedOptions(options);
  const journal = await createJournal(journals, {
    runId: hold.run,
    verb: 'drain',
    identity: cluster.identity,
    command: storedCommand(commandLine.again(), options),
    ...stored,
    nodes: [{ name, uid: node.uid, wasCordoned: hold.wasCordoned }],
  });
  return withJournal(journal, () =>
    drain(world, options, { verb: 'resume', journal, resume: resumeState(hold.run, [past]) }),
  );
}
