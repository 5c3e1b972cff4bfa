/** `kmaint logs` run within a test, from its words to its bytes, against a server of the test. */
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, expect } from 'vitest';
import { realClock, type Clock } from '../../src/clock.ts';
import type { Connection } from '../../src/cluster/connection.ts';
import { openLogCluster, type LogCluster } from '../../src/cluster/log-cluster.ts';
import { InterruptedError } from '../../src/errors.ts';
import type { Ask } from '../../src/logs/choose.ts';
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
  /** Both, in the order in which they were written, as a terminal shows them. */
  readonly all: () => string;
  readonly interrupt: () => void;
}

export interface LogRunOptions {
  readonly clock?: Clock;
  readonly credentials?: Connection['credentials'];
  readonly color?: 'always' | 'never';
}

function worldOf(cluster: LogCluster, stdout: Writable, stderr: Writable): Parameters<typeof runLogs>[0] {
  return {
    io: { stdin: new PassThrough(), stdout, stderr, env: {} },
    clock: realClock,
    signal: new AbortController().signal,
    programName: 'kmaint',
    warnings: [],
    color: 'never',
    run: () => Promise.reject(new Error('no program is run here')),
    open: () => Promise.resolve(cluster),
  };
}

/** Begins at once. */
export function runLogsOn(url: string, words: readonly string[], options: LogRunOptions = {}): LogRun {
  const { clock = realClock, credentials, color = 'never' } = options;
  const { options: asked, problems } = optionsOf(...words);
  expect(problems).toEqual([]);
  const written = { out: [] as Buffer[], err: [] as Buffer[] };
  const all: Buffer[] = [];
  const sink = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk: Buffer, _, done) {
        const copy = Buffer.from(chunk);
        written[name].push(copy);
        all.push(copy);
        done();
      },
    });
  const stop = new AbortController();
  const connection = connectionTo(url, credentials && { credentials });
  const cluster = openLogCluster(connection, { clock, userAgent: 'kmaint/test', warn: () => {} });
  const world = { ...worldOf(cluster, sink('out'), sink('err')), clock, color, signal: stop.signal };
  const done = runLogs(world, asked);
  // Awaited by the test, perhaps later.
  done.catch(() => {});
  const bytes = (): Buffer => Buffer.concat(written.out);
  return {
    done,
    bytes,
    out: () => bytes().toString(),
    err: () => Buffer.concat(written.err).toString(),
    all: () => Buffer.concat(all).toString(),
    interrupt: () => stop.abort(new InterruptedError('SIGINT')),
  };
}

/** Runs to the end what needs no more of a cluster than that. */
export async function runLogsIn(
  cluster: Partial<LogCluster>,
  words: readonly string[],
  ask?: Ask,
): Promise<{ readonly exitCode: number; readonly out: string; readonly err: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const world = worldOf(cluster as LogCluster, stdout, stderr);
  const exitCode = await runLogs({ ...world, ask }, optionsOf(...words).options);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { exitCode, out: text(stdout), err: text(stderr) };
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
