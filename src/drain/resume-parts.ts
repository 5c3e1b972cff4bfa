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
  /** Only these; without a `run` what stands on them says which run is meant, also where its journal is elsewhere. */
  readonly nodes: readonly string[];
  readonly assumeYes: boolean;
  /** Journals do not keep it, for it may hold a secret. */
  readonly notifyUrl: string | undefined;
  /** What a drain would do with the flags of the resume; taken where no journal says what was agreed to. */
  readonly fallback: DrainOptions;
  /**
   * Puts what was typed with the resume over the options of the run.
   *
   * @throws UsageError when the run has no place for one of them
   */
  readonly withTyped: (options: DrainOptions) => DrainOptions;
}

export interface DrainRun {
  readonly verb: 'resume';
  readonly journal: Journal;
  readonly resume: ResumeState;
}

/** `drainNodes`, as far as a resume needs it. */
export type DrainNodes = (world: World, options: DrainOptions, run: DrainRun) => Promise<ExitCode>;

/** What was agreed to, for the nodes that are left, and what was typed since; consent is asked for anew. */
export function optionsFor(
  options: DrainOptions,
  nodes: readonly { readonly name: string }[],
  { assumeYes, notifyUrl, withTyped }: Pick<ResumeRequest, 'assumeYes' | 'notifyUrl' | 'withTyped'>,
): DrainOptions {
  return withTyped({
    ...options,
    targets: { names: nodes.map(({ name }) => name), selector: undefined },
    assumeYes,
    // A hold of the run itself needs none, and of nobody else was spoken since.
    ownership: { ...options.ownership, takeOver: false, notifyUrl },
    // The word that a node is off was true then; a program that fences proves it anew.
    unreachable: { ...options.unreachable, poweredOff: [] },
  });
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
