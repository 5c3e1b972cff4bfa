/** `kmaint logs` run within a test, from its words to its bytes, against a server of the test. */
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, expect } from 'vitest';
import { realClock, type Clock } from '../../src/clock.ts';
import type { Connection } from '../../src/cluster/connection.ts';
import { openLogCluster } from '../../src/cluster/log-cluster.ts';
import { InterruptedError } from '../../src/errors.ts';
import { runLogs } from '../../src/logs/run.ts';
import { connectionTo } from '../door/connection.ts';
import { optionsOf } from '../logs/options-of.ts';
import { waitFor } from './api.ts';
import { LogApi } from './log-api.ts';

export interface LogRun {
  /** The exit code. */
  readonly done: Promise<number>;
  readonly bytes: () => Buffer;
  readonly out: () => string;
  readonly err: () => string;
  readonly interrupt: () => void;
}

export interface LogRunOptions {
  readonly clock?: Clock;
  readonly credentials?: Connection['credentials'];
  readonly color?: 'always' | 'never';
}

/** Begins at once. */
export function runLogsOn(url: string, words: readonly string[], options: LogRunOptions = {}): LogRun {
  const { clock = realClock, credentials, color = 'never' } = options;
  const { options: asked, problems } = optionsOf(...words);
  expect(problems).toEqual([]);
  const written = { out: [] as Buffer[], err: [] as Buffer[] };
  const sink = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk: Buffer, _, done) {
        written[name].push(Buffer.from(chunk));
        done();
      },
    });
  const stop = new AbortController();
  const connection = connectionTo(url, credentials && { credentials });
  const done = runLogs(
    {
      io: { stdin: new PassThrough(), stdout: sink('out'), stderr: sink('err'), env: {} },
      clock,
      signal: stop.signal,
      programName: 'kmaint',
      warnings: [],
      color,
      run: () => Promise.reject(new Error('no program is run here')),
      open: () => Promise.resolve(openLogCluster(connection, { clock, userAgent: 'kmaint/test', warn: () => {} })),
    },
    asked,
  );
  // Awaited by the test, perhaps later.
  done.catch(() => {});
  const bytes = (): Buffer => Buffer.concat(written.out);
  return {
    done,
    bytes,
    out: () => bytes().toString(),
    err: () => Buffer.concat(written.err).toString(),
    interrupt: () => stop.abort(new InterruptedError('SIGINT')),
  };
}

/**
 * A server for each test of a file, and runs on it that end with the test.
 *
 * @param given gets the server of the test that begins
 */
export function eachOnItsApi(given: (api: LogApi) => void): (line: string, options?: LogRunOptions) => LogRun {
  const runs: LogRun[] = [];
  let api: LogApi;
  beforeEach(async () => {
    api = new LogApi();
    await api.start();
    given(api);
  });
  afterEach(async () => {
    for (const run of runs.splice(0)) {
      run.interrupt();
      await run.done.catch(() => 0);
    }
    await api.stop();
  });
  return (line, options) => {
    const run = runLogsOn(api.url, line.split(' '), options);
    runs.push(run);
    return run;
  };
}

export function until(what: string, holds: () => boolean): Promise<true> {
  return waitFor(what, () => Promise.resolve(holds() || undefined), { timeoutMs: 15_000 });
}
