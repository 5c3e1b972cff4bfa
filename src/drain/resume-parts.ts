/** What the two ways to resume, by journal and by annotation, have in common. */
import type { ExitCode } from '../errors.ts';
import { thenClose } from '../journal/closing.ts';
import type { Journal, OpenJournal } from '../journal/journal.ts';
import type { DrainOptions } from './options.ts';
import { outcomeOf } from './outcome.ts';
import type { ResumeState } from './resume-state.ts';
import type { World } from './world.ts';

export interface ResumeRequest {
  /** An id or the beginning of one; undefined: the only unfinished run. */
  readonly run: string | undefined;
  /** Go by what stands on this node: for a machine without the journal. */
  readonly node: string | undefined;
  readonly assumeYes: boolean;
  /** Journals do not keep it, for it may hold a secret. */
  readonly notifyUrl: string | undefined;
  /** What a drain would do without further flags; taken where no journal says what was agreed to. */
  readonly fallback: DrainOptions;
}

export interface DrainRun {
  readonly verb: 'resume';
  readonly journal: Journal;
  readonly resume: ResumeState;
}

/** `drainNodes`, as far as a resume needs it. */
export type DrainNodes = (world: World, options: DrainOptions, run: DrainRun) => Promise<ExitCode>;

/** What was agreed to, for the nodes that are left; consent to this process is asked for anew. */
export function optionsFor(
  options: DrainOptions,
  nodes: readonly { readonly name: string }[],
  { assumeYes, notifyUrl }: Pick<ResumeRequest, 'assumeYes' | 'notifyUrl'>,
): DrainOptions {
  return {
    ...options,
    targets: { names: nodes.map(({ name }) => name), selector: undefined },
    assumeYes,
    // A hold of the run itself needs none, and of nobody else was spoken since.
    ownership: { ...options.ownership, takeOver: false, notifyUrl },
    // The word that a node is off was true then; a program that fences proves it anew.
    unreachable: { ...options.unreachable, poweredOff: [] },
  };
}

/** Writes how it ended; a run that threw has no end, and can be resumed. */
export function withJournal(
  journal: OpenJournal,
  work: (journal: OpenJournal) => Promise<ExitCode>,
): Promise<ExitCode> {
  return thenClose(journal, async () => {
    const exitCode = await work(journal);
    await journal.finish(outcomeOf(exitCode), exitCode);
    return exitCode;
  });
}
