/** Everything outside of us that these workflows touch, handed in. */
import type { Kubectl } from '../cli/kubectl.ts';
import type { Clock } from '../clock.ts';
import type { Prompt } from '../cli/prompt.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { OpenJournal } from '../journal/journal.ts';
import type { NewRun } from '../journal/store.ts';
import type { RunProgram } from '../process/run.ts';
import type { Report } from '../report/report.ts';
import type { Post } from './ownership/http-post.ts';

export interface World {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly report: Report;
  readonly prompt: Prompt;
  /** Fires with an InterruptedError: stop new work, finish the step in hand, say what is left. */
  readonly signal: AbortSignal;
  readonly commandLine: CommandLine;
  /** `user@host`: who works on nodes. */
  readonly holder: string;
  readonly journals: Journals;
  readonly programs: Programs;
  readonly post: Post;
}

/** Where runs are written down. */
export interface Journals {
  /**
   * A name for a run, to be told before it is written down.
   */
  newRunId(): string;
  /** Resolves once the beginning of the run is on the disk. Rejects (exit 2) when it cannot be: then nothing may be changed. */
  begin(run: NewRun): Promise<OpenJournal>;
}

/** Other programs, and what they see of ours. */
export interface Programs {
  readonly run: RunProgram;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Writes commands for the user to run next, against the same cluster as this run. */
export interface CommandLine {
  /**
   * This very command again, as it was typed and with further flags; secrets left out. `verb`: another one in its place,
   * which has all of its flags.
   */
  again(flags?: readonly string[], verb?: string): string;
  /** Another verb with the same connection flags: `kmaint --context prod uncordon node1`. */
  command(words: readonly string[]): string;
}

/** Writes commands for the cluster of a run: ours and kubectl's. */
export interface Commands {
  readonly command: CommandLine['command'];
  readonly kubectl: Kubectl;
}

/** Those for the cluster that a run works on. */
export function commandsFor({ cluster, commandLine }: Pick<World, 'cluster' | 'commandLine'>): Commands {
  return { command: (words) => commandLine.command(words), kubectl: cluster.kubectl };
}
