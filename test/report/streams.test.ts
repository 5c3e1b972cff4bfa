/** Streams that are slow, closed or broken, and reports that never throw over them. */
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSink } from '../../src/report/sink.ts';
import { anyEvent } from './any-event.ts';
import { MemoryStream } from './memory-stream.ts';
import { onTerminal, piped, play } from './report-world.ts';
import { started, timedOut } from './sample-run.ts';

/** Takes one write at a time, when told to. */
class SlowStream extends Writable {
  text = '';
  #done: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 4 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.#done = done;
  }

  async take(): Promise<void> {
    const done = this.#done;
    this.#done = undefined;
    done?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class FailingStream extends Writable {
  readonly #code: string;
  writes = 0;

  constructor(code: string) {
    super();
    this.#code = code;
  }

  override _write(_chunk: Buffer, _encoding: string, done: (error: Error) => void): void {
    this.writes += 1;
    done(Object.assign(new Error(`write ${this.#code}`), { code: this.#code }));
  }
}

describe('createSink', () => {
  it('does not overrun a slow reader, and loses nothing', async () => {
    const stream = new SlowStream();
    const sink = createSink(stream);
    for (const text of ['first\n', 'second\n', 'third\n']) sink.write(text);
    expect(sink.busy).toBe(true);
    expect(stream.writableLength).toBe('first\n'.length);
    let flushed = false;
    const flush = sink.flush().then(() => (flushed = true));
    await stream.take();
    expect(stream.text).toBe('first\nsecond\nthird\n');
    expect(flushed).toBe(false);
    await stream.take();
    await stream.take();
    await flush;
    expect(sink.busy).toBe(false);
  });

  it('stops at the first error, tells about it once and flushes at once', async () => {
    const stream = new FailingStream('EPIPE');
    let closed = 0;
    const sink = createSink(stream, () => (closed += 1));
    sink.write('a');
    await sink.flush();
    sink.write('b');
    await sink.flush();
    expect([stream.writes, closed, sink.failure?.code]).toEqual([1, 1, 'EPIPE']);
  });

  it('does not write to a stream that was closed by others', async () => {
    const stream = new MemoryStream();
    const sink = createSink(stream);
    stream.end();
    sink.write('late');
    await sink.flush();
    expect([stream.text, sink.failure?.code]).toEqual(['', 'EPIPE']);
  });
});

describe('createReport', () => {
  it('goes on when the reader of stdout has left, and says nothing about it', async () => {
    const stdout = new FailingStream('EPIPE');
    const world = piped({ stdout });
    await play(world, timedOut);
    expect(stdout.writes).toBe(1);
    expect(world.report.stdoutFailure?.code).toBe('EPIPE');
    expect(world.stderr.text).not.toContain('could not write');
  });

  it('says when what was asked for could not be written', async () => {
    const world = piped({ stdout: new FailingStream('ENOSPC') });
    await play(world, timedOut);
    expect(world.stderr.text).toContain('error: could not write to standard output: write ENOSPC\n');
    expect(world.report.stdoutFailure?.code).toBe('ENOSPC');
  });

  it('waits in close for a slow reader', async () => {
    const stderr = new SlowStream();
    const { report } = piped({ stderr });
    report.emit(started);
    report.emit({ type: 'warning', message: 'last words' });
    let closed = false;
    const close = report.close().then(() => (closed = true));
    await stderr.take();
    expect(closed).toBe(false);
    for (let at = 0; at < 4; at += 1) {
      // eslint-disable-next-line no-await-in-loop -- one write after the other
      await stderr.take();
    }
    await close;
    expect(stderr.text).toMatch(/warning: last words\n$/);
  });

  it('lets a terminal that is behind miss pictures, not lines', async () => {
    const stderr = Object.assign(new SlowStream(), { isTTY: true });
    const { report, clock } = onTerminal({ stderr });
    report.emit(started);
    report.emit({ type: 'node.draining', node: 'n1', pods: 1 });
    report.emit({ type: 'warning', message: 'kept' });
    await clock.advance(60_000);
    expect(stderr.writableLength).toBeLessThan(200);
    const close = report.close();
    for (let at = 0; at < 6; at += 1) {
      // eslint-disable-next-line no-await-in-loop -- one write after the other
      await stderr.take();
    }
    await close;
    expect(stderr.text).toContain('warning: kept\n');
  });

  it.each(['live', 'plain', 'quiet'] as const)(
    'never throws and never lets a control character through (%s)',
    async (progress) => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyEvent, { maxLength: 25 }), async (events) => {
          // The screen throws at any control character that is not ours.
          const world = onTerminal({ progress }, 10, 60);
          for (const event of events) world.report.emit(event);
          await world.clock.advance(1000);
          await world.report.close();
          expect(world.clock.waiting).toBe(0);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('colours only where asked, and says the same without', async () => {
    const plain = piped();
    await play(plain, timedOut);
    const colored = piped({ color: 'always' });
    await play(colored, timedOut);
    const uncolored = stripVTControlCharacters(colored.stderr.text);
    expect(colored.stderr.text).toContain('\u001B[');
    expect(uncolored).toBe(plain.stderr.text);
    expect(plain.stderr.text + plain.stdout.text).not.toContain('\u001B');
  });
});
