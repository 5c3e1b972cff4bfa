/** The log server itself, in a process of its own so that it has a core of its own; `log-server.ts` starts it. */
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { makeServerIdentity } from '../../src/playground/certificates.ts';
import { answer, podObject, type Answer } from './log-answers.ts';
import { bodyOf, stampOf, type Body } from './log-bodies.ts';
import { startDelayProxy } from './log-delay.ts';
import type { LogContent, ServedContainer } from './log-world.ts';
import type { FromServer, ServerStart, Statistics, ToServer } from './log-server.ts';

type Request = IncomingMessage | Http2ServerRequest;
/** What HTTP/1.1 and HTTP/2 have in common. */
type Response = Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'once' | 'on' | 'flushHeaders'>;

/** As the API server advertises. */
const streamsPerConnection = 100;

const tell = (message: FromServer): void => void process.send?.(message);

async function start({ world, chunkBytes, roundTripMs }: ServerStart): Promise<void> {
  const identity = await makeServerIdentity(Date.now());
  const bodies = prepared(world.pods.flatMap(({ containers }) => containers));
  let statistics = newStatistics();

  const server = createSecureServer({
    key: identity.key,
    cert: identity.cert,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: streamsPerConnection },
    // In MB; with the default of 10 the chunks that wait for slow readers make Node refuse new streams.
    maxSessionMemory: 4096,
  });
  server.on('secureConnection', (socket: Socket) => {
    socket.setNoDelay(true);
    statistics.connections += 1;
  });
  server.on('sessionError', () => {});
  server.on('request', (request: Request, both: Http2ServerResponse | ServerResponse) => {
    const response = both as unknown as Response;
    // A client that goes away takes its stream with it.
    response.on('error', () => {});
    const found = answer(world, request.url ?? '/', Date.now());
    if (found.kind === 'json') sendJson(response, found);
    else if (found.kind === 'watch') sendWatch(response, found);
    else sendLog(response, found);
  });

  function sendLog(response: Response, { container, follow, wanted }: Extract<Answer, { kind: 'log' }>): void {
    statistics.logRequestsAtMs.push(Date.now());
    statistics.open += 1;
    statistics.mostOpen = Math.max(statistics.mostOpen, statistics.open);
    response.on('close', () => (statistics.open -= 1));
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    const bytes = bodies.get(container.content)?.read(wanted) ?? Buffer.alloc(0);
    const stays = follow && container.state === 'running';
    pump(
      response,
      bytes,
      chunkBytes,
      (sent) => (statistics.sentBytes += sent),
      () => {
        if (!stays) response.end();
        else if (container.content.kind === 'quiet') drip(response, container.content.everyMs, wanted.timestamps);
      },
    );
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
  const { port } = server.address() as AddressInfo;
  const proxy = roundTripMs > 0 ? await startDelayProxy(port, roundTripMs) : undefined;
  process.on('message', (message: ToServer) => {
    if (message.kind !== 'statistics') return;
    tell({ kind: 'statistics', statistics });
    if (message.reset) statistics = { ...newStatistics(), open: statistics.open };
  });
  tell({ kind: 'ready', port: proxy?.port ?? port, ca: identity.ca });
}

function newStatistics(): Statistics {
  return { logRequestsAtMs: [], connections: 0, open: 0, mostOpen: 0, sentBytes: 0 };
}

/** One body for all containers that wrote the same; the contents came in one message, so that the same is one object. */
function prepared(containers: readonly ServedContainer[]): ReadonlyMap<LogContent, Body> {
  const bodies = new Map<LogContent, Body>();
  for (const { content } of containers) if (!bodies.has(content)) bodies.set(content, bodyOf(content, Date.now()));
  // The form that most ask for is there before the first of them comes.
  for (const body of bodies.values()) body.read({ timestamps: true, sinceMs: undefined, tailLines: undefined });
  return bodies;
}

function sendJson(response: Response, { status, value }: Extract<Answer, { kind: 'json' }>): void {
  const text = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
}

function sendWatch(response: Response, { initial, seconds }: Extract<Answer, { kind: 'watch' }>): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const pod of initial) response.write(`${JSON.stringify({ type: 'ADDED', object: podObject(pod) })}\n`);
  if (seconds === undefined || seconds * 1000 > 2_147_483_647) return;
  const timer = setTimeout(() => response.end(), seconds * 1000);
  response.on('close', () => clearTimeout(timer));
}

/** Writes all of it, as fast as it is taken and no faster. */
function pump(
  response: Response,
  bytes: Buffer,
  chunkBytes: number,
  onSent: (count: number) => void,
  done: () => void,
): void {
  let at = 0;
  let gone = false;
  response.on('close', () => (gone = true));
  function more(): void {
    while (at < bytes.length && !gone) {
      const chunk = bytes.subarray(at, at + chunkBytes);
      at += chunk.length;
      onSent(chunk.length);
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
    if (!gone) done();
  }
  more();
}

/** A line every so often, the first after a part of that time, so that many streams do not speak at once. */
function drip(response: Response, everyMs: number, timestamps: boolean): void {
  let number = 0;
  let timer = setTimeout(one, Math.random() * everyMs);
  function one(): void {
    const nowMs = Date.now();
    const text = `line=${String(number).padStart(9, '0')} sent=${String(nowMs)} and nothing else to tell`;
    response.write(timestamps ? `${stampOf(nowMs)} ${text}\n` : `${text}\n`);
    number += 1;
    timer = setTimeout(one, everyMs);
  }
  response.on('close', () => clearTimeout(timer));
}

process.once('message', (message: ToServer) => {
  if (message.kind !== 'start') return;
  start(message).catch((error: unknown) => {
    tell({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
});
process.on('disconnect', () => process.exit());
