/** The whole verb over real HTTP and TLS, from flags to bytes. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { openLogCluster } from '../../src/cluster/log-cluster.ts';
import { InterruptedError } from '../../src/errors.ts';
import { runLogs } from '../../src/logs/run.ts';
import type { Fault } from '../../src/playground/api/faults.ts';
import type { ApiRequest } from '../../src/playground/api/handler.ts';
import { makeServerIdentity } from '../../src/playground/certificates.ts';
import type { Registry } from '../../src/playground/ports.ts';
import { createRegistry } from '../../src/playground/registry.ts';
import { typeOf } from '../../src/playground/resources.ts';
import { serveApi, type ApiServer } from '../../src/playground/server.ts';
import { createStore } from '../../src/playground/store.ts';
import { connectionTo } from '../door/connection.ts';
import { waitFor } from '../support/api.ts';
import { optionsOf } from './options-of.ts';

const pods = typeOf('', 'pods');
let server: ApiServer;
let registry: Registry;
let ca: string;
let intercept: (request: ApiRequest) => Fault | undefined;
let requests: ApiRequest[];

beforeEach(async () => {
  intercept = () => undefined;
  requests = [];
  const store = createStore();
  registry = createRegistry(store, realClock);
  for (const name of ['default', 'other']) registry.create(typeOf('', 'namespaces'), { metadata: { name } });
  registry.create(typeOf('', 'nodes'), { metadata: { name: 'node1' } });
  const tls = await makeServerIdentity(realClock.now());
  ca = tls.ca;
  server = await serveApi({
    store,
    registry,
    clock: realClock,
    tls,
    intercept: (request) => {
      requests.push(request);
      return intercept(request);
    },
  });
});

afterEach(() => server.close());

const forbidden = {
  status: 403,
  text: JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'Forbidden',
    message: 'pods/log',
    code: 403,
  }),
};

interface PodShape {
  readonly namespace?: string;
  readonly linesPerSecond?: number;
  readonly forSeconds?: number;
  readonly ended?: boolean;
}

/** A pod whose container has written that many lines a second for some seconds. */
function makePod(name: string, shape: PodShape = {}): void {
  const { namespace = 'default', linesPerSecond = 5, forSeconds = 2, ended = false } = shape;
  const startedAt = new Date(Date.now() - forSeconds * 1000).toISOString();
  registry.create(
    pods,
    {
      metadata: {
        name,
        annotations: {
          'kmaint.test/log-lines-per-second': String(linesPerSecond),
          'kmaint.test/log-lines-kept': '100000',
        },
      },
      spec: { nodeName: 'node1', containers: [{ name: 'app', image: 'web:1' }] },
    },
    { namespace },
  );
  const containerID = `containerd://${name}`;
  const state = ended
    ? {
        terminated: {
          exitCode: 137,
          reason: 'OOMKilled',
          startedAt,
          finishedAt: new Date().toISOString(),
          containerID,
        },
      }
    : { running: { startedAt } };
  registry.modify(
    pods,
    namespace,
    name,
    (pod) => ({
      ...pod,
      status: {
        phase: ended ? 'Failed' : 'Running',
        containerStatuses: [{ name: 'app', ready: !ended, restartCount: 0, containerID, state }],
      },
    }),
    { subresource: 'status' },
  );
}

interface Running {
  readonly done: Promise<number>;
  readonly out: () => string;
  readonly err: () => string;
  readonly interrupt: () => void;
  /** As a reader that has seen enough. */
  readonly leave: () => void;
}

function start(line: string, stdin: Readable = new PassThrough(), { stuck = false } = {}): Running {
  const { options, problems } = optionsOf(...line.split(' ').filter((word) => word !== ''));
  expect(problems).toEqual([]);
  const texts = { out: '', err: '' };
  const sink = (name: 'out' | 'err') =>
    new Writable({
      write(chunk: Buffer, _, done) {
        texts[name] += chunk.toString();
        if (!stuck || name === 'err') done();
      },
    });
  const stdout = sink('out');
  const stop = new AbortController();
  const done = runLogs(
    {
      io: { stdin, stdout, stderr: sink('err'), env: {} },
      clock: realClock,
      signal: stop.signal,
      programName: 'kmaint',
      warnings: [],
      color: 'never',
      run: () => Promise.reject(new Error('no program is run here')),
      open: (context) => {
        const connection = connectionTo(server.url, { tls: { ca } });
        const { identity } = connection;
        return Promise.resolve(
          openLogCluster(
            { ...connection, identity: { ...identity, context: context ?? identity.context } },
            { clock: realClock, userAgent: 'kmaint/test', warn: () => {} },
          ),
        );
      },
    },
    options,
  );
  return {
    done,
    out: () => texts.out,
    err: () => texts.err,
    interrupt: () => stop.abort(new InterruptedError('SIGINT')),
    leave: () => stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  };
}

const until = (what: string, holds: () => boolean): Promise<true> =>
  waitFor(what, () => Promise.resolve(holds() || undefined), { timeoutMs: 10_000 });
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('without following', () => {
  it('shows all lines of the pods that match, and says which were begun and left', async () => {
    for (const name of ['web-1', 'web-2', 'db-1']) makePod(name);
    const run = start('web --no-follow');
    expect(await run.done).toBe(0);
    const names = new Set(linesOf(run.out()).map((line) => line.split(' ').slice(0, 2).join(' ')));
    expect(names).toEqual(new Set(['web-1 app', 'web-2 app']));
    expect(new Set(linesOf(run.err()))).toEqual(
      new Set(['+ web-1 › app', '- web-1 › app', '+ web-2 › app', '- web-2 › app']),
    );
  });

  it('names the namespace where there are several', async () => {
    makePod('web-1');
    makePod('web-1', { namespace: 'other' });
    const run = start('web -n default,other --no-follow --tail 1 --only-log-lines');
    expect(await run.done).toBe(0);
    expect(run.out()).toMatch(/^default web-1 app /m);
    expect(run.out()).toMatch(/^other web-1 app /m);
    expect(run.err()).toBe('');
  });

  it('says so when nothing matches, which is no failure', async () => {
    makePod('web-1');
    const run = start('nothing --no-follow');
    expect([await run.done, run.out(), run.err()]).toEqual([0, '', 'no pod matches: nothing was read\n']);
  });

  it('--head takes the first lines, --tail the last', async () => {
    makePod('web-1');
    const all = start('web --no-follow -o raw');
    await all.done;
    const lines = linesOf(all.out());
    const head = start('web --no-follow -o raw --head 2');
    expect(await head.done).toBe(0);
    expect(linesOf(head.out())).toEqual(lines.slice(0, 2));
  });

  it('--sort puts the lines of all pods in order', async () => {
    for (const name of ['web-1', 'web-2', 'web-3']) makePod(name, { linesPerSecond: 100 });
    const run = start('web --no-follow --sort -t --only-log-lines --timezone UTC');
    expect(await run.done).toBe(0);
    const times = linesOf(run.out()).map((line) => line.split(' ')[2] ?? '');
    expect(times.length).toBeGreaterThan(500);
    expect(times).toEqual(times.toSorted());
  });

  it('--output-dir writes a file for each container', async () => {
    makePod('web-1');
    makePod('web-2');
    const folder = await mkdtemp(path.join(tmpdir(), 'kmaint-logs-'));
    try {
      const run = start(`web --no-follow -o raw --output-dir ${folder}`);
      expect(await run.done).toBe(0);
      expect(run.out()).toBe('');
      const first = await readFile(path.join(folder, 'default/web-1/app.log'), 'utf8');
      expect(linesOf(first).length).toBeGreaterThan(5);
      expect(await readFile(path.join(folder, 'default/web-2/app.log'), 'utf8')).not.toBe('');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('--events says how a container ended, --stats how much there was', async () => {
    makePod('web-1', { ended: true });
    const run = start('web --no-follow --events --stats');
    expect(await run.done).toBe(0);
    expect(run.err()).toMatch(/^~ web-1 › app: OOMKilled exit=137$/m);
    const { length } = linesOf(run.out());
    expect(run.err()).toMatch(new RegExp(`^${length} lines, \\d+ bytes of 1 logs of 1 pods in \\d+\\.\\d s$`, 'm'));
  });

  it('--dry-run lists what it would read, and reads nothing', async () => {
    makePod('web-1');
    const run = start('web --dry-run');
    expect(await run.done).toBe(0);
    expect(linesOf(run.out()).map((line) => line.split(/ +/))).toEqual([
      ['NAMESPACE', 'NAME', 'CONTAINER', 'NODE'],
      ['default', 'web-1', 'app', 'node1'],
    ]);
    expect(requests.filter(({ path: at }) => at.endsWith('/log'))).toEqual([]);
  });

  it('a log that may not be read makes the run fail, and the others are shown', async () => {
    makePod('web-1');
    makePod('web-2');
    intercept = ({ path: at }) => (at.includes('/web-1/log') ? { kind: 'answer', answer: forbidden } : undefined);
    const run = start('web --no-follow --tail 1');
    expect(await run.done).toBe(1);
    expect(run.out()).toMatch(/^web-2 app /);
    expect(run.err()).toMatch(/^error: web-1 › app: cannot get/m);
  });

  it('what is named and does not exist ends it before any log is opened', async () => {
    await expect(start('deploy/nope').done).rejects.toMatchObject({ exitCode: 2, message: /no Deployment nope/ });
  });

  it('all that is wrong with patterns is told at once, and nothing is sent', async () => {
    await expect(start('( -i [ --timezone Nowhere').done).rejects.toMatchObject({ exitCode: 2 });
    expect(requests).toEqual([]);
  });
});

describe('while following', () => {
  it('takes up pods that come, leaves those that go, and ends at an interrupt with 130', async () => {
    makePod('web-1', { linesPerSecond: 20 });
    const run = start('web --tail 0');
    await until('the first', () => run.err().includes('+ web-1'));
    makePod('web-2', { linesPerSecond: 20 });
    await until('the second', () => run.out().includes('web-2 app'));
    registry.delete(pods, 'default', 'web-1', { gracePeriodSeconds: 0 });
    await until('the end of the first', () => run.err().includes('- web-1'));
    run.interrupt();
    expect(await run.done).toBe(130);
    expect(run.err()).not.toMatch(/error|- web-2/);
  });

  it('does not wait for a reader that does not read', async () => {
    makePod('web-1', { linesPerSecond: 1000, forSeconds: 60 });
    const run = start('web', new PassThrough(), { stuck: true });
    await until('a line', () => requests.some(({ path: at }) => at.endsWith('/log')));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = performance.now();
    run.interrupt();
    expect(await run.done).toBe(130);
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('a folder that cannot be written ends it with a message, not with a bug', async () => {
    makePod('web-1', { linesPerSecond: 20 });
    await expect(start('web --output-dir /dev/null/logs').done).rejects.toMatchObject({
      code: 'logs.folder',
      exitCode: 1,
    });
  });

  it('--until a moment that has passed ends by itself', async () => {
    makePod('web-1', { forSeconds: 60 });
    const past = new Date(Date.now() - 30_000).toISOString();
    const run = start(`web --until ${past} -t --timezone UTC --only-log-lines`);
    expect(await run.done).toBe(0);
    const last = linesOf(run.out()).at(-1)?.split(' ')[2] ?? '';
    expect(last.slice(0, 23) <= past.slice(0, 23)).toBe(true);
    expect(last).not.toBe('');
  });

  it('--stats come at the end of a followed tail too', async () => {
    makePod('web-1');
    const run = start('web --stats');
    await until('a line', () => run.out() !== '');
    run.interrupt();
    await run.done;
    expect(run.err()).toMatch(/lines, .* of 1 logs of 1 pods/);
  });

  it('ends in good order when its reader leaves', async () => {
    makePod('web-1', { linesPerSecond: 50 });
    const run = start('web');
    await until('a line', () => run.out() !== '');
    run.leave();
    expect(await run.done).toBe(0);
  });

  it('beyond --max-log-requests the others wait, and are named', async () => {
    makePod('web-1', { linesPerSecond: 20 });
    makePod('web-2', { linesPerSecond: 20 });
    const run = start('web --max-log-requests 1');
    await until('the first', () => run.out() !== '');
    expect(run.err()).toMatch(/more than 1 logs at once .*: default\/web-2\/app/);
    registry.delete(pods, 'default', 'web-1', { gracePeriodSeconds: 0 });
    await until('the second', () => run.out().includes('web-2 app'));
    run.interrupt();
    expect(await run.done).toBe(130);
  });

  it('without a query says whose pods it follows', async () => {
    makePod('web-1');
    const run = start('');
    await until('a line', () => run.out().includes('web-1 app'));
    expect(run.err()).toMatch(/^no query was given: all pods of namespace default$/m);
    run.interrupt();
    await run.done;
  });
});

describe('standard input', () => {
  it('goes through the same filters and formats, a last line without line feed too', async () => {
    const run = start(
      '--stdin -o raw -i b',
      Readable.from([Buffer.from('a\nb'), Buffer.from('b\n2026-11-21T02:16:18Z b')]),
    );
    expect(await run.done).toBe(0);
    expect(run.out()).toBe('bb\n2026-11-21T02:16:18Z b\n');
    expect(requests).toEqual([]);
  });
});
