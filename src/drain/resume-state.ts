/** What a resumed run knows of the one before: it goes by this, and not by what the nodes look like now. */
import type { JournalStep } from '../journal/journal.ts';
import type { NodeRecord } from '../journal/record.ts';

export interface ResumeState {
  /** The hold annotation of this run is ours, whoever wrote it. */
  readonly runId: string;
  readonly nodes: ReadonlyMap<string, ResumeNode>;
}

export interface ResumeNode {
  readonly uid: string;
  /** Before the run came; a node that is cordoned now may be so by us. */
  readonly wasCordoned: boolean;
  /** Known to be done. */
  readonly doneSteps: readonly JournalStep[];
  /** Begun, and may have happened or not: to be looked at, then done again. */
  readonly openSteps: readonly JournalStep[];
}

export function resumeState(runId: string, nodes: readonly NodeRecord[]): ResumeState {
  return {
    runId,
    nodes: new Map(
      nodes.map(({ name, uid, wasCordoned, doneSteps, openSteps }) => [
        name,
        { uid, wasCordoned, doneSteps, openSteps },
      ]),
    ),
  };
}
