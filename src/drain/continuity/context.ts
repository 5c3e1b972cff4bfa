/** What the workflows of continuity are given, and how their waits end. */
import type { Clock } from '../../clock.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Report } from '../../report/report.ts';
import type { Owners } from './owners.ts';

export interface ContinuityContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly report: Report;
  /** Name of the node that is drained. */
  readonly node: string;
  readonly signal: AbortSignal;
  readonly journal: Journal;
  /** One for the whole run, so that no owner is looked up twice. */
  readonly owners: Owners;
  /** What the run wrote into templates on this node's account before it was broken off: those restarts may be under way. */
  readonly openStamps?: ReadonlySet<string> | undefined;
}

export interface WaitLimit {
  /** Longest wait, exact. */
  readonly timeoutMs: number;
}

export type WaitOutcome =
  | { readonly kind: 'ready' }
  | /** What was still missing. */ { readonly kind: 'timeout'; readonly message: string };
