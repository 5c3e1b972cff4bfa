/** Logs and watches as the door opens them over TLS: many at once, and with a token that expires; numbers are those of the list of cases. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { realClock } from '../../src/clock.ts';
import type { Connection } from '../../src/cluster/connection.ts';
import { loadConnection } from '../../src/cluster/kubeconfig/load.ts';
import { openLogCluster } from '../../src/cluster/log-cluster.ts';
import { makeServerIdentity } from '../../src/playground/certificates.ts';
import { testWorld } from '../kubeconfig/world.ts';
import { FakeClock } from '../support/clock.ts';
import { lineAt } from '../support/log-api.ts';
import { runLogsOn, until } from '../support/log-run.ts';
import { json, startServer, status, type Received, type ReplayServer } from '../support/server.ts';
import { connectionTo } from './connection.ts';

const identity = await makeServerIdentity(Date.now());
let server: ReplayServer;

beforeEach(async () => {
  server = await startServer({ key: identity.key, cert: identity.cert });
});

afterEach(() => server.close());

const aPod = (name: string): object => ({
  metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '7' },
  spec: { nodeName: 'n1', containers: [{ name: 'app' }] },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'app', restartCount: 0, containerID: `containerd://${name}`, state: { running: {} } }],
  },
});

const listOf = (...names: readonly string[]) =>
  json(200, { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7' }, items: names.map(aPod) });

/** Leaves the answer open. */
function begin(response: ServerResponse, text = ''): void {
  response.writeHead(200);
  response.flushHeaders();
  if (text !== '') response.write(text);
}

const isLog = ({ url }: Received): boolean => url.includes('/log?');
const isWatch = ({ url }: Received): boolean => url.includes('watch=1');

describe('case 29: a token of a credential plugin that expires while a log is followed', { timeout: 20_000 }, () => {
  /** Whoever has another is refused. */
  let valid: string;
  let lines: string[];
  let logs: ServerResponse[];
  let watches: ServerResponse[];
  /** What is done with requests that come with another token. */
  let refuse: (response: ServerResponse, request: Received) => void;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kmaint-log-streams-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    [valid, lines, logs, watches] = ['t1', [lineAt(1.1, 'one'), lineAt(1.1, 'one')], [], []];
    server.otherwise((response, request) => {
      if (request.headers.authorization !== `Bearer ${valid}`) return refuse(response, request);
      if (isLog(request)) {
        logs.push(response);
        return begin(response, request.url.includes('/web-1/') ? lines.join('') : lineAt(9, 'of another'));
      }
      if (!isWatch(request)) return listOf('web-1')(response, request);
      watches.push(response);
      return begin(response);
    });
  });

  const refused = status(401, 'Unauthorized', 'Unauthorized');

  /** A connection whose plugin gives another token at each run. */
  async function connect(clock: FakeClock, expiresAtMs?: number): Promise<Connection> {
    const expirationTimestamp = expiresAtMs === undefined ? undefined : new Date(expiresAtMs).toISOString();
    await writeFile(
      join(folder, 'plugin'),
      `#!${process.execPath}
const fs = require('node:fs');
const runs = ${JSON.stringify(join(folder, 'runs'))};
fs.appendFileSync(runs, 'x');
const run = fs.readFileSync(runs, 'utf8').length;
const expires = run === 1 ? ${JSON.stringify({ expirationTimestamp })} : {};
const status = { token: 't' + run, ...expires };
console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status }));
`,
    );
    await chmod(join(folder, 'plugin'), 0o700);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './plugin',
      interactiveMode: 'Never',
    };
    const ca = Buffer.from(identity.ca).toString('base64');
    const config = {
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server: server.url, 'certificate-authority-data': ca } }],
      users: [{ name: 'u', user: { exec } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    };
    await writeFile(join(folder, 'config'), JSON.stringify(config));
    const world = testWorld({ clock, env: { PATH: process.env['PATH'] } });
    return loadConnection({ kubeconfig: join(folder, 'config') }, world);
  }

  const runs = async (): Promise<number> => (await readFile(join(folder, 'runs'), 'utf8')).length;

  async function follow(connection: Connection) {
    const run = runLogsOn(server.url, ['web', '-o', 'raw'], {
      credentials: (asked) => connection.credentials(asked),
    });
    onTestFinished(async () => {
      run.interrupt();
      await run.done;
    });
    await until('its lines and the watch', () => run.out() === 'one\none\n' && watches.length === 1);
    expect(await runs()).toBe(1);
    return run;
  }

  /** From now on only the next token counts, and nothing that is open stays so. */
  function expire(): void {
    valid = 't2';
    lines.push(lineAt(1.1, 'one'), lineAt(1.2, 'two'));
    for (const response of [...logs, ...watches]) response.destroy();
  }

  /** The watch tells of another pod, whose log is read too. */
  async function expectBothResumed(run: Awaited<ReturnType<typeof follow>>): Promise<void> {
    await until('the other lines, and the watch', () => run.out().includes('two') && watches.length === 2);
    watches[1]?.write(`${JSON.stringify({ type: 'ADDED', object: aPod('web-2') })}\n`);
    await until('the log of the new pod', () => run.out().includes('of another'));
    logs[1]?.write(lineAt(10, 'three'));
    await until('what comes then', () => run.out().includes('three'));
    expect(run.out()).toBe('one\none\none\ntwo\nof another\nthree\n');
    expect(await runs()).toBe(2);
    expect(run.err()).not.toMatch(/^(?:error|!)/m);
    const resumed = server.requests.filter(
      (request) => isWatch(request) && request.headers.authorization === 'Bearer t2',
    );
    // It goes on from where it was, without another list.
    expect(resumed.map(({ url }) => new URL(url, server.url).searchParams.get('resourceVersion'))).toEqual(['7']);
  }

  it('is asked for again once when the server refuses it to the watch and the log, and both go on', async () => {
    const waiting: [ServerResponse, Received][] = [];
    const told: string[] = [];
    // Neither is told before both have asked: else the first would renew it for the other.
    refuse = (response, request) => {
      waiting.push([response, request]);
      if (waiting.some(([, one]) => isLog(one)) && waiting.some(([, one]) => isWatch(one))) {
        for (const [one, of] of waiting.splice(0)) {
          told.push(isLog(of) ? 'log' : 'watch');
          void refused(one, of);
        }
      }
    };
    const run = await follow(await connect(new FakeClock()));
    expire();
    await expectBothResumed(run);
    expect(new Set(told)).toEqual(new Set(['log', 'watch']));
  });

  it('is not even tried once it says itself that it has expired', async () => {
    const clock = new FakeClock();
    const late: Received[] = [];
    refuse = (response, request) => {
      late.push(request);
      void refused(response, request);
    };
    const run = await follow(await connect(clock, clock.now() + 3_600_000));
    await clock.advance(3_601_000);
    expire();
    await expectBothResumed(run);
    expect(late).toEqual([]);
  });
});

describe('case 66: 200 logs at once', { timeout: 20_000 }, () => {
  it('each have a connection of their own, beside which a list is answered, and leave none behind', async () => {
    const count = 200;
    const waiting: ServerResponse[] = [];
    const open = new Set<ServerResponse>();
    server.otherwise((response, request) => {
      if (!isLog(request)) return listOf('web-1')(response, request);
      open.add(response);
      response.on('close', () => open.delete(response));
      waiting.push(response);
      // None is answered before all have asked: one that waited for another would wait for ever.
      if (waiting.length === count) for (const one of waiting.splice(0)) begin(one);
      return undefined;
    });
    const cluster = openLogCluster(connectionTo(server.url, { tls: { ca: identity.ca } }), {
      clock: realClock,
      userAgent: 'kmaint/test',
      warn: () => {},
    });
    const stop = new AbortController();
    onTestFinished(() => {
      stop.abort(new Error('the test is over'));
      cluster.close();
    });
    const { signal } = stop;
    const answers = await Promise.all(
      Array.from({ length: count }, (_, at) =>
        cluster.open({ namespace: 'default', pod: `web-${String(at)}`, container: 'app' }, { follow: true, signal }),
      ),
    );
    const bodies = answers.map((answer) => (answer.kind === 'stream' ? answer.body : expect.unreachable(answer.kind)));
    expect([server.open, server.connections, open.size]).toEqual([count, count, count]);

    const pods = await cluster.listPods({ namespace: 'default', signal });
    expect(pods.map(({ name }) => name)).toEqual(['web-1']);
    expect([server.open, server.connections, open.size]).toEqual([count + 1, count + 1, count]);
    expect(new Set(server.requests.filter(isLog).map(({ connection }) => connection)).size).toBe(count);

    const given = bodies.map(
      (body) => new Promise<string>((resolve) => body.once('data', (chunk: Buffer) => resolve(chunk.toString()))),
    );
    [...open].forEach((response, at) => response.write(`line ${String(at)}\n`));
    expect(new Set(await Promise.all(given))).toEqual(
      new Set(Array.from({ length: count }, (_, at) => `line ${String(at)}\n`)),
    );

    const closed = bodies.map((body) => new Promise((resolve) => body.once('close', resolve)));
    for (const body of bodies) body.on('error', () => {});
    stop.abort(new Error('enough'));
    await Promise.all(closed);
    await until('all logs to be closed', () => open.size === 0 && server.open <= 1);
    cluster.close();
    await until('all connections to be closed', () => server.open === 0);
  });
});

describe('a log that is not opened', () => {
  const opened = async (url: string) => {
    const cluster = openLogCluster(connectionTo(url), { clock: realClock, userAgent: 'kmaint/test', warn: () => {} });
    const { signal } = new AbortController();
    try {
      return await cluster.open({ namespace: 'shop', pod: 'web-1', container: 'app' }, { follow: true, signal });
    } finally {
      cluster.close();
    }
  };

  it('is told apart: cut or given up by who had taken the request, an answer of the server itself, and no connection at all', async () => {
    const plain = await startServer();
    plain.otherwise((response) => void response.socket?.destroy());
    expect(await opened(plain.url)).toMatchObject({ kind: 'transient', cut: true });
    plain.otherwise(status(504, 'Timeout', 'no answer'));
    expect(await opened(plain.url)).toMatchObject({ kind: 'transient', cut: false });
    plain.otherwise((response) => void response.writeHead(504).end('<html><h1>504 Gateway Time-out</h1></html>'));
    expect(await opened(plain.url)).toMatchObject({ kind: 'transient', cut: true });
    await plain.close();
    expect(await opened(plain.url)).toMatchObject({ kind: 'transient', cut: false });
  });
});
