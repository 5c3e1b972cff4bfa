/** Everything outside of us that these workflows touch, handed in. */
import type { Clock } from '../clock.ts';
import type { Prompt } from '../cli/prompt.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Report } from '../report/report.ts';

export interface World {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly report: Report;
  readonly prompt: Prompt;
  /** Fires with an InterruptedError: stop new work, finish the step in hand, say what is left. */
  readonly signal: AbortSignal;
  readonly commandLine: CommandLine;
}

/** Writes commands for the user to run next, against the same cluster as this run. */
export interface CommandLine {
  /** This very command again, as it was typed and with further flags; secrets left out. */
  again(flags?: readonly string[]): string;
  /** Another verb with the same connection flags: `kmaint --context prod uncordon node1`. */
  command(words: readonly string[]): string;
}
