/** The runs of a container one after the other: those that nobody saw, and lines that were read as another run's. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import type { LogContainer, LogPod } from '../../src/cluster/log-pod.ts';
import { InterruptedError } from '../../src/errors.ts';
import { rotatedReader } from '../../src/logs/rotated/reader.ts';
import { Node } from './rotated/node.ts';
import { ScriptedCluster, startTail, type Tailing } from './scripted.ts';
import { aContainer, aLogPod, resolved } from './selection/pods.ts';
import { answerWith, textOf } from './stream/kubelet.ts';
import { some } from './stream/world.ts';

const ended = (seconds: number) => ({
  reason: 'Error',
  exitCode: 1,
  signal: undefined,
  finishedAt: `2026-01-01T00:00:0${String(seconds)}Z`,
});

/** The pod with its container at that restart; the run before it ended after so many seconds. */
function at(restartCount: number, endedAt = 9, changes: Partial<LogContainer> = {}): LogPod {
  const containerId = `containerd://app-${String(restartCount + 1)}`;
  const lastTerminated = restartCount === 0 ? undefined : ended(endedAt);
  return aLogPod('web-1', {
    containers: [aContainer('app', { containerId, restartCount, lastTerminated, ...changes })],
  });
}

interface Story {
  readonly scripted: ScriptedCluster;
  readonly run: Tailing;
  readonly say: (pod: LogPod) => Promise<void>;
  readonly write: (lines: readonly string[]) => Promise<void>;
}

/** A log that is read whole is that of the run before. */
async function story(first: readonly LogPod[], before: readonly string[], node?: Node): Promise<Story> {
  const scripted = new ScriptedCluster();
  scripted.first = () => first;
  scripted.answer = (_, { previous, sinceTime = '' }) => {
    if (previous !== true) return undefined;
    return answerWith(Readable.from([Buffer.from(textOf(before.filter((line) => line >= sinceTime)))]));
  };
  const readerBy = node && ((clock: Clock) => rotatedReader({ openNodeLog: node.open, clock }));
  const run = startTail(scripted, await resolved({}), {}, readerBy);
  const settle = async (): Promise<void> => {
    // A look at the node takes its time.
    for (let looks = node ? 4 : 1; looks > 0; looks -= 1) await run.clock.advance(0);
  };
  await settle();
  return {
    scripted,
    run,
    async say(pod) {
      scripted.pods = [pod];
      scripted.watches[0]?.say({ type: 'changed', item: pod });
      await settle();
    },
    async write(lines) {
      scripted.logs.at(-1)?.body.push(Buffer.from(textOf(lines)));
      await settle();
    },
  };
}

async function stop({ run }: Story): Promise<void> {
  run.stop.abort(new InterruptedError('SIGINT'));
  await expect(run.done).rejects.toThrow('SIGINT');
}

const askedOf = ({ scripted }: Story): readonly string[] =>
  scripted.logs.map(({ query: { previous, follow } }) =>
    previous === true ? 'previous' : follow ? 'follow' : 'whole',
  );

/** Without `--rotated`, and with it where the node has rotated nothing away. */
const readings: readonly [string, () => Node | undefined][] = [
  ['', () => undefined],
  [', with rotated files too', () => new Node()],
];

describe('runs that came and went unseen', () => {
  it.each(readings)(
    'the last of them is read before the one in hand; it takes no more than that%s',
    async (_, node) => {
      const tale = await story([at(0)], some(3, 30), node());
      await tale.write(some(2));
      await tale.say(at(2));
      await tale.write(some(3, 60));
      expect(tale.run.lines()).toBe(textOf([...some(2), ...some(3, 30), ...some(3, 60)]));
      expect(tale.run.said.filter((text) => text.startsWith('!'))).toEqual([]);
      await stop(tale);
    },
  );

  it.each(readings)('more than one of them are a gap%s', async (_, node) => {
    const tale = await story([at(0)], some(3, 30), node());
    await tale.say(at(3));
    await tale.write(some(3, 100));
    expect(tale.run.said).toContain('! web-1/app gap');
    expect(tale.run.lines()).toBe(textOf([...some(3, 30), ...some(3, 100)]));
    await stop(tale);
  });

  it.each<[string, readonly LogPod[], readonly string[]]>([
    ['of a pod that is new', [], ['previous', 'follow']],
    ['of one that was there from the start: not', [at(1)], ['follow']],
  ])('%s', async (_, first, expected) => {
    const tale = await story(first, some(3));
    await tale.say(at(1));
    await tale.write(some(3, 60));
    expect(askedOf(tale)).toEqual(expected);
    expect(tale.run.lines()).toBe(textOf([...(expected.length > 1 ? some(3) : []), ...some(3, 60)]));
    await stop(tale);
  });

  it('of a pod that was there, and not wanted: not', async () => {
    const tale = await story([], some(3));
    await stop(tale);
    const scripted = new ScriptedCluster();
    const wanted = await resolved({ ignoreLabels: ['quiet=yes'] });
    scripted.first = () => [{ ...at(1), labels: { quiet: 'yes' } }];
    const run = startTail(scripted, wanted);
    await run.clock.advance(0);
    scripted.watches[0]?.say({ type: 'changed', item: at(1) });
    await run.clock.advance(0);
    expect(scripted.logs.map(({ query }) => query.previous)).toEqual([false]);
    run.stop.abort(new InterruptedError('SIGINT'));
    await expect(run.done).rejects.toThrow('SIGINT');
  });
});

describe('a log that was opened when its run was over', () => {
  it.each(readings)('is gone on with as that of the next run, after what is left of its own%s', async (_, node) => {
    const tale = await story([at(0)], some(3), node());
    await tale.write(some(3, 20));
    await tale.say(at(1, 0));
    expect(askedOf(tale)).toEqual(['follow', 'previous']);
    await tale.run.clock.advance(10_000);
    expect(askedOf(tale)).toEqual(['follow', 'previous', 'previous', 'follow']);
    expect(tale.scripted.logs[3]?.query.sinceTime).toBe('2026-01-01T00:00:00Z');
    await tale.write([...some(3, 20), ...some(2, 23)]);
    expect(tale.run.lines()).toBe(textOf([...some(3, 20), ...some(3), ...some(2, 23)]));
    expect(tale.run.said.filter((text) => text.startsWith('!'))).toEqual([]);
    await stop(tale);
  });

  it('is gone on with, and what was rotated away of its own run is given once', async () => {
    const node = new Node();
    node.folder = 'pods/shop_web-1_uid-of-shop-web-1';
    node.put('0.log.20260101-000000', some(3));
    const tale = await story([at(0)], some(2, 3), node);
    await tale.write(some(3, 20));
    await tale.say(at(1, 0));
    await tale.run.clock.advance(10_000);
    await tale.write([...some(3, 20), ...some(2, 23)]);
    expect(tale.run.lines()).toBe(textOf([...some(3), ...some(3, 20), ...some(2, 3), ...some(2, 23)]));
    await stop(tale);
  });

  it('and read to its end is looked at again when the next run is seen', async () => {
    const over = at(0, 9, { state: 'terminated', terminated: ended(0) });
    const tale = await story([over], some(3));
    await tale.write(some(2, 20));
    tale.scripted.logs[0]?.body.push(null);
    await tale.run.clock.advance(0);
    expect(tale.run.said.at(-1)).toBe('- web-1/app ended');
    await tale.say(at(1, 0));
    await tale.run.clock.advance(10_000);
    await tale.write([...some(2, 20), ...some(2, 22)]);
    expect(tale.run.lines()).toBe(textOf([...some(2, 20), ...some(3), ...some(2, 22)]));
    await stop(tale);
  });

  it('more than one of a pod that is news are told of, and not read: it may only be called otherwise now', async () => {
    const tale = await story([], some(5));
    await tale.say(at(2));
    expect(tale.run.said).toEqual(['+ web-1/app', '! web-1/app earlier-runs']);
    expect(askedOf(tale)).toEqual(['follow']);
    // From here on all is seen.
    await tale.say(at(3));
    expect(tale.run.said.filter((word) => word.endsWith('earlier-runs'))).toHaveLength(1);
    await stop(tale);
  });

  it('of a pod that was there from the start are not told of', async () => {
    const tale = await story([at(7)], some(5));
    expect(tale.run.said).toEqual(['+ web-1/app']);
    await stop(tale);
  });

  it('no word is asked for a run that surely was read', async () => {
    const tale = await story([at(0)], some(5));
    await tale.write(some(5));
    await tale.say(at(1, 5));
    expect(askedOf(tale)).toEqual(['follow', 'follow']);
    await stop(tale);
  });
});
