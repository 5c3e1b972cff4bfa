/** A report that keeps the order of events right and counts the warnings of the server. */
import { exitCodes, type ExitCode } from '../errors.ts';
import type { Event } from '../report/events.ts';
import type { Report } from '../report/report.ts';

export interface RunReport extends Report {
  /** A warning of the API server; with `warningsAsErrors` a run that went well ends with 1 for it. */
  serverWarning(message: string): void;
  /** Passes on what is still held back. */
  release(): void;
  /** Of `run.finished`, once that was emitted. */
  readonly exitCode: ExitCode | undefined;
}

/**
 * `run.started` is the first event of a run: what comes earlier, such as a warning about the kubeconfig, waits for it.
 */
export function runReport(target: Report, { warningsAsErrors }: { readonly warningsAsErrors: boolean }): RunReport {
  let held: Event[] | undefined = [];
  let exitCode: ExitCode | undefined;
  const seen = new Set<string>();

  const release = (): void => {
    const waiting = held ?? [];
    held = undefined;
    for (const event of waiting) target.emit(event);
  };
  return {
    emit(event) {
      if (held && (event.type === 'warning' || event.type === 'detail')) {
        held.push(event);
        return;
      }
      if (event.type !== 'run.started') release();
      if (event.type === 'run.finished') {
        const last = warningsAsErrors ? withWarnings(event, seen.size) : event;
        exitCode = last.exitCode;
        target.emit(last);
        return;
      }
      target.emit(event);
      release();
    },
    serverWarning(message) {
      seen.add(message);
      this.emit({ type: 'warning', message });
    },
    release,
    get exitCode() {
      return exitCode;
    },
  };
}

type RunFinished = Event & { readonly type: 'run.finished' };

/** kubectl's `--warnings-as-errors`: only what went well otherwise changes. */
function withWarnings(event: RunFinished, count: number): RunFinished {
  if (count === 0 || event.exitCode !== exitCodes.done) return event;
  const message = `the API server sent ${count === 1 ? 'a warning' : `${count} warnings`}, and --warnings-as-errors was given`;
  return { ...event, outcome: 'incomplete', exitCode: exitCodes.incomplete, message };
}
