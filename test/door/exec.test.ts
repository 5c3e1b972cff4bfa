/** Programs that are run in containers, over real sockets: every byte, every kind of end. */
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { execInContainer, type ExecSink } from '../../src/cluster/exec-file.ts';
import { createTransport, type Transport } from '../../src/cluster/transport.ts';
import { FakeClock } from '../support/clock.ts';
import { connectionTo } from './connection.ts';

const ref = { namespace: 'shop', pod: 'web-1', container: 'app' };

/** A frame as servers send it: not masked. */
function frame(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(first, length), payload]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

const onChannel = (channel: number, text: string | Buffer): Buffer =>
  frame(0x82, Buffer.concat([Buffer.of(channel), Buffer.from(text)]));
const success = onChannel(3, JSON.stringify({ status: 'Success' }));
const closing = frame(0x88, Buffer.of(3, 0xe8));
const exitOf = (code: number): Buffer =>
  onChannel(
    3,
    JSON.stringify({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      message: `command terminated with non-zero exit code: exit status ${code}`,
      details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
    }),
  );

let server: http.Server;
let transport: Transport;
let running: AbortController;
let sockets: Socket[];
let asked: http.IncomingMessage[];
let serve: (socket: Socket, request: http.IncomingMessage) => void;
let protocol: string;

beforeEach(async () => {
  sockets = [];
  asked = [];
  protocol = 'v5.channel.k8s.io';
  running = new AbortController();
  serve = (socket) => socket.end(Buffer.concat([success, closing]));
  server = http.createServer((_, response) => {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'no', code: 403 }));
  });
  server.on('upgrade', (request, socket: Socket) => {
    asked.push(request);
    sockets.push(socket);
    socket.on('error', () => {});
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    serve(socket, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  transport = createTransport(connectionTo(`http://127.0.0.1:${port}`), {
    clock: realClock,
    userAgent: 'kmaint/test',
    warn: () => {},
  });
});

afterEach(async () => {
  running.abort(new Error('over'));
  transport.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

function start(changes: Partial<ExecSink> = {}, clock = realClock) {
  const texts = { stdout: '', stderr: '' };
  const sink: ExecSink = {
    stdout: (bytes) => {
      texts.stdout += bytes.toString('latin1');
      return undefined;
    },
    stderr: (bytes) => void (texts.stderr += bytes.toString('latin1')),
    ...changes,
  };
  const ended = execInContainer({ transport, clock }, ref, ['tail', '-n', '1', '--', '-a b'], sink, running.signal);
  return { ended, texts };
}

/** The client has ended the first connection. */
function isLeft(): boolean {
  const [socket] = sockets;
  return socket !== undefined && (socket.readableEnded || socket.destroyed);
}

describe('a program in a container', () => {
  it('is asked for word by word, without a shell', async () => {
    const run = start();
    expect(await run.ended).toEqual({ kind: 'exited', code: 0 });
    const url = new URL(asked[0]?.url ?? '', 'http://api');
    expect(url.pathname).toBe('/api/v1/namespaces/shop/pods/web-1/exec');
    expect(url.searchParams.getAll('command')).toEqual(['tail', '-n', '1', '--', '-a b']);
    expect(url.searchParams.get('stdin')).toBe(null);
    // A kubelet answers 406 to a client that takes JSON alone.
    expect(asked[0]?.headers).toMatchObject({
      accept: '*/*',
      'sec-websocket-protocol': 'v5.channel.k8s.io, v4.channel.k8s.io',
    });
  });

  it.each(['v5.channel.k8s.io', 'v4.channel.k8s.io'])('gives every byte of both streams under %s', async (spoken) => {
    protocol = spoken;
    const all = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 256));
    const wire = Buffer.concat([
      onChannel(1, ''),
      onChannel(1, all.subarray(0, 100)),
      onChannel(2, 'oh\n'),
      frame(0x89, Buffer.from('are you there')),
      onChannel(1, all.subarray(100, 300)),
      // One message in three frames.
      frame(0x02, Buffer.concat([Buffer.of(1), all.subarray(300, 70_000)])),
      frame(0x00, all.subarray(70_000, 140_000)),
      frame(0x80, all.subarray(140_000)),
      exitOf(7),
      closing,
    ]);
    serve = (socket) => void dribble(socket, wire);
    const run = start();
    expect(await run.ended).toEqual({ kind: 'exited', code: 7 });
    expect(Buffer.from(run.texts.stdout, 'latin1').equals(all)).toBe(true);
    expect(run.texts.stderr).toBe('oh\n');
  });

  it('gives what came together with the answer to the handshake, and outlives a close without words', async () => {
    serve = (socket) => {
      socket.cork();
      socket.end(Buffer.concat([onChannel(1, 'first\n'), success]));
    };
    const run = start();
    expect(await run.ended).toEqual({ kind: 'exited', code: 0 });
    expect(run.texts.stdout).toBe('first\n');
  });

  it('answers pings with what they carry, masked', async () => {
    const heard: Buffer[] = [];
    serve = (socket) => {
      socket.on('data', (chunk: Buffer) => {
        heard.push(chunk);
        if (Buffer.concat(heard).length >= 6 + 4) socket.end(Buffer.concat([success, closing]));
      });
      socket.write(frame(0x89, Buffer.from('abcd')));
    };
    await start().ended;
    const [first = 0, second = 0, ...rest] = Buffer.concat(heard);
    expect([first, second]).toEqual([0x8a, 0x84]);
    const text = rest.slice(4, 8).map((byte, index) => byte ^ (rest[index] ?? 0));
    expect(Buffer.from(text).toString()).toBe('abcd');
  });

  it('waits for whoever takes its lines', async () => {
    const piece = onChannel(1, Buffer.alloc(1_000_000, 'x'));
    let taken = 0;
    let free = (): void => {};
    let sent = 0;
    serve = (socket) => {
      const more = (): void => {
        while (sent < 40) {
          sent += 1;
          if (!socket.write(piece)) return void socket.once('drain', more);
        }
        socket.end(Buffer.concat([success, closing]));
      };
      more();
    };
    const run = start({
      stdout: (bytes) => {
        taken += bytes.length;
        return taken === bytes.length ? new Promise((resolve) => (free = resolve)) : undefined;
      },
    });
    await expect.poll(() => sent > 0 && taken > 0).toBe(true);
    let before = -1;
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(sent).toBeLessThan(40);
    expect(taken).toBeLessThan(1_000_000);
    free();
    expect(await run.ended).toEqual({ kind: 'exited', code: 0 });
    expect(taken).toBe(40_000_000);
  });

  it.each<[string, Buffer, object]>([
    [
      'no such program',
      onChannel(3, JSON.stringify({ status: 'Failure', reason: 'InternalError', message: 'exec: "tail": not found' })),
      { kind: 'not-started', message: 'exec: "tail": not found' },
    ],
    [
      'what the runtime says, wrapped twice',
      onChannel(
        3,
        JSON.stringify({
          status: 'Failure',
          reason: 'InternalError',
          message: 'Internal error occurred: Internal error occurred: container is in CONTAINER_EXITED state',
        }),
      ),
      { kind: 'not-started', message: 'container is in CONTAINER_EXITED state' },
    ],
    [
      'a refusal without words',
      onChannel(3, JSON.stringify({ status: 'Failure' })),
      { kind: 'not-started', message: 'the program could not be started' },
    ],
    ['no word of how it ended', closing, { kind: 'cut', message: 'the connection was closed' }],
    ['half a status', onChannel(3, '{"status":"Succ'), { kind: 'cut' }],
    ['a reason to close', frame(0x88, Buffer.from('\u0003\u00f3going away', 'latin1')), { message: 'going away' }],
    ['no frames', Buffer.from('HTTP/1.1 500 \r\n\r\n'), { kind: 'cut', message: expect.stringContaining('WebSocket') }],
  ])('tells how it ended: %s', async (_, wire, expected) => {
    serve = (socket) => socket.end(wire);
    expect(await start().ended).toMatchObject(expected);
  });

  it('is cut with its connection', async () => {
    serve = (socket) => socket.write(onChannel(1, 'a\n'), () => socket.resetAndDestroy());
    const run = start();
    expect(await run.ended).toMatchObject({ kind: 'cut' });
  });

  it('ends at once when it is not wanted any more', async () => {
    serve = (socket) => void socket.resume().write(onChannel(1, 'a\n'));
    const run = start();
    await expect.poll(() => run.texts.stdout).toBe('a\n');
    running.abort(new Error('enough'));
    await expect(run.ended).rejects.toThrow('enough');
    await expect.poll(isLeft).toBe(true);
  });

  it('throws what its reader throws', async () => {
    serve = (socket) => void socket.write(onChannel(1, 'a\n'));
    const run = start({ stdout: () => Promise.reject(new Error('disk full')) });
    await expect(run.ended).rejects.toThrow('disk full');
  });

  it('is given up when nothing answers for a minute', async () => {
    const clock = new FakeClock();
    const heard: Buffer[] = [];
    serve = (socket) => void socket.on('data', (chunk: Buffer) => heard.push(chunk));
    const run = start({}, clock);
    await expect.poll(() => clock.waiting).toBe(1);
    await clock.advance(60_000);
    await expect.poll(() => Buffer.concat(heard).length).toBe(3 * 6);
    await clock.advance(20_000);
    expect(await run.ended).toEqual({ kind: 'cut', message: 'nothing came, not even an answer to a ping' });
    expect(clock.waiting).toBe(0);
  });

  it('is refused where a protocol is spoken that nobody asked for', async () => {
    protocol = 'v1.channel.k8s.io';
    expect(await start().ended).toMatchObject({ kind: 'refused', error: { code: 'cluster.invalid' } });
    await expect.poll(isLeft).toBe(true);
  });

  it.each<[number, string, object]>([
    [403, 'Forbidden', { kind: 'refused', error: { code: 'cluster.forbidden' } }],
    [404, 'NotFound', { kind: 'gone' }],
    [400, 'BadRequest', { kind: 'refused', error: { code: 'cluster.invalid' } }],
    [500, 'InternalError', { kind: 'cut' }],
    [503, 'ServiceUnavailable', { kind: 'cut' }],
  ])('says how a server answers that takes no handshake: %i', async (code, reason, expected) => {
    server.removeAllListeners('upgrade');
    server.on('upgrade', (_, socket: Socket) => {
      const body = JSON.stringify({ kind: 'Status', status: 'Failure', reason, message: 'why', code });
      socket.end(
        `HTTP/1.1 ${code} X\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    expect(await start().ended).toMatchObject(expected);
  });

  it.each([
    ['pod does not exist', 'cut'],
    ['rpc error: code = NotFound desc = an error occurred when try to find container "1a": not found', 'cut'],
    ['404 page not found', 'refused'],
  ])('knows the words of a kubelet that makes no Status of them: %s', async (words, kind) => {
    server.removeAllListeners('upgrade');
    server.on('upgrade', (_, socket: Socket) => {
      socket.end(`HTTP/1.1 404 Not Found\r\ncontent-length: ${words.length}\r\n\r\n${words}`);
    });
    expect(await start().ended).toMatchObject({ kind });
  });
});

/** In chunks of every size, so that heads of frames come in halves. */
async function dribble(socket: Socket, wire: Buffer): Promise<void> {
  for (let at = 0, size = 1; at < wire.length; at += size, size = at < 400 ? 1 + (at % 5) : 33_333) {
    socket.write(wire.subarray(at, at + size));
    if (at < 400) await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end();
}
