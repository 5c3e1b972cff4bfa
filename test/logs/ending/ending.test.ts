/** How a tail ends by itself, and what is printed until then. */
import { describe, expect, it } from 'vitest';
import { Ending, failureOf, newsOf } from '../../../src/logs/ending/ending.ts';
import { watchForSilence } from '../../../src/logs/ending/idle.ts';
import type { Pipeline } from '../../../src/logs/pipeline.ts';
import { FakeClock } from '../../support/clock.ts';
import { aSource } from '../../support/log-source.ts';

const source = aSource({ namespace: 'default' });

const pipeline: Pipeline = {
  printerFor: () => (block) => block.toString('latin1'),
  look: { colors: undefined, diffContainer: false, showNamespace: false, showContext: false },
};

const findEnd = () => (block: Buffer) => {
  const at = block.indexOf('end\n');
  return at < 0 ? undefined : ({ kind: 'match', bytes: at + 4 } as const);
};

describe('Ending', () => {
  it('prints the line and all before it, and nothing after, from nobody', () => {
    const ending = new Ending({ clock: new FakeClock(), idleTimeoutMs: undefined, findEnd });
    const watched = ending.watched(pipeline);
    const [one, other] = [watched.printerFor(source), watched.printerFor({ ...source, pod: 'web-2' })];
    expect(one(Buffer.from('a\nb\n'))).toBe('a\nb\n');
    expect(ending.end).toBeUndefined();
    expect(one(Buffer.from('c\nend\nd\n'))).toBe('c\nend\n');
    expect(ending.end).toEqual({ kind: 'match', source });
    expect(ending.signal.aborted).toBe(true);
    expect([one(Buffer.from('e\n')), other(Buffer.from('f\n'))]).toEqual(['', '']);
  });

  it('leaves printers and writers alone where nothing can end', () => {
    const ending = new Ending({ clock: new FakeClock(), idleTimeoutMs: undefined, findEnd: undefined });
    const writer = { write: () => undefined, failure: undefined, flush: () => Promise.resolve() };
    expect(ending.watched(pipeline)).toBe(pipeline);
    expect(ending.watchedWriter(writer)).toBe(writer);
  });

  it('where lines are sorted, ends when the line is written, with those that came before it', () => {
    const ending = new Ending({ clock: new FakeClock(), idleTimeoutMs: undefined, findEnd, sorted: true });
    const watched = ending.watched(pipeline);
    let written = '';
    const writer = ending.watchedWriter({
      write: (bytes) => void (written += bytes),
      failure: undefined,
      flush: () => Promise.resolve(),
    });
    const [one, other] = [watched.printerFor(source), watched.printerFor({ ...source, pod: 'web-2' })];
    const [first, end, late] = [one(Buffer.from('a\n')), one(Buffer.from('end\n')), one(Buffer.from('c\n'))];
    const earlier = other(Buffer.from('b\n'));
    const another = other(Buffer.from('end\n'));
    expect([late, ending.end]).toEqual(['', undefined]);
    void writer.write(first + earlier);
    expect(ending.end).toBeUndefined();
    void writer.write(`${end}${another}d\n`);
    expect(ending.end).toEqual({ kind: 'match', source });
    void writer.write('e\n');
    expect(written).toBe('a\nb\nend\n');
  });

  it('the first end counts', () => {
    const ending = new Ending({ clock: new FakeClock(), idleTimeoutMs: undefined, findEnd: undefined });
    ending.finish({ kind: 'gap', source });
    ending.finish({ kind: 'match', source });
    expect(ending.end?.kind).toBe('gap');
  });

  it('ends in silence, counted from the last line of any log', async () => {
    const clock = new FakeClock();
    const ending = new Ending({ clock, idleTimeoutMs: 10_000, findEnd: undefined });
    const print = ending.watched(pipeline).printerFor(source);
    for (let line = 0; line < 5; line += 1) {
      await clock.advance(9_000);
      print(Buffer.from('a\n'));
    }
    await clock.advance(9_999);
    expect(ending.end).toBeUndefined();
    await clock.advance(1);
    expect(ending.end).toEqual({ kind: 'idle', idleMs: 10_000 });
    expect(clock.waiting).toBe(0);
  });

  it('a reader that is behind is no silence', async () => {
    const clock = new FakeClock();
    const ending = new Ending({ clock, idleTimeoutMs: 10_000, findEnd: undefined });
    let release = (): void => {};
    const behind = new Promise<void>((resolve) => (release = resolve));
    const writer = ending.watchedWriter({ write: () => behind, failure: undefined, flush: () => Promise.resolve() });
    expect(writer.write('a\n')).toBe(behind);
    await clock.advance(60_000);
    expect(ending.end).toBeUndefined();
    release();
    await clock.advance(9_999);
    expect(ending.end).toBeUndefined();
    await clock.advance(1);
    expect(ending.end?.kind).toBe('idle');
  });

  it('a run that is over leaves no timer', () => {
    const clock = new FakeClock();
    new Ending({ clock, idleTimeoutMs: 10_000, findEnd: undefined }).stop();
    expect(clock.waiting).toBe(0);
  });
});

describe('watchForSilence', () => {
  it('sets a timer for the silence, not for each line', async () => {
    const clock = new FakeClock();
    let timers = 0;
    const counting = {
      monotonic: () => clock.monotonic(),
      now: () => clock.now(),
      sleep: (ms: number) => clock.sleep(ms),
      after: (ms: number, callback: () => void) => {
        timers += 1;
        return clock.after(ms, callback);
      },
    };
    const watch = watchForSilence(counting, 1_000, () => {});
    for (let line = 0; line < 1_000; line += 1) watch.heard();
    await clock.advance(500);
    for (let line = 0; line < 1_000; line += 1) watch.heard();
    await clock.advance(800);
    expect(timers).toBe(2);
    watch.stop();
  });
});

describe('what is said', () => {
  it.each([
    [90_000, '1m30s'],
    [1_500, '1.5s'],
    [3_600_000, '1h'],
    [250, '0.25s'],
  ])('of %d ms of silence', (idleMs, text) => {
    expect(newsOf({ kind: 'idle', idleMs })).toBe(
      `no line came from any container for ${text} (--idle-timeout): the tail ends`,
    );
    expect(failureOf({ kind: 'idle', idleMs })).toBeUndefined();
  });

  it('names pod and container of a failure, which ends with 1', () => {
    expect(failureOf({ kind: 'failure', source })).toMatchObject({
      code: 'logs.fail-on',
      exitCode: 1,
      message: /^default\/web-1, container app: /,
      hint: 'see what came before it: kmaint logs pod/web-1 -n default --containers app --tail 100',
    });
    expect(failureOf({ kind: 'gap', source: { ...source, context: 'prod' } })).toMatchObject({
      code: 'logs.gap',
      exitCode: 1,
      message: /^prod: default\/web-1, container app: /,
    });
    expect([failureOf({ kind: 'match', source }), newsOf({ kind: 'match', source })]).toEqual([undefined, undefined]);
  });
});
