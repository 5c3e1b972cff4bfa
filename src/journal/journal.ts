/** The port through which a run writes down what it is about to do, so that another process can go on or go back. */

/** What a step of a run may be; `before` is what a rollback needs to restore. */
export type JournalStep =
  /** The node's annotation and lease were taken; with it the node was cordoned, unless it was so before. */
  | { readonly kind: 'hold'; readonly wasCordoned: boolean }
  | { readonly kind: 'cordon' }
  | { readonly kind: 'uncordon' }
  | { readonly kind: 'release' }
  /** Labels and annotations that were set, with their former values; null: there was none. */
  | {
      readonly kind: 'mark';
      readonly labels: Readonly<Record<string, string | null>>;
      readonly annotations: Readonly<Record<string, string | null>>;
      /** The values that were set: a rollback touches a mark only while it still has ours. */
      readonly set?: {
        readonly labels: Readonly<Record<string, string | null>>;
        readonly annotations: Readonly<Record<string, string | null>>;
      };
    }
  | { readonly kind: 'out-of-service' }
  /** A Deployment was restarted; `stamp` is what stands in its template. */
  | { readonly kind: 'surge'; readonly namespace: string; readonly name: string; readonly stamp: string }
  | { readonly kind: 'drain' }
  /** The program `by` is about to switch the node off. */
  | { readonly kind: 'fence'; readonly by: string }
  | { readonly kind: 'exec'; readonly bootID: string }
  | { readonly kind: 'escalate'; readonly pod: string; readonly uid: string; readonly rung: 'delete' | 'force' };

/** One line of the journal. */
export type JournalEntry =
  /** Before a step's first request: from here on it may have happened. */
  | { readonly type: 'intent'; readonly node: string; readonly step: JournalStep }
  /** The step is known to be done. */
  | {
      readonly type: 'done';
      readonly node: string;
      readonly step: JournalStep['kind'];
      /** Which one, where several of a kind are under way at once: `namespace/name` of the Deployment of a surge. */
      readonly of?: string | undefined;
    }
  | {
      readonly type: 'pod';
      readonly node: string;
      readonly pod: string;
      readonly uid: string;
      readonly state: 'evicting' | 'gone' | 'failed' | 'skipped';
    }
  | { readonly type: 'node'; readonly node: string; readonly outcome: string; readonly exitCode: number };

export interface Journal {
  /** Name of the run, such as `20261121-134500-a1b2c3`; stands in annotations, events and messages. */
  readonly runId: string;
  /**
   * Appends a line. With an `intent` or a `node` it resolves once the line is on the disk (fsync); all others may still
   * be on their way. Rejects when it cannot be written: then nothing may be changed either.
   */
  write(entry: JournalEntry): Promise<void>;
}

/** A journal with its file open and its lock held. */
export interface OpenJournal extends Journal {
  /** The last line: how the run ended. Resolves once it is on the disk; what comes after it is refused. */
  finish(outcome: string, exitCode: number): Promise<void>;
  /** Closes the file and gives the lock back; a run that was not finished can be resumed from here on. */
  close(): Promise<void>;
}

/** For runs that change nothing, and for tests of workflows. */
export const noJournal: Journal = { runId: '', write: () => Promise.resolve() };
