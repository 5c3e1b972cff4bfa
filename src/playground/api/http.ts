/** One HTTP exchange: Node's request as an ApiRequest, an Answer (or a fault) written to Node's response. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../clock.ts';
import type { Ending, Fault } from './faults.ts';
import type { Answer, ApiRequest, Sink } from './handler.ts';

const longestBody = 3 * 1024 * 1024;

/** Thrown to end an exchange whose client has gone, or whose connection a fault took away. */
export class ConnectionGone extends Error {
  constructor() {
    super('the client is gone');
    this.name = 'ConnectionGone';
  }
}

/** What the parts that answer see of Node's request; built lazily, since most requests need little of it. */
export class NodeRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #search: string;
  #query: URLSearchParams | undefined;
  #body: Promise<Buffer> | undefined;
  #controller: AbortController | undefined;

  constructor(incoming: IncomingMessage, response: ServerResponse) {
    const url = incoming.url ?? '/';
    const mark = url.indexOf('?');
    this.method = incoming.method ?? 'GET';
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.#search = mark < 0 ? '' : url.slice(mark + 1);
    this.#incoming = incoming;
    this.#response = response;
  }

  get headers(): IncomingMessage['headers'] {
    return this.#incoming.headers;
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#search));
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      if (this.#response.destroyed) controller.abort(new ConnectionGone());
      else this.#response.once('close', () => controller.abort(new ConnectionGone()));
    }
    return this.#controller.signal;
  }

  readBody(): Promise<Buffer> {
    return (this.#body ??= readAll(this.#incoming));
  }
}

function readAll(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= longestBody) chunks.push(chunk);
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks)));
    incoming.on('close', () => reject(new ConnectionGone()));
    incoming.on('error', reject);
  });
}

/** Writes the answer, as the fault leaves it. */
export async function writeAnswer(
  response: ServerResponse,
  answer: Answer,
  clock: Clock,
  fault?: Extract<Fault, { kind: 'cut' }>,
): Promise<void> {
  if (response.destroyed) return;
  const text = answer.json === undefined ? answer.text : JSON.stringify(answer.json);
  const headers: Record<string, string> = {
    'cache-control': 'no-cache, private',
    'content-type': 'application/json',
    ...answer.headers,
  };
  if (!answer.stream && !fault) {
    const body = text ?? '';
    headers['content-length'] = String(Buffer.byteLength(body));
    response.writeHead(answer.status, headers).end(body);
    return;
  }
  response.writeHead(answer.status, headers);
  response.flushHeaders();
  const sink = new ResponseSink(response, fault);
  const timer = fault?.afterMs === undefined ? undefined : clock.after(fault.afterMs, () => sink.cut());
  try {
    if (answer.stream) await answer.stream(sink);
    else if (text !== undefined) await sink.write(text);
    if (!sink.over) response.end();
  } catch (error) {
    if (!(error instanceof ConnectionGone)) response.destroy();
  } finally {
    timer?.cancel();
  }
}

/** Takes the connection away: at once, or so that the client never learns of it. */
export function breakConnection(response: ServerResponse, ending: Ending): void {
  if (ending === 'end') response.end();
  else if (ending === 'reset') response.destroy();
  // Half-open: nothing is written any more; the socket stays until the client or the server closes it.
}

class ResponseSink implements Sink {
  readonly #response: ServerResponse;
  readonly #fault: Extract<Fault, { kind: 'cut' }> | undefined;
  #bytesLeft: number;
  /** No more is to be written, and the end has been seen to. */
  over = false;

  constructor(response: ServerResponse, fault: Extract<Fault, { kind: 'cut' }> | undefined) {
    this.#response = response;
    this.#fault = fault;
    this.#bytesLeft = fault?.afterBytes ?? Number.POSITIVE_INFINITY;
  }

  write(chunk: string | Buffer): Promise<void> {
    const response = this.#response;
    if (this.over || response.destroyed) return Promise.reject(new ConnectionGone());
    let rest: string | Buffer = chunk;
    if (this.#bytesLeft !== Number.POSITIVE_INFINITY) {
      const bytes = Buffer.from(chunk);
      if (bytes.length >= this.#bytesLeft) {
        response.write(bytes.subarray(0, this.#bytesLeft), () => this.cut());
        return Promise.reject(new ConnectionGone());
      }
      this.#bytesLeft -= bytes.length;
      rest = bytes;
    }
    if (response.write(rest)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      function drained(): void {
        response.off('close', closed);
        resolve();
      }
      function closed(): void {
        response.off('drain', drained);
        reject(new ConnectionGone());
      }
      response.once('drain', drained);
      response.once('close', closed);
    });
  }

  destroy(): void {
    this.over = true;
    this.#response.destroy();
  }

  cut(): void {
    if (this.over) return;
    this.over = true;
    breakConnection(this.#response, this.#fault?.ending ?? 'reset');
  }
}
