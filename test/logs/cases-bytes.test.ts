/** Bytes of logs, from the server to the output; numbers are those of the list of cases that logs has to master. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lineAt, LogApi } from '../support/log-api.ts';
import { runLogsOn } from '../support/log-run.ts';

let api: LogApi;

beforeEach(async () => {
  api = new LogApi();
  await api.start();
  api.put({ name: 'web-1', containers: { app: { state: 'running', id: 'one' } } });
});

afterEach(() => api.stop());

interface Read {
  readonly out: string;
  readonly bytes: Buffer;
  readonly err: string;
}

/** Reads a log of these bytes once; they come in pieces of that size. */
async function read(
  log: Buffer | string,
  words: string,
  pieceBytes = Infinity,
  color: 'always' | 'never' = 'never',
): Promise<Read> {
  const bytes = Buffer.from(log);
  api.onLog = (_, response) => {
    response.writeHead(200);
    for (let at = 0; at < bytes.length; at += Math.min(pieceBytes, bytes.length)) {
      response.write(bytes.subarray(at, Math.min(bytes.length, at + pieceBytes)));
    }
    response.end();
  };
  const run = runLogsOn(api.url, `web --no-follow --only-log-lines ${words}`.trim().split(' '), { color });
  expect(await run.done).toBe(0);
  return { out: run.out(), bytes: run.bytes(), err: run.err() };
}

const stamp = lineAt(1, '').slice(0, -1);

describe('case 37: bytes that are no UTF-8', () => {
  const odd = Buffer.from([0x61, 0xff, 0xfe, 0xc3, 0x28, 0xe2, 0x82, 0x62]);
  const log = Buffer.concat([Buffer.from(stamp), odd, Buffer.from('\n')]);

  it.each(['raw', 'default'])('are printed as they are: %s', async (output) => {
    const { bytes } = await read(log, `-o ${output}`);
    const prefix = Buffer.from(output === 'raw' ? '' : 'web-1 app ');
    expect(bytes).toEqual(Buffer.concat([prefix, odd, Buffer.from('\n')]));
  });

  it('are U+FFFD in JSON', async () => {
    const { out } = await read(log, '-o json');
    expect(JSON.parse(out)).toMatchObject({ message: 'a\uFFFD\uFFFD\uFFFD(\uFFFD\uFFFDb' });
  });
});

describe('case 38: a line of 5 MiB', () => {
  const long = 'x'.repeat(5 * 1024 * 1024);

  it('is cut at --max-line-bytes with a mark, and the next is whole', async () => {
    const { out, err } = await read(lineAt(1, long) + lineAt(2, 'next'), '--max-line-bytes 4096 -o raw', 65_536);
    const [first = '', second] = out.split('\n');
    expect(first.length).toBeLessThan(4200);
    expect(first.startsWith('x'.repeat(4000))).toBe(true);
    expect(second).toBe('next');
    expect(`${first}${err}`).toMatch(/truncated|left out|cut/);
  });

  it('is printed whole where that is allowed', async () => {
    const { out } = await read(lineAt(1, long) + lineAt(2, 'next'), '--max-line-bytes 10000000 -o raw', 65_536);
    expect(out === `${long}\nnext\n`).toBe(true);
  });
});

describe('case 39: odd lines', () => {
  const texts = ['with\r', '', '   ', '-n', '-e \\t', '\ttab', ' leading', 'trailing  ', '%s %d', '$& $1', '\\'];
  const log = texts.map((text, index) => lineAt(index, text)).join('');

  it.each([1, 7, 4096])('stay as they are, in pieces of %i bytes', async (pieceBytes) => {
    const { out } = await read(log, '-o raw', pieceBytes);
    expect(out).toBe(texts.map((text) => `${text}\n`).join(''));
  });

  it('stay as they are behind a prefix', async () => {
    const { out } = await read(log, '');
    expect(out).toBe(texts.map((text) => `web-1 app ${text}\n`).join(''));
  });
});

describe('case 41: an old kubelet that puts a timestamp before every 16 KiB', () => {
  it('has its long lines joined', async () => {
    const parts = ['a'.repeat(16_384), 'b'.repeat(16_384), 'c'.repeat(100)];
    const log = `${parts.map((part) => `${stamp}${part}`).join('')}\n${lineAt(2, 'next')}`;
    const { out } = await read(log, '-o raw', 10_000);
    expect(out === `${parts.join('')}\nnext\n`).toBe(true);
  });
});

describe('case 45: a line without a timestamp', () => {
  it('between others is printed whole', async () => {
    const { out, err } = await read(`${lineAt(1, 'first')}panic: no stamp here\n${lineAt(3, 'third')}`, '-o raw');
    expect(`${out}${err}`).toContain('panic: no stamp here');
    expect(out.split('\n')).toEqual(expect.arrayContaining(['first', 'third']));
  });

  it.each([1, 7, Infinity])('before all others is a line, too, in pieces of %d bytes', async (pieceBytes) => {
    const { out, err } = await read(`\tat foo\n${lineAt(2, 'x')}`, '-o raw', pieceBytes);
    expect([out, err]).toEqual(['\tat foo\nx\n', '']);
  });

  it('is whole before a line that is not ended', async () => {
    const { out } = await read(`\tat foo\n${lineAt(2, 'x').trimEnd()}`, '-o raw');
    expect(out).toBe('\tat foo\nx\n');
  });
});

describe('case 46: what acts on a terminal', () => {
  const red = '\u001B[31mred';
  const title = '\u001B]0;owned\u0007\u001B[2Jcleared';

  it('colours stay, and end with their line', async () => {
    const { out } = await read(lineAt(1, red) + lineAt(2, 'plain'), '--control-chars escape', Infinity, 'always');
    const [first = '', second = ''] = out.split('\n');
    expect(first).toContain(red);
    expect(first.endsWith('\u001B[0m')).toBe(true);
    expect(second).toContain('plain');
  });

  it('everything else is escaped', async () => {
    const { out } = await read(lineAt(1, title), '--control-chars escape', Infinity, 'always');
    expect(out).not.toContain('\u001B]0;');
    expect(out).not.toContain('\u001B[2J');
    expect(out).not.toContain('\u0007');
    expect(out).toContain('owned');
    expect(out).toContain('cleared');
  });

  it('without colours prefixes have none, and messages keep theirs', async () => {
    const { out } = await read(lineAt(1, red), '');
    expect(out).toBe(`web-1 app ${red}\n`);
  });
});

describe('case 47: a highlight over text with colours', () => {
  it('cuts no code', async () => {
    const { out } = await read(lineAt(1, 'an \u001B[31merr\u001B[0mor here'), '-H error -H m', Infinity, 'always');
    // Every escape begins a whole code.
    const codes = out.split('\u001B').slice(1);
    expect(codes.length).toBeGreaterThan(2);
    for (const code of codes) expect(code).toMatch(/^\[[\d;]*m/);
    expect(out).toContain('\u001B[31merr');
  });
});
