/** Lines that a log does not give by itself: rotated away, or behind a connection that has died; numbers are those of the list of cases. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../support/clock.ts';
import { lineAt, type LogApi } from '../support/log-api.ts';
import { eachOnItsApi, runLogsOn, until, type LogRun } from '../support/log-run.ts';
import { json, startServer, stream, type Received, type ReplayServer } from '../support/server.ts';
import { Node, page } from './rotated/node.ts';
import { Kubelet } from './stream/kubelet.ts';
import { ref, some } from './stream/world.ts';

/** What is printed while time passes, many times as fast as it does. */
function passing(clock: FakeClock, run: LogRun) {
  const passed = async (): Promise<string> => {
    await clock.advance(100);
    return run.out();
  };
  return expect.poll(passed, { interval: 5, timeout: 15_000 });
}

describe('case 25: a log that was rotated between cut and resumption, with --rotated', { timeout: 20_000 }, () => {
  const [first, second] = ['0.log.20260101-000100', '0.log.20260101-000200'] as const;
  let server: ReplayServer;
  let kubelet: Kubelet;
  let node: Node;
  /** Names of files that were asked for. */
  let asked: string[];
  /** Called before each of them is given. */
  let before: (name: string) => void;

  beforeEach(async () => {
    [kubelet, node, asked, before] = [new Kubelet(), new Node(), [], () => {}];
    server = await startServer();
    server.otherwise((response, request) => answer(response, request));
  });

  afterEach(() => server.close());

  const pod = {
    metadata: { name: 'web-1', namespace: 'default', uid: 'u1', resourceVersion: '7' },
    spec: { nodeName: 'n1', containers: [{ name: 'app' }] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'app', restartCount: 0, containerID: 'containerd://1', state: { running: {} } }],
    },
  };

  async function answer(response: ServerResponse, request: Received): Promise<void> {
    const { pathname, searchParams } = new URL(request.url, server.url);
    if (pathname.endsWith('/log')) return log(response, searchParams);
    const [, name] = /\/proxy\/logs\/pods\/default_web-1_u1\/app\/(.*)$/.exec(pathname) ?? [];
    if (name !== undefined) return file(response, name);
    if (searchParams.has('watch')) return stream([], 'open')(response, request);
    const metadata = { resourceVersion: '7' };
    return json(200, { kind: 'PodList', apiVersion: 'v1', metadata, items: [pod] })(response, request);
  }

  async function log(response: ServerResponse, query: URLSearchParams): Promise<void> {
    const left = new AbortController();
    response.on('close', () => left.abort(new Error('the client has left')));
    const tailLines = query.get('tailLines');
    const given = await kubelet.answer(ref, {
      follow: query.get('follow') === 'true',
      sinceTime: query.get('sinceTime') ?? undefined,
      tailLines: tailLines === null ? undefined : Number(tailLines),
      signal: left.signal,
    });
    const body = given.kind === 'stream' ? given.body : expect.unreachable(given.kind);
    body.on('error', () => response.destroy());
    response.writeHead(200);
    response.flushHeaders();
    body.pipe(response);
  }

  function file(response: ServerResponse, name: string): void {
    if (name !== '') {
      asked.push(name);
      before(name);
    }
    const bytes = name === '' ? Buffer.from(page([...node.files.keys()])) : node.files.get(name);
    if (!bytes) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
    response.writeHead(200, { 'content-type': name === '' ? 'text/html; charset=utf-8' : 'application/octet-stream' });
    response.end(bytes);
  }

  /** Five lines, then a reset; before the log is opened again it has gone on, and was rotated twice. */
  async function readAcross(rotate: () => void): Promise<{ readonly lines: readonly string[]; readonly err: string }> {
    kubelet.writeUnseen(some(5));
    const words = ['web', '-o', 'raw', '--rotated', '--since', '0s', '--until-match', '^line 509$'];
    const clock = new FakeClock();
    const run = runLogsOn(server.url, words, { clock });
    await until('the first lines', () => run.out().endsWith('line 4\n'));
    kubelet.writeUnseen(some(500, 5));
    kubelet.rotate();
    kubelet.writeUnseen(some(5, 505));
    rotate();
    kubelet.hangUp('reset');
    // It might be another run that is read: that is waited for before a gap is told, or filled.
    await passing(clock, run).toMatch(/^line 509$/m);
    expect(await run.done).toBe(0);
    return { lines: run.out().split('\n').slice(0, -1), err: run.err() };
  }

  const all = some(510).map((line) => line.slice(31));

  it.each<[string, () => void]>([
    [
      'the older of them packed',
      () => {
        node.put(`${first}.gz`, some(205));
        node.put(second, some(300, 205));
      },
    ],
    [
      'both of them packed',
      () => {
        node.put(`${first}.gz`, some(205));
        node.put(`${second}.gz`, some(300, 205));
      },
    ],
    [
      'the older packed after its folder was looked at',
      () => {
        node.put(first, some(205));
        node.put(second, some(300, 205));
        before = () => void (node.files.delete(first) && node.put(`${first}.gz`, some(205)));
      },
    ],
  ])('has every line once and in order, without a word of a gap: %s', async (_, rotate) => {
    const { lines, err } = await readAcross(rotate);
    expect(lines).toEqual(all);
    expect(err).not.toMatch(/gap/);
    expect(err).toContain('500 lines that the API did not give were read from rotated files of the node');
    expect(asked).toContain(`${first}.gz`);
  });

  it('has a gap where the packed file is gone when it is read', async () => {
    const { lines, err } = await readAcross(() => {
      node.put(`${first}.gz`, some(205));
      node.put(second, some(300, 205));
      before = () => void node.files.delete(`${first}.gz`);
    });
    expect(lines).toEqual([...all.slice(0, 5), ...all.slice(205)]);
    expect(err).toMatch(/gap.*0\.log\.20260101-000100\.gz could not be read/);
  });
});

describe('case 26: a silent log of a running container', { timeout: 20_000 }, () => {
  let api: LogApi;
  const start = eachOnItsApi((one) => (api = one));

  /** A log whose first line has been printed, and whose second was written without a word to the connection. */
  async function silent(words: string) {
    const clock = new FakeClock();
    const lines = [lineAt(2, 'one')];
    const open: ServerResponse[] = [];
    api.put({ name: 'web-1', containers: { app: { state: 'running', id: 'one' } } });
    api.onLog = ({ query }, response) => {
      const text = lines.slice(query['tailLines'] === undefined ? 0 : -Number(query['tailLines'])).join('');
      response.writeHead(200);
      response.flushHeaders();
      if (query['follow'] !== 'true') return void response.end(text);
      open.push(response);
      response.write(text);
    };
    const run = start(words, { clock });
    await until('a line', () => run.out() === 'one\n');
    lines.push(lineAt(5, 'two'));
    return { clock, run, open, lines };
  }

  const asked = (): string[] =>
    api.asked.map(({ query }) => `${query['follow'] ?? 'false'} ${query['tailLines'] ?? ''}`.trim());

  it('is looked at after 30 s where nothing is said of it, and opened again for what is newer', async () => {
    const { clock, run, open } = await silent('web -o raw');
    await clock.advance(29_900);
    // Whatever was asked by then has arrived.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked()).toEqual(['true']);
    // 30 s, and a fifth of them at most, lest all are looked at together.
    await clock.advance(6_200);
    await until('a look at it', () => api.asked.length > 1);
    await passing(clock, run).toBe('one\ntwo\n');
    expect(asked()).toEqual(['true', 'false 1', 'true']);
    expect(run.err()).toBe('+ web-1 › app\n');
    await until('the first to be left', () => open[0]?.destroyed === true);
    open[1]?.write(lineAt(6, 'three'));
    await until('what comes then', () => run.out() === 'one\ntwo\nthree\n');
  });

  it('is never looked at with --stall-check 0s', async () => {
    const { clock, run, open } = await silent('web -o raw --stall-check 0s');
    for (let minute = 0; minute < 60; minute += 1) await clock.advance(60_000);
    // What comes after an hour comes by the same connection; nothing else was asked before it.
    open[0]?.write(lineAt(3600, 'late'));
    await until('the late line', () => run.out() === 'one\nlate\n');
    expect(asked()).toEqual(['true']);
  });
});
