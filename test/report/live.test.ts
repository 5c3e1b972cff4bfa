/** The live view: fits its window, never eats a line that should stay, never floods. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Event } from '../../src/report/events.ts';
import { anyEvent } from './any-event.ts';
import { onTerminal, piped, play } from './report-world.ts';
import {
  blocked,
  decision,
  drainPlan,
  evicting,
  gone,
  identity,
  nodePlan,
  plan,
  started,
  timedOut,
  web1,
  web2,
} from './sample-run.ts';

const draining: Event = { type: 'node.draining', node: 'n1', pods: 3 };
const finished: Event = { type: 'run.finished', verb: 'drain', outcome: 'done', exitCode: 0, undo: [], resume: [] };

describe('live', () => {
  it('shows the worst first, with ages and the time of the next try', async () => {
    const { report, screen, clock } = onTerminal();
    for (const event of [started, { type: 'drain.planned', plan, asks: false } as Event, draining]) report.emit(event);
    report.emit(evicting(web2));
    report.emit(blocked(web1, 2, 2));
    await clock.advance(2100);
    expect(screen.lines.slice(-4)).toEqual([
      'node/n1 draining for 2s: 0 of 3 pods gone, 1 blocked, 2 terminating',
      '  BLOCKED       shop/web-1      2s   budget shop/web needs 2 healthy pods and has 2; retry in 3s',
      '  TERMINATING   shop/db-0       2s',
      '  TERMINATING   shop/web-2      2s   grace period ends in 28s',
    ]);
    await report.close();
  });

  it('leaves the permanent lines of a whole run on the screen, and nothing of the block', async () => {
    const world = onTerminal();
    await play(world, timedOut);
    await expect(`${world.screen.lines.join('\n')}\n`).toMatchFileSnapshot(
      '../../fixtures/output/report-live-timeout.txt',
    );
    expect(world.screen.cursorColumn).toBe(0);
    expect(world.clock.waiting).toBe(0);
    expect(world.stdout.text).toContain('pod shop/web-2 evicted\n');
  });

  it('shows the same permanent lines as plain, less the steps', async () => {
    const live = onTerminal({}, 24, 200);
    await play(live, timedOut);
    const plain = onTerminal({ progress: 'plain' }, 24, 200);
    await play(plain, timedOut);
    const steps = / (draining:|evicting$|blocked:)| left on /;
    expect(live.screen.lines).toEqual(plain.screen.lines.filter((line) => !steps.test(line)));
  });

  it('draws at most ten times a second, whatever happens', async () => {
    const { report, stderr, clock } = onTerminal();
    report.emit(started);
    report.emit(draining);
    const before = stderr.writes.length;
    for (let at = 0; at < 200; at += 1) {
      report.emit(gone({ namespace: 'shop', name: `p${at}`, uid: `${at}` }));
      report.emit(blocked({ ...web1, uid: `b${at}` }, 2, at));
      // eslint-disable-next-line no-await-in-loop -- time passes in order
      await clock.advance(5);
    }
    // Results go to stdout between taking the block away and drawing it again: two writes a picture.
    const pictures = stderr.writes.slice(before).filter((text) => text.includes('draining for'));
    expect(pictures.length).toBeGreaterThan(5);
    expect(pictures.length).toBeLessThanOrEqual(11);
    expect(stderr.writes.length - before).toBeLessThanOrEqual(22);
    await report.close();
  });

  it('sends each picture as one synchronized update and never hides the cursor', async () => {
    const { report, stderr, screen, clock } = onTerminal();
    report.emit(started);
    report.emit(draining);
    report.emit({ type: 'warning', message: 'kept' });
    await clock.advance(5000);
    const updates = stderr.writes.filter((text) => text.includes('\u001B[?2026h'));
    expect(updates.length).toBeGreaterThan(4);
    for (const text of updates) {
      expect(text.startsWith('\u001B[?2026h') && text.endsWith('\u001B[?2026l')).toBe(true);
    }
    expect(screen.updating).toBe(false);
    expect(stderr.text).not.toContain('?25l');
    await report.close();
  });

  it('never exceeds the window nor loses a line that stays, for any events, text and window', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(anyEvent, fc.constantFrom(0, 0, 40, 1500)), { maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 60 }),
        async (steps, rows, columns) => {
          // Wide enough for permanent lines, which terminals fold themselves; the block has to keep to its own size.
          const world = onTerminal({}, rows, 100_000);
          Object.defineProperty(world.stderr, 'columns', { value: columns });
          for (const [event, afterMs] of steps) {
            world.report.emit(event);
            // eslint-disable-next-line no-await-in-loop -- time passes in order
            if (afterMs > 0) await world.clock.advance(afterMs);
            expectBlocksToFit(world.stderr.writes, rows);
          }
          await world.report.close();
          const other = onTerminal({ progress: 'plain', verbosity: 0 }, rows, 100_000);
          for (const [event, afterMs] of steps) {
            other.report.emit(event);
            // eslint-disable-next-line no-await-in-loop -- time passes in order
            if (afterMs > 0) await other.clock.advance(afterMs);
          }
          await other.report.close();
          const steps_ = / (draining: |evicting$|deleting$|blocked: |waits:|wave -?\d+ of | left on )/;
          const permanent = other.screen.lines.filter((line) => !steps_.test(line) && !line.startsWith('  '));
          // As a subsequence: nothing that stays was overwritten.
          const seen = world.screen.lines;
          let from = 0;
          for (const line of permanent) {
            const at = seen.indexOf(line, from);
            expect(at, `${JSON.stringify(line)} is missing in ${JSON.stringify(seen)}`).toBeGreaterThanOrEqual(0);
            from = at + 1;
          }
          expect(world.screen.overshoots).toBe(0);
          expect(world.clock.waiting).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leaves a block standing that no longer fits a resized window, and draws anew when the dragging ends', async () => {
    const { report, screen, stderr, clock } = onTerminal({}, 24, 100);
    report.emit(started);
    report.emit(draining);
    report.emit(blocked(web1, 2, 2));
    await clock.advance(1000);
    const before = screen.lines;
    for (const columns of [90, 70, 50]) stderr.resize(24, columns);
    expect(screen.lines).toEqual(before);
    await clock.advance(250);
    expect(screen.lines.slice(0, before.length)).toEqual(before);
    expect(screen.lines.slice(before.length)).toHaveLength(2);
    expect(screen.lines.slice(before.length).every((line) => line.length < 50)).toBe(true);
    expect(stderr.listenerCount('resize')).toBe(1);
    await report.close();
    expect(stderr.listenerCount('resize')).toBe(0);
  });

  it('names how many more there are when the window is too small', async () => {
    const { report, screen } = onTerminal({}, 5, 60);
    report.emit(started);
    report.emit(draining);
    for (let at = 0; at < 10; at += 1) report.emit(blocked({ ...web1, name: `p${at}`, uid: `${at}` }, 2, 2));
    await report.close();
    const screenAgain = onTerminal({}, 5, 60);
    const pods = Array.from({ length: 10 }, (_, at) =>
      decision({ ...web1, name: `p${at}`, uid: `${at}` }, { action: 'wait' }),
    );
    screenAgain.report.emit({ type: 'run.started', verb: 'drain', identity, dryRun: 'none' });
    screenAgain.report.emit({ type: 'drain.planned', plan: drainPlan([nodePlan(pods)]), asks: false });
    screenAgain.report.emit({ type: 'node.draining', node: 'n1', pods: 10 });
    expect(screenAgain.screen.lines.slice(-4)).toEqual([
      'n1 0/10, 10 terminating',
      '  TERMINATING shop/p0 0s',
      '  TERMINATING shop/p1 0s',
      '  ... and 8 more pods: 8 terminating',
    ]);
    await screenAgain.report.close();
    expect(screen.overshoots).toBe(0);
  });

  it('writes out the plan before the report returns to the caller, so that a prompt comes after it', () => {
    const { report, screen } = onTerminal();
    report.emit(started);
    report.emit({ type: 'drain.planned', plan, asks: false });
    expect(screen.lines.some((line) => line.includes('shop/web-1'))).toBe(true);
  });

  it('keeps results out of the block when stdout goes elsewhere', async () => {
    const out = piped().stdout;
    const { report, screen, clock } = onTerminal({ progress: 'live', stdout: out });
    report.emit(started);
    report.emit(draining);
    report.emit(gone(web1));
    await clock.advance(1000);
    expect(out.text).toBe('pod shop/web-1 gone\n');
    expect(screen.lines.join('\n')).toContain('1 of 3 pods gone');
    expect(screen.lines.join('\n')).not.toContain('web-1 gone');
    await report.close();
  });
});

describe('the spinner', () => {
  it('turns while the plan is read, and leaves no trace', async () => {
    const { report, screen, stderr, clock } = onTerminal();
    report.emit(started);
    await clock.advance(300);
    await vi.waitFor(() => expect(stderr.text).toContain('reading nodes, pods and budgets'));
    report.emit({ type: 'node.cordoned', node: 'n1', changed: true, dryRun: 'none' });
    expect(screen.lines).toEqual(['context prod, server https://10.0.0.1:6443, user admin', 'node/n1 cordoned']);
    expect(stderr.text).not.toContain('?25l');
    report.emit(finished);
    await report.close();
  });

  it('is not even loaded where the plan comes soon', async () => {
    const { report, stderr, clock } = onTerminal();
    report.emit(started);
    await clock.advance(299);
    report.emit({ type: 'drain.planned', plan, asks: false });
    await clock.advance(5000);
    expect(stderr.text).not.toContain('reading');
    expect(clock.waiting).toBe(0);
  });
});

/** Each picture is as high as the way up that takes it away; how wide it may be is the board's own test. */
function expectBlocksToFit(writes: readonly string[], rows: number): void {
  for (const text of writes) {
    for (const [, height] of text.matchAll(upward)) expect(Number(height)).toBeLessThan(Math.max(2, rows));
  }
}

const escape = '\u001B';
const upward = new RegExp(`${escape}\\[(\\d+)A`, 'g');
