/** Bodies that are taken from the wire past Node's parser, over real TLS, cut into records in every way. */
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { createTransport, type Transport } from '../../src/cluster/transport.ts';
import { makeServerIdentity } from '../../src/playground/certificates.ts';
import { connectionTo } from './connection.ts';

const identity = await makeServerIdentity(Date.now());
const { signal } = new AbortController();
const opened: Transport[] = [];
let server: Server;
let url: string;
/** What each request is answered with, a record for each piece. */
let pieces: readonly Buffer[] = [];
let then: (socket: TLSSocket) => void = () => {};
let connections = 0;

beforeAll(async () => {
  server = createServer({ key: identity.key, cert: identity.cert, noDelay: true }, (socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.on('data', () => {
      for (const piece of pieces) socket.write(piece);
      then(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  then = () => {};
  connections = 0;
});

function transport(): Transport {
  const connection = connectionTo(url, { tls: { ca: identity.ca } });
  const one = createTransport(connection, { clock: realClock, userAgent: 'kmaint/test', warn: () => {} });
  opened.push(one);
  return one;
}

const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n';

const open = (one: Transport, transient = true): Promise<IncomingMessage> =>
  one.stream({ method: 'GET', path: '/log', pool: 'logs', transient, signal });

interface Heard {
  readonly text: string;
  /** `end`, or what was wrong. */
  readonly ended: string;
}

/** Copies at once what it gets, as it has to. */
function hear(body: IncomingMessage, onPiece: (piece: Buffer) => void = () => {}): Promise<Heard> {
  return new Promise((resolve) => {
    let text = '';
    body.on('data', (piece: Buffer) => {
      text += piece.toString('latin1');
      onPiece(piece);
    });
    body.once('end', () => resolve({ text, ended: 'end' }));
    body.once('error', (error) => resolve({ text, ended: error.message }));
    body.once('close', () => resolve({ text, ended: 'closed' }));
  });
}

async function answered(answer: string | readonly string[], transient = true): Promise<Heard> {
  pieces = [answer].flat().map((text) => Buffer.from(text, 'latin1'));
  return hear(await open(transport(), transient));
}

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

describe('a chunked body', () => {
  test.each<[string, readonly string[], string]>([
    ['in one piece with its head', [`${head}${chunk('one\n')}${chunk('two\n')}0\r\n\r\n`], 'one\ntwo\n'],
    ['head and end apart', [head, chunk('one\n'), '0\r\n\r\n'], 'one\n'],
    ['byte by byte', `${head}${chunk('one\n')}${chunk('two\n')}0\r\n\r\n`.split(''), 'one\ntwo\n'],
    ['with sizes in capitals and zeros before them', [head, '000A\r\n0123456789\r\n', '0\r\n\r\n'], '0123456789'],
    ['with extensions', [head, '4;name=value;other\r\none\n\r\n', '0;last\r\n\r\n'], 'one\n'],
    ['with trailers', [head, `${chunk('one\n')}0\r\n`, 'x-checksum: 1\r\n', '\r\n'], 'one\n'],
    ['of lines that look like an end', [head, chunk('0\r\n\r\n'), chunk(head), '0\r\n\r\n'], `0\r\n\r\n${head}`],
    ['that is empty', [head, '0\r\n\r\n'], ''],
    ['after a word of patience', [`HTTP/1.1 103 Early Hints\r\n\r\n${head}`, chunk('one\n'), '0\r\n\r\n'], 'one\n'],
  ])('%s', async (_, answer, expected) => {
    expect(await answered(answer)).toEqual({ text: expected, ended: 'end' });
    expect(await answered(answer, false)).toEqual({ text: expected, ended: 'end' });
  });

  test('comes in places that are used again', async () => {
    pieces = [Buffer.from(head), ...Array.from({ length: 50 }, (_, at) => Buffer.from(chunk(`line ${String(at)}\n`)))];
    const kept: Buffer[] = [];
    then = (socket) => void socket.end('0\r\n\r\n');
    await hear(await open(transport()), (piece) => kept.push(piece));
    expect(new Set(kept.map(({ buffer }) => buffer)).size).toBeLessThan(kept.length / 2);
  });

  test('is the same for all, however it is cut', async () => {
    let seed = 20_261_121;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed % below;
    };
    for (let round = 0; round < 60; round += 1) {
      let text = '';
      let wire = head;
      for (let count = random(8); count >= 0; count -= 1) {
        const part = 'x'.repeat(random(3) === 0 ? random(40_000) + 1 : random(20) + 1);
        text += part;
        wire += chunk(part);
      }
      wire += '0\r\n\r\n';
      const cut: string[] = [];
      for (let at = 0; at < wire.length;) {
        const bytes = random(2) === 0 ? random(5) + 1 : random(20_000) + 1;
        cut.push(wire.slice(at, at + bytes));
        at += bytes;
      }
      const heard = await answered(cut);
      expect(heard.ended, `round ${String(round)}`).toBe('end');
      expect(heard.text === text, `round ${String(round)}`).toBe(true);
      for (const one of opened.splice(0)) one.close();
    }
  });
});

describe('a body that is not as it should be', () => {
  test.each<[string, readonly string[]]>([
    ['no size', [head, chunk('one\n'), 'what\r\n']],
    ['a size without digits', [head, chunk('one\n'), '\r\none\n\r\n']],
    ['a size beyond all reason', [head, chunk('one\n'), 'fffffffffffffffff\r\n']],
    ['a chunk that goes on', [head, '4\r\none\nand more\r\n']],
  ])('%s: what came before is given, and that it broke off', async (_, answer) => {
    for (const transient of [true, false]) {
      const heard = await answered(answer, transient);
      expect(heard.text).toBe('one\n');
      expect(heard.ended).not.toBe('end');
    }
  });

  test.each([
    ['in a chunk', '9\r\nhalf'],
    ['between two chunks', chunk('half')],
  ])('is cut %s', async (_, last) => {
    pieces = [Buffer.from(head), Buffer.from(last)];
    then = (socket) => void socket.end();
    expect(await hear(await open(transport()))).toEqual({ text: 'half', ended: 'aborted' });
  });
});

describe('other answers are left to Node', () => {
  test.each([
    ['with a length', 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\none\n', 'one\n'],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ])('%s', async (_, answer, text) => {
    expect(await answered(answer)).toEqual({ text, ended: 'end' });
  });

  test('to the end of the connection', async () => {
    pieces = [Buffer.from('HTTP/1.1 200 OK\r\n\r\none\n')];
    then = (socket) => void socket.end();
    expect(await hear(await open(transport()))).toEqual({ text: 'one\n', ended: 'end' });
  });

  test('refusals', async () => {
    const status = JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: 'not for you' });
    pieces = [Buffer.from(`${head.replace('200 OK', '403 Forbidden')}${chunk(status)}0\r\n\r\n`)];
    await expect(open(transport())).rejects.toMatchObject({ code: 'cluster.forbidden' });
  });
});

describe('a reader', () => {
  const lines = Array.from({ length: 300 }, (_, at) => `line ${String(at)}\n`);
  const wire = [head, ...lines.map(chunk), '0\r\n\r\n'];

  test.each([
    ['all at once', [wire.join('')]],
    ['piece by piece', wire],
  ])('may pause after every piece: %s', async (_, answer) => {
    pieces = answer.map((text) => Buffer.from(text));
    const body = await open(transport());
    let given = 0;
    const heard = await hear(body, () => {
      expect(body.isPaused(), 'nothing is given while it is paused').toBe(false);
      given += 1;
      body.pause();
      setTimeout(() => body.resume(), given % 50 === 0 ? 5 : 0);
    });
    expect(heard).toEqual({ text: lines.join(''), ended: 'end' });
    expect(given).toBe(lines.length);
  });

  test('that pauses at the last piece hears of the end when it goes on', async () => {
    pieces = [Buffer.from(`${head}${chunk('one\n')}0\r\n\r\n`)];
    const body = await open(transport());
    let ended = false;
    body.once('end', () => (ended = true));
    body.once('data', () => body.pause());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ended).toBe(false);
    body.resume();
    await expect.poll(() => ended).toBe(true);
  });

  test('that comes late has missed nothing', async () => {
    pieces = wire.map((text) => Buffer.from(text));
    const body = await open(transport());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await hear(body)).toEqual({ text: lines.join(''), ended: 'end' });
  });

  test('that has seen enough is given nothing more', async () => {
    pieces = [Buffer.from(wire.join(''))];
    const body = await open(transport());
    let given = 0;
    const heard = await hear(body, () => {
      given += 1;
      if (given === 3) body.destroy();
    });
    expect(heard).toEqual({ text: lines.slice(0, 3).join(''), ended: 'closed' });
  });

  test('leaves the connection to the next, whatever that reads', async () => {
    pieces = wire.map((text) => Buffer.from(text));
    const one = transport();
    for (const transient of [true, true, false, true]) {
      expect((await hear(await open(one, transient))).text).toBe(lines.join(''));
    }
    expect(connections).toBe(1);
  });
});
