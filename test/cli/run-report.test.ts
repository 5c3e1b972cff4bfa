/** run.started comes first, warnings that were early follow it, and warnings can make the run fail. */
import { describe, expect, it } from 'vitest';
import { runReport } from '../../src/cli/run-report.ts';
import type { Event } from '../../src/report/events.ts';

const started: Event = {
  type: 'run.started',
  verb: 'cordon',
  identity: { context: 'c', server: 's', user: 'u' },
  dryRun: 'none',
};
const finished = (exitCode: number): Event => ({
  type: 'run.finished',
  verb: 'cordon',
  outcome: exitCode === 0 ? 'done' : 'refused',
  exitCode,
  undo: [],
  resume: [],
});
const warning = (message: string): Event => ({ type: 'warning', message });

function recorded(warningsAsErrors = false): { events: Event[]; report: ReturnType<typeof runReport> } {
  const events: Event[] = [];
  return { events, report: runReport({ emit: (event) => events.push(event) }, { warningsAsErrors }) };
}

describe('runReport', () => {
  it('holds early warnings back until the run has started', () => {
    const { events, report } = recorded();
    report.emit(warning('early'));
    expect(events).toEqual([]);
    report.emit(started);
    report.emit(warning('late'));
    report.emit(finished(0));
    expect(events).toEqual([started, warning('early'), warning('late'), finished(0)]);
    expect(report.exitCode).toBe(0);
  });

  it('shows them also when the run never started', () => {
    const { events, report } = recorded();
    report.emit(warning('early'));
    report.emit(finished(3));
    expect(events).toEqual([warning('early'), finished(3)]);
    const other = recorded();
    other.report.emit(warning('early'));
    other.report.release();
    expect(other.events).toEqual([warning('early')]);
    expect(other.report.exitCode).toBeUndefined();
  });

  it.each([
    [true, 1, 0, 1],
    [true, 0, 0, 0],
    [false, 1, 0, 0],
    [true, 1, 3, 3],
  ])('as errors %s, %d warnings, exit code %d becomes %d', (asErrors, count, before, after) => {
    const { events, report } = recorded(asErrors);
    report.emit(started);
    for (let sent = 0; sent < count; sent += 1) report.serverWarning('deprecated');
    report.emit(finished(before));
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', exitCode: after });
    expect(report.exitCode).toBe(after);
  });

  it('does not take a warning of the kubeconfig for one of the server', () => {
    const { report } = recorded(true);
    report.emit(started);
    report.emit(warning('from the kubeconfig'));
    report.emit(finished(0));
    expect(report.exitCode).toBe(0);
  });
});
