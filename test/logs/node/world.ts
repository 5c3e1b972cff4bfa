/** A node whose kubelet answers as the test says, over real HTTP, and a run of node-logs against it. */
import { afterEach, beforeEach, expect } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import { openLogCluster } from '../../../src/cluster/log-cluster.ts';
import { InterruptedError, type ExitCode } from '../../../src/errors.ts';
import type { NodeLogsOptions } from '../../../src/logs/node/options.ts';
import type { NodeLogsWorld } from '../../../src/logs/node/run.ts';
import { connectionTo } from '../../door/connection.ts';
import { FakeClock } from '../../support/clock.ts';
import { startServer, type Answerer, type ReplayServer } from '../../support/server.ts';
import { startNodeLogs, type Written } from './start.ts';

export { options } from './start.ts';

export let server: ReplayServer;
export let clock: FakeClock;
let running: AbortController;

beforeEach(async () => {
  server = await startServer();
  clock = new FakeClock(Date.parse('2026-11-21T02:20:00Z'));
  running = new AbortController();
});

afterEach(async () => {
  running.abort(new InterruptedError('SIGINT'));
  await server.close();
});

export interface Running extends Written {
  interrupt(): void;
}

export function start(asked: NodeLogsOptions, changes: Partial<NodeLogsWorld> = {}): Running {
  const open: NodeLogsWorld['open'] = () =>
    Promise.resolve(
      openLogCluster(connectionTo(server.url), { clock: realClock, userAgent: 'kmaint/test', warn: () => {} }),
    );
  const written = startNodeLogs(asked, { clock, signal: running.signal, open, ...changes });
  return Object.assign(written, { interrupt: () => running.abort(new InterruptedError('SIGINT')) });
}

/** Lets the pause before the next question pass, once it has begun. */
export async function nextPoll(ms = 2000): Promise<void> {
  await expect.poll(() => clock.waiting, { interval: 2, timeout: 5000 }).toBe(1);
  await clock.advance(ms);
}

/** Lets time pass until the run is over. */
export async function untilEnded(run: Running): Promise<ExitCode | Error> {
  let result: ExitCode | Error | undefined;
  void run.ended.then((ended) => (result = ended));
  while (result === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (clock.waiting > 0) await clock.advance(500);
  }
  return result;
}

/** Waits until so many questions have come. */
export async function asked(count: number): Promise<void> {
  await expect.poll(() => server.requests.length, { interval: 2, timeout: 5000 }).toBe(count);
}

/** The query of the request of that number, from 0. */
export function query(index: number): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(server.requests[index]?.url ?? '', server.url).searchParams);
}

/** Entries of kubelet, one for each `time message`. */
export function journal(...entries: readonly string[]): string {
  return entries.map((entry) => `${entry.slice(0, 22)} n1 kubelet[812]: ${entry.slice(23)}\n`).join('');
}

/** Answers after the node's 30 s have passed. */
export function slowly(answer: Answerer, ms = 30_000): Answerer {
  return async (response, request) => {
    await clock.advance(ms);
    await answer(response, request);
  };
}
