/** When lines may be those of the next run, as far as whole seconds tell. */
import { describe, expect, it } from 'vitest';
import type { LogContainer } from '../../../src/cluster/log-pod.ts';
import { endOfRun, firstStamp, mayBeOfNext, mayBeOfPod } from '../../../src/logs/stream/doubt.ts';
import { aContainer, at } from './world.ts';

const termination = (finishedAt: string) => ({ reason: 'Error', exitCode: 1, signal: undefined, finishedAt });
const run = { containerId: 'containerd://1', restartCount: 3 };
const [own, last] = [termination('2026-01-01T00:00:01Z'), termination('2026-01-01T00:00:05Z')];
const other = { containerId: 'containerd://2', restartCount: 4, lastTerminated: last };

describe('the end of a run, as a status has it', () => {
  it.each<[string, Partial<LogContainer>, string | undefined]>([
    ['running', { restartCount: 3, lastTerminated: last }, undefined],
    ['over', { restartCount: 3, state: 'terminated', terminated: own, lastTerminated: last }, own.finishedAt],
    ['the next one runs', other, last.finishedAt],
    ['the next one is over', { ...other, state: 'terminated', terminated: own }, last.finishedAt],
    ['further back: it was before that', { ...other, restartCount: 6 }, last.finishedAt],
    ['the next one is over, and another is waited for', { ...other, state: 'waiting', terminated: last }, undefined],
    ['nothing is known of the run in hand', { containerId: undefined }, undefined],
    ['counted anew', { ...other, restartCount: 0 }, undefined],
  ])('%s', (_, container, expected) => expect(endOfRun(aContainer(container), run)).toBe(expected));

  it('is not known of a pod that is gone', () => expect(endOfRun(undefined, run)).toBeUndefined());
});

describe('lines that may be of the next run', () => {
  it.each<[string, string | undefined, boolean]>([
    ['2026-01-01T00:00:04.999999999Z', last.finishedAt, false],
    ['2026-01-01T00:00:05.000000000Z', last.finishedAt, true],
    ['2026-01-01T00:00:06.000000000Z', last.finishedAt, true],
    ['2026-01-01T01:00:04.999999999+01:00', last.finishedAt, false],
    ['2026-01-01T00:00:06.000000000Z', undefined, false],
    ['', undefined, true],
    ['', last.finishedAt, true],
  ])('the first of %s, and an end of %s: %s', (first, end, expected) => expect(mayBeOfNext(first, end)).toBe(expected));

  it('begin with the timestamp of the first', () => {
    expect(firstStamp(Buffer.from(`${at(5000, 'a')}\n${at(6000, 'b')}\n`))).toBe('2026-01-01T00:00:05.000000000Z');
    expect(firstStamp(Buffer.from('no timestamp\n'))).toBe('');
  });
});

describe('a log that may be that of a pod of the same name', () => {
  it.each<[string, string | undefined, string | undefined, boolean]>([
    ['opened later', '2026-01-01T00:00:09Z', '2026-01-01T00:00:05Z', true],
    ['opened within what clocks are apart', '2026-01-01T00:00:03Z', '2026-01-01T00:00:05Z', true],
    ['opened before', '2026-01-01T00:00:02Z', '2026-01-01T00:00:05Z', false],
    ['not opened', undefined, '2026-01-01T00:00:05Z', false],
    ['the pod does not say', '2026-01-01T00:00:09Z', undefined, false],
  ])('%s', (_, openedAt, createdAt, expected) => expect(mayBeOfPod(openedAt, createdAt)).toBe(expected));
});
