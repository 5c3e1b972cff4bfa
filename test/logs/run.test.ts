/** The whole verb over real HTTP and TLS, from flags to bytes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
  readonly node?: string;
}

/** A pod whose container has written that many lines a second for some seconds. */
function makePod(name: string, shape: PodShape = {}): void {
  const { namespace = 'default', linesPerSecond = 5, forSeconds = 2, ended = false, node = 'node1' } = shape;
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
      spec: { nodeName: node, containers: [{ name: 'app', image: 'web:1' }] },
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

interface StartOptions {
  readonly stdin?: Readable;
  /** Whether stderr is a terminal. */
  readonly terminal?: boolean;
  /** Nobody reads stdout. */
  readonly stuck?: boolean;
  /** How long the reader of stdout takes for each write. */
  readonly slowMs?: number;
}

function start(line: string, words: readonly string[] = [], how: StartOptions = {}): Running {
  const { stdin = new PassThrough(), stuck = false, slowMs = 0, terminal = false } = how;
  const { options, problems } = optionsOf(...line.split(' ').filter((word) => word !== ''), ...words);
  expect(problems).toEqual([]);
  const texts = { out: '', err: '' };
  const sink = (name: 'out' | 'err') =>
    new Writable({
      write(chunk: Buffer, _, done) {
        const taken = (): void => {
          texts[name] += chunk.toString();
          if (!stuck || name === 'err') done();
        };
        if (slowMs > 0 && name === 'out') setTimeout(taken, slowMs);
        else taken();
      },
    });
  const stdout = sink('out');
  const stop = new AbortController();
  const done = runLogs(
    {
      io: { stdin, stdout, stderr: Object.assign(sink('err'), { isTTY: terminal }), env: {} },
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

const nothingRead =
  'no pod matches nothing in namespace default: nothing was read; see what is there: kubectl get pods -n default --context test\n';

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
    expect([await run.done, run.out(), run.err()]).toEqual([0, '', nothingRead]);
  });

  it('--fail-empty makes it one', async () => {
    makePod('web-1');
    const run = start('nothing --no-follow --fail-empty');
    expect([await run.done, run.out(), run.err()]).toEqual([1, '', nothingRead]);
    const other = start('web-1 --no-follow --fail-empty --tail 1 --only-log-lines');
    expect([await other.done, other.err()]).toEqual([0, '']);
  });

  it('--head takes the first lines, --tail the last', async () => {
    makePod('web-1');
    const all = start('web --no-follow -o raw');
    await all.done;
    const lines = linesOf(all.out());
    const head = start('web --no-follow -o raw --head 2');
    expect(await head.done).toBe(0);
    expect(linesOf(head.out())).toEqual(lines.slice(0, 2));
    const before = requests.length;
    const tail = start('web --no-follow -o raw --tail 3');
    expect(await tail.done).toBe(0);
    expect(linesOf(tail.out())).toHaveLength(3);
    // The log has grown in the meantime: none of what came before is among the last.
    for (const line of linesOf(tail.out())) expect(lines.slice(0, -3)).not.toContain(line);
    const asked = requests.slice(before).filter(({ path: at }) => at.endsWith('/log'));
    expect(asked.map(({ query }) => query.get('tailLines'))).toEqual(['3']);
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

  it('--dry-run names the context where there are several', async () => {
    makePod('web-1');
    const run = start('web --dry-run --context one,two');
    expect(await run.done).toBe(0);
    expect(linesOf(run.out()).map((line) => line.split(/ +/))).toEqual([
      ['CONTEXT', 'NAMESPACE', 'NAME', 'CONTAINER', 'NODE'],
      ['one', 'default', 'web-1', 'app', 'node1'],
      ['two', 'default', 'web-1', 'app', 'node1'],
    ]);
  });

  it.each(['--no-follow', '--dry-run'])('says when a namespace does not exist (%s)', async (flag) => {
    const run = start(`web -n defualt ${flag}`);
    expect(await run.done).toBe(0);
    expect(linesOf(run.err())[0]).toBe(
      'warning: namespace defualt does not exist; list them: kubectl get namespaces --context test',
    );
  });

  it('finds the pods on the nodes of a zone by the metadata of nodes', async () => {
    const labels = { 'topology.kubernetes.io/zone': 'a' };
    registry.create(typeOf('', 'nodes'), { metadata: { name: 'node2', labels } });
    makePod('web-1');
    makePod('web-2', { node: 'node2' });
    const run = start('web --zone a --no-follow --tail 1');
    expect(await run.done).toBe(0);
    expect(linesOf(run.out()).map((line) => line.split(' ')[0])).toEqual(['web-2']);
    const accepted = requests.filter(({ path: at }) => at === '/api/v1/nodes').map(({ headers }) => headers.accept);
    expect(accepted).toEqual([expect.stringMatching(/^application\/json;as=PartialObjectMetadataList;/)]);
  });

  it.each(['--no-follow', '--tail 1'])(
    'case 15: the pods of nodes are asked for by node, never all of them (%s)',
    async (more) => {
      makePod('web-1');
      registry.create(typeOf('', 'nodes'), { metadata: { name: 'node2' } });
      makePod('web-2', { node: 'node2', namespace: 'other' });
      makePod('web-3', { node: 'node3' });
      const run = start(`--node node1,node2 -A --only-log-lines ${more}`);
      await until('both pods', () => / web-1 /.test(run.out()) && / web-2 /.test(run.out()));
      if (more !== '--no-follow') run.interrupt();
      await run.done.catch(() => {});
      const asked = requests.filter(({ path: asks }) => asks === '/api/v1/pods').map(({ query }) => query);
      expect(new Set(asked.map((query) => query.get('fieldSelector')))).toEqual(
        new Set(['spec.nodeName=node1', 'spec.nodeName=node2']),
      );
      expect(asked.some((query) => query.has('watch'))).toBe(more !== '--no-follow');
      expect(run.out()).not.toContain('web-3');
    },
  );

  it('says nothing of a namespace that may not be looked at', async () => {
    intercept = ({ path: at }) =>
      at === '/api/v1/namespaces/defualt' ? { kind: 'answer', answer: forbidden } : undefined;
    const run = start('web -n defualt --no-follow');
    const said =
      'no pod matches web in namespace defualt: nothing was read; see what is there: kubectl get pods -n defualt --context test';
    expect([await run.done, run.err()]).toEqual([0, `${said}\n`]);
    expect(requests.map(({ path: at }) => at)).toContain('/api/v1/namespaces/defualt');
  });

  it('a log that may not be read makes the run fail, and the others are shown', async () => {
    makePod('web-1');
    makePod('web-2');
    intercept = ({ path: at }) => (at.includes('/web-1/log') ? { kind: 'answer', answer: forbidden } : undefined);
    const run = start('web --no-follow --tail 1');
    expect(await run.done).toBe(1);
    expect(run.out()).toMatch(/^web-2 app /);
    expect(run.err()).toMatch(/^error: web-1 › app: cannot get/m);
    const ignored = start('web --no-follow --tail 1 --ignore-errors');
    expect(await ignored.done).toBe(0);
    expect(ignored.err()).toMatch(/^error: web-1 › app: cannot get/m);
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
  it('says once that nothing matches yet, and takes up what comes', async () => {
    makePod('db-1');
    const run = start('web -n default,other --tail 1');
    const said =
      'no pod matches web in namespaces default, other yet: waiting for one; see what is there: kubectl get pods -A --context test';
    await until('the news', () => run.err() === `${said}\n`);
    makePod('web-1', { linesPerSecond: 20 });
    await until('a line', () => run.out().includes('web-1 app'));
    expect(run.err()).toBe(`${said}\n+ default web-1 › app\n`);
    run.interrupt();
    expect(await run.done).toBe(130);
  });

  it('tells pods of which nothing is wanted from none', async () => {
    makePod('web-1');
    const run = start('web -c side');
    await until('the news', () => run.err() !== '');
    expect(run.err()).toMatch(
      /^1 pod matches web -c side in namespace default, but no container .* has a log yet: waiting/,
    );
    run.interrupt();
    await run.done;
  });

  it('waits in silence with --only-log-lines, and where something matches', async () => {
    makePod('web-1', { linesPerSecond: 20 });
    const silent = start('nothing --only-log-lines');
    const run = start('web');
    await until('lines', () => linesOf(run.out()).length > 15);
    expect([run.err(), silent.err()]).toEqual(['+ web-1 › app\n', '']);
    for (const one of [silent, run]) one.interrupt();
    await Promise.all([silent.done, run.done]);
  });

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
    const run = start('web', [], { stuck: true });
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

  it('case 14: one namespace of two that may not be read is told of once, and the other goes on', async () => {
    makePod('web-1', { linesPerSecond: 20 });
    makePod('web-2', { namespace: 'other' });
    const refusal = { status: 403, text: forbidden.text.replace('pods/log', 'pods is forbidden') };
    intercept = ({ path: at }) =>
      at === '/api/v1/namespaces/other/pods' ? { kind: 'answer', answer: refusal } : undefined;
    const run = start('web -n default,other --tail 1');
    await until('a line', () => run.out().includes('default web-1 app'));
    await until('the refusal', () => run.err().includes('error:'));
    const lines = linesOf(run.out()).length;
    await until('more lines', () => linesOf(run.out()).length > lines + 5);
    expect(run.err().match(/^error: /gm)).toHaveLength(1);
    expect(run.err()).toMatch(/^error: .*pods is forbidden/m);
    run.interrupt();
    expect(await run.done).toBe(130);
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

/** A regular expression for that line alone. */
const exactly = (line: string): string => `^${line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;

describe('an end of its own', () => {
  it('--until-match ends with the line that matches, whoever else writes', async () => {
    for (const name of ['web-1', 'web-2', 'web-3']) makePod(name, { linesPerSecond: 50 });
    const all = start('web-1 --no-follow -o raw --tail 20');
    await all.done;
    const wanted = linesOf(all.out())[10] ?? '';
    const run = start('web', ['-o', 'raw', '--until-match', exactly(wanted)]);
    expect(await run.done).toBe(0);
    expect(linesOf(run.out()).at(-1)).toBe(wanted);
    expect(run.err()).not.toMatch(/error/);
  });

  it.each(['', '--no-follow'])(
    '--until-match ends in the order of --sort, with all that came before (%s)',
    async (flag) => {
      for (const name of ['web-1', 'web-2', 'web-3']) makePod(name, { linesPerSecond: 50 });
      const all = start('web --no-follow --sort -t --timezone UTC --only-log-lines');
      await all.done;
      const lines = linesOf(all.out());
      const at = lines.findLastIndex((line) => line.startsWith('web-2 ')) - 20;
      const upTo = lines.findIndex((line, index) => index >= at && line.startsWith('web-2 '));
      const wanted = (lines[upTo] ?? '').split(' ').slice(3).join(' ');
      const run = start(`web --sort -t --timezone UTC --only-log-lines ${flag}`, ['--until-match', exactly(wanted)]);
      expect(await run.done).toBe(0);
      const shown = linesOf(run.out());
      expect(shown.at(-1)?.endsWith(` ${wanted}`)).toBe(true);
      const times = shown.map((line) => line.split(' ')[2] ?? '');
      expect(times).toEqual(times.toSorted());
      expect(shown.length).toBeGreaterThan(10);
    },
  );

  it('--fail-on shows the line and names pod and container', async () => {
    makePod('web-1', { linesPerSecond: 50 });
    const run = start('web --fail-on . --tail 1');
    await expect(run.done).rejects.toMatchObject({
      code: 'logs.fail-on',
      exitCode: 1,
      message: /^default\/web-1, container app: /,
    });
    expect(linesOf(run.out())).toHaveLength(1);
  });

  it('gives a slow reader all the time it takes', async () => {
    makePod('web-1', { linesPerSecond: 1000, forSeconds: 10 });
    const run = start('web --until-match . --tail 1', [], { slowMs: 300 });
    expect(await run.done).toBe(0);
    expect(linesOf(run.out())).toHaveLength(1);
  });

  it('--idle-timeout ends in silence, and says so', async () => {
    makePod('web-1', { linesPerSecond: 0 });
    const run = start('web --idle-timeout 300ms --stats');
    expect(await run.done).toBe(0);
    expect(run.err()).toMatch(/^no line came from any container for 0\.3s \(--idle-timeout\): the tail ends$/m);
    expect(run.err()).toMatch(/^0 lines, .* of 1 logs of 1 pods/m);
  });

  it('--idle-timeout goes on while lines come', async () => {
    makePod('web-1', { linesPerSecond: 50 });
    const run = start('web --idle-timeout 1s --tail 0');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const { length } = linesOf(run.out());
    await until('more lines', () => linesOf(run.out()).length > length);
    run.interrupt();
    expect(await run.done).toBe(130);
  });

  it('patterns that are wrong are told with all the others, before anything is sent', async () => {
    await expect(start('( --until-match [ --fail-on *').done).rejects.toMatchObject({
      exitCode: 2,
      problems: [/"\("/, /^--until-match: "\["/, /^--fail-on: "\*"/],
    });
    expect(requests).toEqual([]);
  });

  it('lines of standard input end it too', async () => {
    const input = Readable.from([Buffer.from('a\nb\nc\n'), Buffer.from('d\n')]);
    const run = start('--stdin -o raw --until-match b', [], { stdin: input });
    expect([await run.done, run.out()]).toEqual([0, 'a\nb\n']);
    const failing = start('--stdin -o raw --fail-on c', [], { stdin: Readable.from([Buffer.from('a\nc\nd\n')]) });
    await expect(failing.done).rejects.toMatchObject({ exitCode: 1, message: /^standard input: / });
    expect(failing.out()).toBe('a\nc\n');
  });
});

describe('standard input', () => {
  it('goes through the same filters and formats, a last line without line feed too', async () => {
    const stdin = Readable.from([Buffer.from('a\nb'), Buffer.from('b\n2026-11-21T02:16:18Z b')]);
    const run = start('--stdin -o raw -i b', [], { stdin });
    expect(await run.done).toBe(0);
    expect(run.out()).toBe('bb\n2026-11-21T02:16:18Z b\n');
    expect([requests, run.err()]).toEqual([[], '']);
  });

  it('has no pods to pick, and says so', async () => {
    const stdin = (): Readable => Readable.from([Buffer.from('a\n')]);
    const run = start('web --stdin', ['-o', 'raw'], { stdin: stdin() });
    expect([await run.done, run.out()]).toEqual([0, 'a\n']);
    expect(run.err()).toMatch(/^warning: with --stdin there are no pods, so web picks none/);
    const quiet = start('web --stdin --only-log-lines -o raw', [], { stdin: stdin() });
    expect([await quiet.done, quiet.err()]).toEqual([0, '']);
  });

  const given = (...lines: readonly string[]): StartOptions => ({
    stdin: Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(''))]),
  });

  it.each([
    [[], [0]],
    [
      ['--without-fields', 'keep'],
      [0, 4],
    ],
  ])('case 55: --where looks at the fields of JSON, at none of other lines: %j', async (words, kept) => {
    const lines = [
      '{"level":"error","req":{"status":503}}',
      '{"level":"info","req":{"status":503}}',
      '{"level":"warn","req":{"status":404}}',
      '{"level":"warn"}',
      '  at main.go:7',
    ];
    const where = ['--where', 'level>=warn and req.status>=500'];
    const run = start('--stdin -o raw', [...where, ...words], given(...lines));
    expect(await run.done).toBe(0);
    expect(linesOf(run.out())).toEqual(kept.map((index) => lines[index]));
  });

  it('case 53: a line that the template fails for is told of on stderr, and the others go on', async () => {
    const template = '{{(parseJSON .Message).msg}}{{"\\n"}}';
    const folder = await mkdtemp(path.join(tmpdir(), 'kmaint-logs-'));
    try {
      const file = path.join(folder, 'template');
      await writeFile(file, template);
      for (const words of [
        ['--template', template],
        ['-T', file],
      ]) {
        const run = start('--stdin', words, given('{"msg":"a"}', 'no', '{"msg":"b"}'));
        expect([await run.done, run.out()]).toEqual([0, 'a\nb\n']);
        expect(linesOf(run.err())).toEqual([
          expect.stringMatching(/^expanding template failed: template: log:1:\d+: executing "log" at .*parseJSON/),
        ]);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('case 46: what a template fails with quotes the line: on a terminal it does no harm', async () => {
    const words = ['--template', '{{toTimestamp .Message "15:04"}}'];
    const line = '\u001b]0;owned\u0007';
    const shown = start('--stdin', words, { ...given(line), terminal: true });
    expect(await shown.done).toBe(0);
    expect(linesOf(shown.err())).toEqual([expect.stringContaining(String.raw`\x1b]0;owned\x07`)]);
    // As in stern.
    const piped = start('--stdin', words, given(line));
    expect(await piped.done).toBe(0);
    expect(piped.err()).toContain(line);
  });
});
