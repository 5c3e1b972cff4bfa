/** A report with streams in memory and a clock that stands still. */
import { createReport, type ClosableReport, type ReportOptions } from '../../src/report/create.ts';
import type { Event } from '../../src/report/events.ts';
import { FakeClock } from '../support/clock.ts';
import { MemoryStream, MemoryTerminal } from './memory-stream.ts';
import { Screen } from './screen.ts';

export interface ReportWorld {
  readonly report: ClosableReport;
  readonly clock: FakeClock;
  readonly stdout: MemoryStream;
  readonly stderr: MemoryStream;
}

export interface TerminalWorld extends ReportWorld {
  readonly screen: Screen;
  readonly stderr: MemoryTerminal;
}

export function piped(options: Partial<ReportOptions> = {}): ReportWorld {
  const world = { clock: new FakeClock(), stdout: new MemoryStream(), stderr: new MemoryStream() };
  return { ...world, report: createReport({ ...defaults, ...world, ...options }) };
}

/** Both streams on one terminal. */
export function onTerminal(options: Partial<ReportOptions> = {}, rows = 24, columns = 100): TerminalWorld {
  const screen = new Screen(rows, columns);
  const world = { clock: new FakeClock(), stdout: new MemoryTerminal(screen), stderr: new MemoryTerminal(screen) };
  return { ...world, screen, report: createReport({ ...defaults, ...world, ...options }) };
}

const defaults = { output: 'text', progress: 'auto', color: 'never', verbosity: 0, env: {} } as const;

/** Emits each event after its milliseconds, then closes. */
export async function play(
  { report, clock }: Pick<ReportWorld, 'report' | 'clock'>,
  events: readonly (readonly [afterMs: number, event: Event])[],
): Promise<void> {
  for (const [afterMs, event] of events) {
    // eslint-disable-next-line no-await-in-loop -- time passes in order
    if (afterMs > 0) await clock.advance(afterMs);
    report.emit(event);
  }
  await report.close();
}
