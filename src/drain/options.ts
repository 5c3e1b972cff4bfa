/** What a user may ask of cordon, uncordon and drain. */
import type { DryRun } from '../report/events.ts';
import type { DrainPolicy } from './plan.ts';

/** Nodes by name or by label selector, never both. */
export interface NodeTargets {
  /** Each once. */
  readonly names: readonly string[];
  readonly selector: string | undefined;
}

export interface CordonOptions {
  readonly targets: NodeTargets;
  readonly dryRun: DryRun;
}

export interface DrainOptions extends CordonOptions {
  readonly policy: DrainPolicy;
  /** Objects a page of a list; 0 asks for all at once. */
  readonly chunkSize: number;
  /** For each node's drain, from its first eviction on; undefined waits for ever. */
  readonly timeoutMs: number | undefined;
  /** For the whole run. */
  readonly totalTimeoutMs: number | undefined;
  /** Evictions and deletions in flight at once. */
  readonly maxInFlight: number;
  /** `--yes`: do not ask. */
  readonly assumeYes: boolean;
}
