import { describe, expect, it } from 'vitest';
import type { LogContainer } from '../../../src/cluster/log-pod.ts';
import { ClusterError } from '../../../src/errors.ts';
import { isHopeless, mayHeal } from '../../../src/logs/stream/failure.ts';
import { nextRead, type NextRead, type Run } from '../../../src/logs/stream/next-read.ts';
import { failuresAfter, pauseMs } from '../../../src/logs/stream/pause.ts';
import { queryOf, type AskedLog, type ReadPoint } from '../../../src/logs/stream/query.ts';
import type { ContainerStreamRequest } from '../../../src/logs/stream/follow.ts';
import { aContainer, aRequest } from './world.ts';

describe('what is read next', () => {
  const ours: Run = { containerId: 'containerd://1', restartCount: 0 };
  const next = { containerId: 'containerd://2', restartCount: 1 };
  it.each<[string, LogContainer | undefined, Run, NextRead]>([
    ['it runs', aContainer(), ours, 'follow'],
    ['it has ended', aContainer({ state: 'terminated' }), ours, 'whole'],
    ['it waits for its next run', aContainer({ state: 'waiting' }), ours, 'whole'],
    [
      'it has not run yet',
      aContainer({ state: 'waiting', containerId: undefined }),
      { ...ours, containerId: '' },
      'follow',
    ],
    ['its status is not there', aContainer({ state: 'waiting', containerId: undefined }), ours, 'follow'],
    ['any run will do', aContainer({ containerId: 'containerd://9' }), { ...ours, containerId: '' }, 'follow'],
    ['the next run has begun', aContainer(next), ours, 'previous'],
    ['the next run has ended as well', aContainer({ ...next, state: 'terminated' }), ours, 'previous'],
    ['the run after the next has begun', aContainer({ ...next, restartCount: 2 }), ours, 'replaced'],
    ['ours was never seen', aContainer(next), { ...ours, restartCount: undefined }, 'replaced'],
    ['the pod is gone', undefined, ours, 'gone'],
  ])('%s', (_, container, run, read) => {
    expect(nextRead(container, run)).toBe(read);
  });
});

describe('what is asked', () => {
  const first: ReadPoint = {
    follow: true,
    previous: false,
    cursor: undefined,
    pastIsDone: false,
    openedAt: undefined,
    waitedMs: 0,
  };
  const again: ReadPoint = { ...first, pastIsDone: true, openedAt: '2026-01-01T00:00:30Z', waitedMs: 7001 };
  const refused: ReadPoint = { ...first, waitedMs: 7001 };
  const cursor = { sinceTime: '2026-01-01T00:01:00Z', lines: ['x'], latest: 'x', last: 'x' };
  it.each<[string, Partial<ContainerStreamRequest>, ReadPoint, Partial<AskedLog>]>([
    ['at first all', {}, first, {}],
    ['at first the last seconds', { since: { seconds: 5 }, limitBytes: 9 }, first, { sinceSeconds: 5, limitBytes: 9 }],
    [
      'at first from a time on',
      { since: { time: '2026-01-01T00:00:00Z' } },
      first,
      { sinceTime: '2026-01-01T00:00:00Z' },
    ],
    ['at first a tail', { tailLines: 7 }, first, { tailLines: 7 }],
    ['at first none', { tailLines: 0 }, first, { tailLines: 0 }],
    [
      'from the cursor on',
      { tailLines: 7, limitBytes: 9, since: { seconds: 5 } },
      { ...again, cursor },
      { sinceTime: cursor.sinceTime },
    ],
    [
      'not from before the time',
      { since: { time: '2026-01-01T00:01:01Z' } },
      { ...again, cursor },
      { sinceTime: '2026-01-01T00:01:01Z' },
    ],
    ['after a quiet while no tail', { tailLines: 7 }, again, {}],
    ['after a tail of none what came since', { tailLines: 0 }, again, { sinceTime: '2026-01-01T00:00:30Z' }],
    [
      'after a tail of none without a date what came since',
      { tailLines: 0 },
      { ...again, openedAt: undefined },
      { sinceSeconds: 8 },
    ],
    ['refused, after a tail of none what came since', { tailLines: 0 }, refused, { sinceSeconds: 8 }],
    [
      'refused, after a tail of none of the last seconds too',
      { tailLines: 0, since: { seconds: 5 } },
      refused,
      { sinceSeconds: 8 },
    ],
    [
      'refused, after a tail of none from a time on the same',
      { tailLines: 0, since: { time: '2026-01-01T00:00:00Z' } },
      refused,
      { tailLines: 0, sinceTime: '2026-01-01T00:00:00Z' },
    ],
    ['refused, the last seconds and those since', { since: { seconds: 5 } }, refused, { sinceSeconds: 13 }],
    ['refused, a tail', { tailLines: 7 }, refused, { tailLines: 7 }],
    [
      'one of the streams',
      { stream: 'Stderr' },
      { ...again, cursor },
      { stream: 'Stderr', sinceTime: cursor.sinceTime },
    ],
    ['the previous run', {}, { ...first, follow: false, previous: true }, { follow: false, previous: true }],
  ])('%s', (_, request, point, asked) => {
    const shared = { follow: true, previous: false, insecureSkipTlsVerifyBackend: false };
    const defined = Object.entries(queryOf({ ...aRequest, ...request }, point)).filter(
      ([, value]) => value !== undefined,
    );
    expect(Object.fromEntries(defined)).toEqual({ ...shared, ...asked });
  });
});

describe('pauses', () => {
  it('grow from none to 20 s', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((failures) => pauseMs(failures, () => 0.5));
    expect(pauses).toEqual([0, 250, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
  });

  it('differ by a fifth either way, below 20 s', () => {
    const pauses = [3, 9].flatMap((failures) => [pauseMs(failures, () => 0), pauseMs(failures, () => 1)]);
    expect(pauses.map(Math.round)).toEqual([800, 1200, 16_000, 20_000]);
  });

  it.each([
    ['refused at once', 5, 0, false, 6],
    ['with a new line', 5, 0, true, 2],
    ['with a new line, for the first time', 0, 0, true, 1],
    ['after a while', 5, 5_000, false, 2],
    ['after a long while', 5, 30_000, false, 1],
  ])('count failures: %s', (_, before, livedMs, fresh, failures) => {
    expect(failuresAfter(before, livedMs, fresh)).toBe(failures);
  });
});

describe('giving up', () => {
  it.each([
    ['a followed log', 1000, 'follow', true, false],
    ['a log that is only read', 4, 'whole', false, false],
    ['a log that is only read', 5, 'whole', false, true],
    ['the last lines of a followed one', 11, 'whole', true, false],
    ['the last lines of a followed one', 12, 'previous', true, true],
  ] as const)('%s after %d failures', (_, failures, read, follow, hopeless) => {
    expect(isHopeless(failures, read, follow)).toBe(hopeless);
  });

  it.each([
    ['cluster.unauthorized', true, 0, true],
    ['cluster.unauthorized', true, 8, false],
    ['cluster.unauthorized', false, 0, false],
    ['cluster.credentials', true, 0, true],
    ['cluster.forbidden', true, 7, true],
    ['cluster.forbidden', false, 0, false],
    ['cluster.invalid', true, 0, false],
  ] as const)('%s, attached before: %j, after %d failures', (code, attached, failures, heals) => {
    expect(mayHeal(new ClusterError('no', { code }), attached, failures)).toBe(heals);
  });
});
