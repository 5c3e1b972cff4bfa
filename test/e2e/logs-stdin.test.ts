/** `kmaint logs` as it was built, between real pipes and before a real disk; numbers are those of the list of cases. */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kmaint, run, type Ended } from '../support/kmaint.ts';
import { lineAt, LogApi } from '../support/log-api.ts';
import { until } from '../support/log-run.ts';

const node = process.env['KMAINT_TEST_NODE'] ?? process.execPath;
const door = resolve(import.meta.dirname, '../../bin/kmaint.js');
/** Whatever hangs is killed, and ends with 137. */
const kmaintLogs = ['timeout', '--signal=KILL', '20', node, door, 'logs'];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmaint-logs-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a script of bash in which `"$@"` is kmaint with these words. */
function piped(script: string, words: readonly string[]): Promise<Ended> {
  return run('bash', ['-c', `folder=$1; shift; ${script}`, 'bash', folder, ...kmaintLogs, ...words]);
}

/** What comes out of it, byte by byte, when these parts of its input come through a pipe one after the other. */
async function through(parts: readonly Buffer[], words: readonly string[]): Promise<Buffer> {
  await Promise.all(parts.map((part, at) => writeFile(join(folder, `part${String(at)}`), part)));
  const cats = parts.map((_, at) => `cat "$folder/part${String(at)}"`).join('; sleep 0.2; ');
  const script = `{ ${cats}; } | "$@" | cat > "$folder/out"; echo "kmaint: \${PIPESTATUS[1]}"`;
  const ended = await piped(script, ['--stdin', ...words]);
  expect([ended.stdout, ended.stderr]).toEqual(['kmaint: 0\n', '']);
  return readFile(join(folder, 'out'));
}

describe('case 59: lines of another program', { timeout: 30_000 }, () => {
  const odd = Buffer.concat([Buffer.from('ü'), Buffer.from([0xff, 0x00, 0xc3, 0x28]), Buffer.from('\r')]);
  const input = Buffer.concat([
    Buffer.from('{"level":"warn","msg":"slow"}\n\n2026-01-01T00:00:00.000000001Z stamped\n'),
    odd,
    Buffer.from('\nlast, not ended'),
  ]);
  // In the midst of a line, and of a character.
  const inParts = [
    input.subarray(0, 9),
    input.subarray(9, input.indexOf(odd) + 1),
    input.subarray(input.indexOf(odd) + 1),
  ];

  it('go through a template', async () => {
    const template =
      '{{with $m := .Message | tryParseJSON}}{{$m.level}}: {{$m.msg}}{{else}}<{{.PodName}}> {{.Message}}{{end}}{{"\\n"}}';
    expect(await through(inParts, ['--template', template])).toEqual(
      Buffer.concat([
        Buffer.from('warn: slow\n<> \n<> 2026-01-01T00:00:00.000000001Z stamped\n<> '),
        odd,
        Buffer.from('\n<> last, not ended\n'),
      ]),
    );
  });

  it('are JSON', async () => {
    const nobody = '"nodeName":"","namespace":"","podName":"","containerName":"","labels":null,"annotations":null}\n';
    const messages = [
      String.raw`{\"level\":\"warn\",\"msg\":\"slow\"}`,
      '',
      '2026-01-01T00:00:00.000000001Z stamped',
      String.raw`ü\ufffd\u0000\ufffd(\r`,
      'last, not ended',
    ];
    const expected = messages.map((message) => `{"message":"${message}",${nobody}`).join('');
    expect((await through(inParts, ['-o', 'json'])).toString()).toBe(expected);
  });

  it.each([
    ['ends with a line', '\n'],
    ['does not', ''],
  ])('are what they were where the input is more than pipes hold, and %s', async (_, end) => {
    const text = Array.from({ length: 20_000 }, (__, at) => `line ${String(at)} ${'x'.repeat(at % 300)}`).join('\n');
    const out = await through([Buffer.from(`${text}${end}`)], ['-o', 'raw']);
    expect(out.equals(Buffer.from(`${text}\n`))).toBe(true);
  });

  it('may be none', async () => {
    expect(await through([Buffer.alloc(0)], ['-o', 'json'])).toEqual(Buffer.alloc(0));
  });
});

describe('case 63: a reader that leaves', { timeout: 30_000 }, () => {
  it.each([
    ['-o raw', ['-o', 'raw'], 'y'],
    ['a template', ['--template', '<{{.Message}}>{{"\\n"}}'], '<y>'],
  ])('ends it with 0 and without a word while input goes on: %s', async (_, words, line) => {
    const ended = await piped('yes | "$@" | head -1; echo "kmaint: ${PIPESTATUS[1]}"', ['--stdin', ...words]);
    expect([ended.stdout, ended.stderr]).toEqual([`${line}\nkmaint: 0\n`, '']);
  });

  it('ends it while input has fallen silent, and is not at its end', async () => {
    // Whoever opened the pipe for both ways keeps it open.
    const silent = 'mkfifo "$folder/input"; exec 3<>"$folder/input"; seq 1 100000 > "$folder/input" 3>&- &';
    const script = `${silent} "$@" < "$folder/input" 3>&- | head -1 3>&-; echo "kmaint: \${PIPESTATUS[0]}"`;
    const ended = await piped(script, ['--stdin', '-o', 'raw']);
    expect([ended.stdout, ended.stderr]).toEqual(['1\nkmaint: 0\n', '']);
  });
});

describe('logs of a server', { timeout: 30_000 }, () => {
  let api: LogApi;

  beforeEach(async () => {
    api = new LogApi();
    await api.start();
    for (const name of ['web-1', 'web-2']) api.put({ name, containers: { app: { state: 'running', id: name } } });
  });

  afterEach(() => api.stop());

  const fileOf = (pod: string): Promise<string> =>
    readFile(join(folder, 'default', pod, 'app.log'), 'utf8').catch(() => '');
  const numbered = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, at) => lineAt(1, `line ${String(from + at)} ${'x'.repeat(100)}`));
  const messages = (lines: readonly string[]): string => lines.map((line) => line.slice(31)).join('');

  it('case 58: a disk that takes no more of one file amid the run is told once, and the other is whole', async () => {
    const open = new Map<string, ServerResponse>();
    const small = numbered(0, 20);
    api.onLog = ({ pod }, response) => {
      open.set(pod, response);
      response.writeHead(200);
      response.write(small.join(''));
    };
    // Files of 8 KiB at most; going beyond is an error of the write, as on a disk that is full.
    const words = ['web', '-o', 'raw', '--only-log-lines', '--server', api.url, '--output-dir', folder];
    const running = piped('ulimit -f 8; "$@"', words);
    await expect.poll(() => fileOf('web-1'), { timeout: 15_000 }).toBe(messages(small));
    await expect.poll(() => fileOf('web-2'), { timeout: 15_000 }).toBe(messages(small));
    const later = numbered(20, 10);
    open.get('web-2')?.write(later.join(''));
    await expect.poll(() => fileOf('web-2'), { timeout: 15_000 }).toBe(messages([...small, ...later]));
    let written = small.length;
    const writing = setInterval(() => {
      open.get('web-1')?.write(numbered(written, 20).join(''));
      written += 20;
    }, 20);
    const { code, stdout, stderr } = await running;
    clearInterval(writing);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.match(/^error: .*/gm)).toEqual([
      `error: cannot write ${folder}/default/web-1/app.log: EFBIG: file too large, write`,
    ]);
    const full = await fileOf('web-1');
    expect(full).toHaveLength(8192);
    expect(messages(numbered(0, written)).startsWith(full)).toBe(true);
    expect(await fileOf('web-2')).toBe(messages([...small, ...later]));
    await until('no connection', () => api.connections === 0);
  });

  it('case 35: an interrupt leaves all that had come to a reader that has not looked yet', async () => {
    const lines = numbered(0, 300);
    // Told of on stderr when it was read, behind all others.
    const long = lineAt(1, 'y'.repeat(2000));
    api.remove('web-2');
    api.onLog = (_, response) => {
      response.writeHead(200);
      response.write(`${lines.join('')}${long}`);
    };
    let said = '';
    let child: ChildProcess | undefined;
    const ended = kmaint(['logs', 'web', '-o', 'raw', '--max-line-bytes', '1024', '--server', api.url], {
      onStart: (one) => {
        child = one;
        one.stdout?.pause();
      },
      onStderr: (text) => (said += text),
    });
    await until('the long line', () => said.includes('(--max-line-bytes)'));
    child?.kill('SIGINT');
    await until('no connection', () => api.connections === 0);
    child?.stdout?.resume();
    const { code, stdout, stderr } = await ended;
    expect(stdout).toBe(`${messages(lines)}${'y'.repeat(1024)}…[truncated 976 bytes]\n`);
    expect([code, stderr.match(/error|bug/)]).toEqual([130, null]);
  });

  const wide = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, at) => lineAt(1, `line ${String(from + at)} ${'x'.repeat(737)}`));

  /** More lines than pipes and their readers hold, to a reader that does not read; interrupted once that is so. */
  async function interrupted(): Promise<{ readonly child: ChildProcess; readonly ended: Promise<Ended>; all: string }> {
    const [before, behind] = [wide(0, 380), wide(380, 3000)];
    // Told of on stderr when it was read.
    const long = lineAt(1, 'y'.repeat(2000));
    api.remove('web-2');
    api.onLog = (_, response) => {
      response.writeHead(200);
      response.write(`${before.join('')}${long}${behind.join('')}`);
    };
    let said = '';
    const children: ChildProcess[] = [];
    const ended = kmaint(['logs', 'web', '-o', 'raw', '--max-line-bytes', '1024', '--server', api.url], {
      onStart: (one) => {
        one.stdout?.pause();
        children.push(one);
      },
      onStderr: (text) => (said += text),
    });
    await until('the long line', () => said.includes('(--max-line-bytes)'));
    const [child] = children;
    if (!child) throw new Error('kmaint was not started');
    child.kill('SIGINT');
    return { child, ended, all: `${messages(before)}${'y'.repeat(1024)}…[truncated 976 bytes]\n${messages(behind)}` };
  }

  it('case 35: an interrupt while lines are held back for a slow reader leaves whole lines', async () => {
    const { child, ended, all } = await interrupted();
    // Longer than an interrupted run holds them; then the reader reads on, a little at a time.
    await new Promise((later) => setTimeout(later, 400));
    child.stdout?.on('data', () => {
      child.stdout?.pause();
      setTimeout(() => child.stdout?.resume(), 5);
    });
    child.stdout?.resume();
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout.length).toBeGreaterThan(65_536);
    expect(stdout.length).toBeLessThan(all.length);
    expect(all.startsWith(stdout)).toBe(true);
    expect(stdout.at(-1)).toBe('\n');
  });

  it('case 35: an interrupt ends the process though nobody reads at all', async () => {
    const { child, ended } = await interrupted();
    const exit = await new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? code));
      setTimeout(() => resolve('alive after 15 s'), 15_000).unref();
    });
    expect(exit).toBe(130);
    child.stdout?.resume();
    await ended;
  });
});
