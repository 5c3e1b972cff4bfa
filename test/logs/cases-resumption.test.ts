/** Logs that break off, and many of them at once, from flags to bytes; numbers are those of the list of cases. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lineAt, type LogApi, type LogAsked } from '../support/log-api.ts';
import { eachOnItsApi, until, type LogRun } from '../support/log-run.ts';

let api: LogApi;
const start = eachOnItsApi((one) => (api = one));

function put(...names: readonly string[]): void {
  for (const name of names) api.put({ name, containers: { app: { state: 'running', id: `${name}-1` } } });
}

/** What a kubelet has of these lines for that request: it knows whole seconds only. */
function had(lines: readonly string[], { query: { sinceTime = '', tailLines, limitBytes } }: LogAsked): string {
  const since = lines.filter((line) => line.slice(0, 19) >= sinceTime.slice(0, 19));
  const text = since.slice(tailLines === undefined ? 0 : -Number(tailLines)).join('');
  return text.slice(0, limitBytes === undefined ? undefined : Number(limitBytes));
}

/** Sends these and leaves the log open, as far as it was to be followed. */
function send({ query }: LogAsked, response: ServerResponse, text: string): void {
  response.writeHead(200, { date: 'Thu, 01 Jan 2026 00:00:59 GMT' });
  response.flushHeaders();
  if (query['follow'] === 'true') response.write(text);
  else response.end(text);
}

const printed = (run: LogRun): string[] => run.out().split('\n').slice(0, -1);
const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => lineAt(1.1, `line ${at}`));

describe('a connection that is lost', () => {
  it.each([
    ['case 21: by a reset, three of five lines of one second after', 'reset', numbered(5)],
    ['case 22: by a clean end while the container runs', 'end', numbered(5)],
    ['case 23: by a clean end among lines that are all the same', 'end', Array<string>(5).fill(lineAt(1.1, 'same'))],
    ['case 23: by a reset among lines that are all the same', 'reset', Array<string>(5).fill(lineAt(1.1, 'same'))],
  ] as const)('%s: gives exactly the two that are left', async (_, how, lines) => {
    put('web-1');
    let first: ServerResponse | undefined;
    const askedMs: number[] = [];
    api.onLog = (asked, response) => {
      askedMs.push(performance.now());
      if (first) return send(asked, response, had(lines, asked));
      first = response;
      send(asked, response, lines.slice(0, 3).join(''));
    };
    const run = start('web -o raw');
    await until('three lines', () => printed(run).length === 3);
    const lostMs = performance.now();
    if (how === 'end') first?.end();
    else first?.socket?.resetAndDestroy();
    await until('the others', () => printed(run).length >= 5);
    expect((askedMs[1] ?? Infinity) - lostMs).toBeLessThan(1000);
    expect(printed(run)).toEqual(lines.map((line) => line.slice(31, -1)));
    expect(api.asked.map(({ query }) => query['sinceTime'] !== undefined)).toEqual([false, true]);
    expect(run.err()).toBe('+ web-1 › app\n');
  });

  it('case 25: a log that was rotated meanwhile goes on behind a gap that is told', async () => {
    put('web-1');
    let first: ServerResponse | undefined;
    api.onLog = (asked, response) => {
      if (first) return send(asked, response, had([lineAt(7, 'new'), lineAt(8, 'newer')], asked));
      first = response;
      send(asked, response, lineAt(2, 'old'));
    };
    const run = start('web -o raw');
    await until('a line', () => run.out() === 'old\n');
    first?.socket?.resetAndDestroy();
    await until('the rest', () => run.out() === 'old\nnew\nnewer\n');
    expect(run.err()).toMatch(/^! web-1 › app: possible gap 00:00:02\.\.00:00:07 \(the log was rotated/m);
  });

  it('case 26: a connection that is silent while the log is not is left for another', async () => {
    put('web-1');
    const lines = [lineAt(2, 'one')];
    api.onLog = (asked, response) => send(asked, response, had(lines, asked));
    const run = start('web -o raw --stall-check 1s');
    await until('a line', () => run.out() === 'one\n');
    lines.push(lineAt(5, 'two'));
    await until('the next', () => run.out() === 'one\ntwo\n');
    expect(api.asked.map(({ query }) => `${query['follow'] ?? ''} ${query['tailLines'] ?? ''}`.trim())).toEqual([
      'true',
      expect.stringMatching(/^(?:false )?1$/),
      'true',
    ]);
  });

  it('case 58: is nothing to a file: each line stands in it once, and the next run appends', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'kmaint-cases-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'default/web-1/app.log');
    const text = (): Promise<string> => readFile(file, 'utf8').catch(() => '');
    const lines = numbered(6);
    put('web-1');
    const open: ServerResponse[] = [];
    api.onLog = (asked, response) => {
      open.push(response);
      send(asked, response, had(lines.slice(0, 2 * open.length), asked));
    };
    const run = start(`web -o raw --output-dir ${folder}`);
    for (let count = 1; count <= 3; count += 1) {
      const upTo = lines.slice(0, 2 * count).map((line) => line.slice(31));
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      await expect.poll(text, { timeout: 10_000 }).toBe(upTo.join(''));
      open.at(-1)?.socket?.resetAndDestroy();
    }
    run.interrupt();
    expect(await run.done).toBe(130);
    expect(run.out()).toBe('');
    api.onLog = (asked, response) => send(asked, response, lineAt(30, 'later'));
    expect(await start(`web -o raw --output-dir ${folder} --no-follow`).done).toBe(0);
    expect(await text()).toBe(`${lines.map((line) => line.slice(31)).join('')}later\n`);
  });
});

describe('a log that is silent', () => {
  it('case 34: is not left for that, whatever Node says of its socket', async () => {
    const sockets = new Set<Socket>();
    const connected = (message: unknown): void => void sockets.add((message as { readonly socket: Socket }).socket);
    subscribe('net.client.socket', connected);
    onTestFinished(() => void unsubscribe('net.client.socket', connected));
    put('web-1');
    let open: ServerResponse | undefined;
    api.onLog = (asked, response) => {
      open = response;
      send(asked, response, lineAt(1, 'one'));
    };
    const run = start('web -o raw --stall-check 0s');
    await until('a line', () => run.out() === 'one\n');
    // As after minutes in which nothing came; both the watch and the log are silent.
    const silent = [...sockets].filter(({ destroyed }) => !destroyed);
    expect(silent.length).toBeGreaterThan(1);
    for (const socket of silent) socket.emit('timeout');
    open?.write(lineAt(400, 'two'));
    await until('the next', () => run.out() === 'one\ntwo\n');
    expect([api.asked.length, api.watches, run.err()]).toEqual([1, 1, '+ web-1 › app\n']);
  });
});

describe('many logs', () => {
  it('case 35: an interrupt ends 200 of them at once with 130, and what had come is printed', async () => {
    const names = Array.from({ length: 200 }, (_, at) => `web-${String(at)}`);
    put(...names);
    api.onLog = (asked, response) => send(asked, response, lineAt(1, `of ${asked.pod}`));
    const run = start('web -o raw --max-log-requests 300');
    await until('all logs', () => api.asked.length === 200 && run.err().split('\n').length > 200);
    await until('a line of each', () => printed(run).length === 200);
    const beforeMs = performance.now();
    run.interrupt();
    expect(await run.done).toBe(130);
    // It is 200 ms on a machine that does nothing else.
    expect(performance.now() - beforeMs).toBeLessThan(1000);
    expect(new Set(printed(run))).toEqual(new Set(names.map((name) => `of ${name}`)));
    await until('no connection', () => api.connections === 0);
  });

  it('case 57: 50 of them come in order, but for those that are not in order themselves', async () => {
    const names = Array.from({ length: 50 }, (_, at) => `web-${String(at)}`);
    put(...names);
    // Each has 20 lines, and one that is later than the two after it.
    const lines = new Map(
      names.map((name, at) => [
        name,
        Array.from({ length: 20 }, (_, line) => lineAt(line * 7 + ((at * 13) % 50) / 10 + (line === 9 ? 20 : 0), name)),
      ]),
    );
    api.onLog = (asked, response) => send(asked, response, (lines.get(asked.pod) ?? []).join(''));
    const run = start('web --sort --no-follow -o raw -t --timezone UTC --only-log-lines');
    expect(await run.done).toBe(0);
    const given = printed(run).map((line) => ({ stamp: line.slice(0, 30), name: line.slice(31) }));
    for (const name of names) {
      const own = given.filter((line) => line.name === name).map(({ stamp }) => stamp);
      expect(own).toEqual(lines.get(name)?.map((line) => line.slice(0, 30)));
    }
    // A line counts as no older than the one before it of the same log.
    const latest = new Map<string, string>();
    const keys = given.map(({ stamp, name }) => {
      const before = latest.get(name) ?? '';
      latest.set(name, stamp > before ? stamp : before);
      return latest.get(name) ?? '';
    });
    expect(keys).toHaveLength(1000);
    expect(keys).toEqual(keys.toSorted());
    expect(given.map(({ stamp }) => stamp)).not.toEqual(given.map(({ stamp }) => stamp).toSorted());
  });
});
