/** Logs over real HTTP and TLS, from a server that cuts, ends, refuses and falls silent. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogCluster, type LogCluster } from '../../../src/cluster/log-cluster.ts';
import { realClock } from '../../../src/clock.ts';
import {
  followContainer,
  type ContainerStreamRequest,
  type StreamEnd,
  type StreamNotice,
} from '../../../src/logs/stream/follow.ts';
import type { Fault } from '../../../src/playground/api/faults.ts';
import type { ApiRequest } from '../../../src/playground/api/handler.ts';
import { makeServerIdentity } from '../../../src/playground/certificates.ts';
import { createRegistry } from '../../../src/playground/registry.ts';
import type { Registry } from '../../../src/playground/ports.ts';
import { typeOf } from '../../../src/playground/resources.ts';
import { serveApi, type ApiServer } from '../../../src/playground/server.ts';
import { ApiStatus } from '../../../src/playground/status.ts';
import { createStore } from '../../../src/playground/store.ts';
import { connectionTo } from '../../door/connection.ts';
import { waitFor } from '../../support/api.ts';
import { aContainer, aRequest, kubectl, Watched } from './world.ts';

const pods = typeOf('', 'pods');
const open: LogCluster['open'] = (ref, query) => cluster.open(ref, query);

let server: ApiServer;
let registry: Registry;
let cluster: LogCluster;
/** What is done to the next requests, one each; undefined lets one pass. */
let faults: (Fault | undefined)[];
let requests: ApiRequest[];
/** When the container did. */
let startedAt: string;

beforeEach(async () => {
  faults = [];
  requests = [];
  const store = createStore();
  registry = createRegistry(store, realClock);
  registry.create(typeOf('', 'namespaces'), { metadata: { name: 'default' } });
  registry.create(typeOf('', 'nodes'), { metadata: { name: 'node1' } });
  const tls = await makeServerIdentity(realClock.now());
  const intercept = (request: ApiRequest): Fault | undefined => {
    requests.push(request);
    return faults.shift();
  };
  server = await serveApi({ store, registry, clock: realClock, tls, intercept });
  cluster = openLogCluster(connectionTo(server.url, { tls: { ca: tls.ca } }), {
    clock: realClock,
    userAgent: 'kmaint/test',
    warn: () => {},
  });
});

afterEach(async () => {
  cluster.close();
  await server.close();
});

/** A pod that writes that many lines a second, and has done so for some seconds. */
function makePod(linesPerSecond: number, forSeconds = 2): void {
  startedAt = new Date(Date.now() - forSeconds * 1000).toISOString();
  registry.create(
    pods,
    {
      metadata: {
        name: 'web-1',
        annotations: {
          'kmaint.test/log-lines-per-second': String(linesPerSecond),
          'kmaint.test/log-lines-kept': '1000000',
        },
      },
      spec: { nodeName: 'node1', containers: [{ name: 'app', image: 'web:1' }] },
    },
    { namespace: 'default' },
  );
  setState({ running: { startedAt } });
}

function endRun(): void {
  setState({ terminated: { exitCode: 0, startedAt, finishedAt: new Date().toISOString() } });
}

function setState(state: object): void {
  registry.modify(
    pods,
    'default',
    'web-1',
    (pod) => ({
      ...pod,
      status: { phase: 'Running', containerStatuses: [{ name: 'app', ready: true, restartCount: 0, state }] },
    }),
    { subresource: 'status' },
  );
}

interface Reading {
  readonly ended: Promise<StreamEnd>;
  readonly watched: Watched;
  readonly notices: readonly StreamNotice[];
  readonly lines: () => string[];
  /** Waits for so many more lines. */
  readonly more: (count: number) => Promise<void>;
  /** Ends the container, and expects all that it wrote. */
  readonly finish: () => Promise<void>;
  /** Waits for the end, and compares with the whole log. */
  readonly expectAll: () => Promise<void>;
}

function read(request: Partial<ContainerStreamRequest> = {}): Reading {
  const { signal } = new AbortController();
  const watched = new Watched();
  const blocks: Buffer[] = [];
  const notices: StreamNotice[] = [];
  const { container, changed } = watched;
  const ended = followContainer(
    { open, clock: realClock, kubectl, container, changed },
    { ...aRequest, ...request },
    { block: (lines) => void blocks.push(Buffer.from(lines)), notice: (notice) => void notices.push(notice) },
    signal,
  );
  const lines = (): string[] => Buffer.concat(blocks).toString().split('\n').slice(0, -1);
  async function expectAll(): Promise<void> {
    expect(await ended).toEqual({ kind: 'ended' });
    const all: Buffer[] = [];
    const sink = { block: (block: Buffer) => void all.push(Buffer.from(block)), notice: () => {} };
    const whole = { ...aRequest, follow: false };
    await followContainer({ open, clock: realClock, kubectl, container, changed }, whole, sink, signal);
    const written = Buffer.concat(all).toString().split('\n').slice(0, -1);
    expect(new Set(written).size).toBe(written.length);
    expect(lines()).toEqual(written);
  }
  return {
    ended,
    watched,
    notices,
    lines,
    expectAll,
    async finish() {
      endRun();
      watched.become(aContainer({ state: 'terminated' }));
      await expectAll();
    },
    async more(count) {
      const wanted = lines().length + count;
      await waitFor(`${String(count)} more lines`, () => Promise.resolve(lines().length >= wanted || undefined));
    },
  };
}

const refusal = (status: number, retryAfterSeconds?: number): Fault => ({
  kind: 'answer',
  answer: {
    status,
    json: new ApiStatus(status, 'InternalError', 'dial tcp 10.0.0.1:10250: connect: connection refused').toBody(),
    ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
  },
});

describe('every line, once', { timeout: 30_000 }, () => {
  it('without any fault', async () => {
    makePod(500);
    const reading = read();
    await reading.more(1200);
    await reading.finish();
    expect(reading.notices).toEqual([{ kind: 'attached' }]);
  });

  it.each([
    ['clean ends in the midst of lines', 'end'],
    ['resets in the midst of lines', 'reset'],
  ] as const)('over %s', async (_, ending) => {
    makePod(500);
    for (let count = 1; count <= 5; count += 1) {
      faults.push({ kind: 'cut', ending, afterBytes: 40_000 * count + 17 * count });
    }
    const reading = read();
    await reading.more(2200);
    await reading.finish();
    expect(requests.length).toBeGreaterThan(4);
    expect(reading.notices.filter(({ kind }) => kind !== 'retry')).toEqual([{ kind: 'attached' }]);
  });

  it('over clean ends of a quiet connection, at once', async () => {
    makePod(20);
    faults.push({ kind: 'cut', ending: 'end', afterMs: 300 }, { kind: 'cut', ending: 'end', afterMs: 300 });
    const reading = read();
    await reading.more(60);
    await reading.finish();
    expect(reading.notices).toEqual([{ kind: 'attached' }]);
  });

  it('over refusals of a kubelet that is down, and a server that wants to be left alone', async () => {
    makePod(100);
    faults.push(
      { kind: 'cut', ending: 'reset', afterBytes: 5000 },
      refusal(500),
      { kind: 'refuse', ending: 'reset' },
      refusal(429, 1),
    );
    const reading = read();
    const startedMs = Date.now();
    await waitFor('five requests', () => Promise.resolve(requests.length >= 5 || undefined));
    // A pause after each failure, and that which the server asked for.
    expect(Date.now() - startedMs).toBeGreaterThan(1150);
    await reading.more(100);
    await reading.finish();
    const retries = reading.notices.flatMap((notice) => (notice.kind === 'retry' ? [notice.message] : []));
    expect(retries[0]).toContain('connection refused');
  });

  it('over a connection that is dead without a word', async () => {
    makePod(20);
    faults.push({ kind: 'cut', ending: 'half-open', afterBytes: 2000 });
    const reading = read({ stallCheckMs: 300 });
    await reading.more(80);
    await reading.finish();
    expect(reading.notices).toEqual([{ kind: 'attached' }]);
  });

  it('of a log that is only read, over resets', async () => {
    makePod(1000, 5);
    endRun();
    faults.push(
      { kind: 'cut', ending: 'reset', afterBytes: 100_001 },
      { kind: 'cut', ending: 'reset', afterBytes: 200_003 },
    );
    const reading = read({ follow: false });
    await reading.expectAll();
  });
});

describe('a container', { timeout: 30_000 }, () => {
  it('that has not run yet is waited for', async () => {
    makePod(20, 0);
    setState({ waiting: { reason: 'ContainerCreating' } });
    const reading = read({ containerId: '' });
    reading.watched.become(aContainer({ state: 'waiting', containerId: undefined }));
    await waitFor('the watch to be asked', () => Promise.resolve(reading.watched.waiting > 0 || undefined));
    expect([reading.notices, requests.length]).toEqual([[], 1]);
    setState({ running: { startedAt } });
    reading.watched.become(aContainer());
    await reading.more(5);
    await reading.finish();
  });

  it('whose pod goes away has ended', async () => {
    makePod(20);
    const reading = read();
    await reading.more(5);
    registry.delete(pods, 'default', 'web-1', { gracePeriodSeconds: 0 });
    reading.watched.become(undefined);
    expect(await reading.ended).toEqual({ kind: 'gone' });
    expect(reading.notices).toEqual([{ kind: 'attached' }]);
  });

  it('that has no previous run says so', async () => {
    makePod(20);
    const reading = read({ follow: false, previous: true });
    expect(await reading.ended).toMatchObject({ kind: 'no-previous' });
  });

  it('gives its last lines, and goes on from there over clean ends', async () => {
    makePod(20, 60);
    faults.push({ kind: 'cut', ending: 'end', afterMs: 300 }, { kind: 'cut', ending: 'end', afterMs: 300 });
    const reading = read({ tailLines: 3 });
    await reading.more(25);
    endRun();
    reading.watched.become(aContainer({ state: 'terminated' }));
    await reading.ended;
    const whole = read({ follow: false });
    await whole.ended;
    expect(whole.lines().length).toBeGreaterThan(1000);
    expect(reading.lines().length).toBeLessThan(100);
    expect(reading.lines()).toEqual(whole.lines().slice(-reading.lines().length));
    expect(requests.length).toBeGreaterThan(3);
  });
});

it('stops at once, with all its connections', async () => {
  makePod(10);
  const controller = new AbortController();
  const { container, changed } = new Watched();
  let attached = 0;
  const many = Array.from({ length: 50 }, () =>
    followContainer(
      { open, clock: realClock, kubectl, container, changed },
      { ...aRequest, stallCheckMs: 30_000 },
      { block: () => undefined, notice: () => void (attached += 1) },
      controller.signal,
    ).catch((error: unknown) => error),
  );
  await waitFor('all to be attached', () => Promise.resolve(attached === 50 || undefined));
  const reason = new Error('Ctrl-C');
  const startedMs = Date.now();
  controller.abort(reason);
  expect(await Promise.all(many)).toEqual(Array.from({ length: 50 }, () => reason));
  expect(Date.now() - startedMs).toBeLessThan(500);
});
