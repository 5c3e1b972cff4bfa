/** How much of a node's course is behind it, by what the journal says. */
import { describe, expect, it } from 'vitest';
import { begunOn, executedOn, fencingOn, isReturned, openStampsOf } from '../../src/drain/resume-past.ts';
import type { ResumeNode } from '../../src/drain/resume-state.ts';
import type { JournalStep } from '../../src/journal/journal.ts';

const hold: JournalStep = { kind: 'hold', wasCordoned: false };
const drain: JournalStep = { kind: 'drain' };
const exec = (bootID = 'b1'): JournalStep => ({ kind: 'exec', bootID });
const release: JournalStep = { kind: 'release' };
const uncordon: JournalStep = { kind: 'uncordon' };
const past = (doneSteps: readonly JournalStep[], openSteps: readonly JournalStep[] = []): ResumeNode => ({
  uid: 'u',
  wasCordoned: false,
  doneSteps,
  openSteps,
});
const course = [hold, drain, exec(), release, uncordon];

describe('a node was returned to service', () => {
  it.each<[string, ResumeNode | undefined, boolean, boolean]>([
    ['after its whole course', past(course), true, true],
    ['after a course without a program', past([hold, drain, release, uncordon]), false, true],
    ['after a second try', past([hold, drain, release, hold, drain, exec(), release, uncordon], [drain]), true, true],
    ['after a program of an earlier try', past([hold, drain, exec(), release, hold, drain, uncordon]), true, true],
    ['not when nothing is known of it', undefined, true, false],
    ['not when it was never begun', past([]), false, false],
    ['not before its uncordon is known to be done', past([hold, drain, exec(), release], [uncordon]), true, false],
    ['not when its program never ended', past([hold, drain, release, uncordon], [exec()]), true, false],
    ['not when its drain failed and its cordon was undone', past([hold, release, uncordon], [drain]), false, false],
    [
      'not when a later drain failed and its cordon was undone',
      past([hold, drain, release, hold, release, uncordon], [drain]),
      false,
      false,
    ],
    ['not when it was taken again since', past([...course, hold]), true, false],
    ['not when it may have been taken again since', past(course, [hold]), true, false],
  ])('%s', (_, node, hasProgram, returned) => {
    expect(isReturned(node, hasProgram)).toBe(returned);
  });
});

describe('the program of a node', () => {
  it('that ended is known by its last time', () => {
    expect(executedOn(past([exec('b1'), exec('b2')]))).toEqual(exec('b2'));
    expect(begunOn(past([exec('b1')], [exec('b2')]))).toBeUndefined();
  });

  it('that had begun is known, and only where none ended', () => {
    expect(begunOn(past([drain], [exec('b1'), exec('b2')]))).toEqual(exec('b2'));
    expect(executedOn(past([drain], [exec()]))).toBeUndefined();
    expect(begunOn(undefined)).toBeUndefined();
  });
});

it('what may be under way: fencing, and restarts by their stamps', () => {
  const fence: JournalStep = { kind: 'fence', by: '/opt/fence' };
  const surge = (stamp: string): JournalStep => ({ kind: 'surge', namespace: 'shop', name: 'web', stamp });
  expect(fencingOn(past([], [fence]))).toBe('/opt/fence');
  expect(fencingOn(past([fence]))).toBeUndefined();
  expect([...openStampsOf(past([surge('ended')], [surge('a'), surge('b')]))]).toEqual(['a', 'b']);
  expect(openStampsOf(undefined).size).toBe(0);
});
