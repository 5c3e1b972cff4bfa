/** Runs the credential plugin of a user, once for all who ask, and keeps its answer until it expires. */
import type { Clock } from '../../clock.ts';
import { ClusterError } from '../../errors.ts';
import type { RunOutcome, RunProgram } from '../../process/run.ts';
import { execInfo, readAnswer, type ExecAnswer } from './exec-answer.ts';
import type { ClusterEntry, ExecEntry } from './file.ts';
import { SharedRun } from './shared-run.ts';
import { interactiveMode } from './validate.ts';

export interface ExecWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly clock: Clock;
  readonly runProgram: RunProgram;
  /** A plugin may then ask the user, and shares the terminal with us. */
  readonly stdinIsTerminal: boolean;
}

// Requests that were sent together come back 401 together: one new answer does for all of them.
const sameRejectionMs = 1000;

/** Source of behaviour: client-go `plugin/pkg/client/auth/exec`. */
export class ExecPlugin {
  readonly #exec: ExecEntry;
  readonly #cluster: ClusterEntry;
  readonly #caPem: string | undefined;
  readonly #world: ExecWorld;
  readonly #run: SharedRun<ExecAnswer>;
  #cached: ExecAnswer | undefined;
  #replacing = false;
  #replacedAtMs: number | undefined;

  constructor(exec: ExecEntry, cluster: ClusterEntry, caPem: string | undefined, world: ExecWorld) {
    this.#exec = exec;
    this.#cluster = cluster;
    this.#caPem = caPem;
    this.#world = world;
    this.#run = new SharedRun((signal) => this.#ask(signal));
  }

  /** The plugin's answer, from the cache while it is good. Throws `cluster.credentials` when the plugin fails. */
  async answer(options: {
    readonly signal: AbortSignal;
    readonly rejected?: boolean | undefined;
  }): Promise<ExecAnswer> {
    if (options.rejected === true && !this.#run.inFlight && !this.#justReplaced()) {
      this.#cached = undefined;
      this.#replacing = true;
    }
    const cached = this.#cached;
    return cached && !this.#expired(cached) ? cached : this.#run.join(options.signal);
  }

  #justReplaced(): boolean {
    const at = this.#replacedAtMs;
    return this.#cached !== undefined && at !== undefined && this.#world.clock.monotonic() - at < sameRejectionMs;
  }

  #expired({ expiresAtMs, pair }: ExecAnswer): boolean {
    const now = this.#world.clock.now();
    return (expiresAtMs !== undefined && now > expiresAtMs) || (pair !== undefined && now > pair.notAfterMs);
  }

  async #ask(signal: AbortSignal): Promise<ExecAnswer> {
    const { env, workingDirectory, runProgram, stdinIsTerminal } = this.#world;
    const mode = interactiveMode(this.#exec);
    const command = this.#exec.command ?? '';
    if (mode === 'Always' && !stdinIsTerminal) {
      throw failure(`the credential plugin ${command} must ask the user, but standard input is not a terminal`, {
        hint: 'Run kmaint on a terminal, or log in with the plugin beforehand.',
      });
    }
    const interactive = mode !== 'Never' && stdinIsTerminal;
    const own = (this.#exec.env ?? []).map(({ name = '', value = '' }) => [name, value] as const);
    const outcome = await runProgram({
      file: command,
      args: this.#exec.args ?? [],
      env: {
        ...env,
        ...Object.fromEntries(own),
        KUBERNETES_EXEC_INFO: execInfo(this.#exec, interactive, this.#cluster, this.#caPem),
      },
      cwd: workingDirectory,
      stdin: interactive ? 'inherit' : 'ignore',
      stderr: 'inherit',
      // Plugins ask for passwords on /dev/tty even when stdin is closed; a group of its own would take that away.
      ownGroup: !stdinIsTerminal,
      signal,
    });
    if (outcome.kind !== 'exited' || outcome.exitCode !== 0) throw this.#failed(outcome);
    const answer = readAnswer(outcome.stdout, this.#exec.apiVersion);
    if ('problem' in answer) throw failure(`the credential plugin ${command} ${answer.problem}`);
    this.#cached = answer;
    if (this.#replacing) this.#replacedAtMs = this.#world.clock.monotonic();
    this.#replacing = false;
    return answer;
  }

  #failed(outcome: RunOutcome): ClusterError {
    const plugin = `the credential plugin ${this.#exec.command ?? ''}`;
    switch (outcome.kind) {
      case 'exited':
        return failure(`${plugin} failed with exit code ${outcome.exitCode}`, {
          hint: 'Run it by itself to see why: its own messages are above.',
        });
      case 'not-found': {
        const hint = withoutControls(this.#exec.installHint ?? '');
        return failure(`${plugin} is not installed`, {
          hint: hint === '' ? 'Install it, or choose another user with --user.' : hint,
        });
      }
      case 'not-started':
        return failure(`${plugin} cannot be started: ${outcome.why}`);
      case 'killed':
        return failure(`${plugin} was ended by ${outcome.signalName}`);
      case 'timed-out':
        return failure(`${plugin} did not answer in time`);
    }
  }
}

function failure(message: string, options: { readonly hint?: string } = {}): ClusterError {
  return new ClusterError(message, { code: 'cluster.credentials', ...options });
}

/** Install hints come from a file that somebody else wrote: no escape sequences reach the terminal. */
function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed
  return text.replaceAll(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g, '').trim();
}
