/** Runs a program in a container, without a shell or a terminal, and hands on what it writes. */
import type { Duplex } from 'node:stream';
import { follow } from './abort.ts';
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import type { ContainerRef } from './container-log.ts';
import { ExecStatus, type ExecEnd } from './exec-status.ts';
import { podPath } from './resource-path.ts';
import type { Transport } from './transport.ts';
import { FrameReader, handshake, ownFrame, type Piece } from './websocket.ts';

export interface ExecSink {
  /** A promise holds the connection up until it resolves. The bytes are not to be kept beyond it. */
  stdout(bytes: Buffer): Promise<void> | undefined;
  stderr(bytes: Buffer): void;
}

/** The best one first; the last is what servers before 1.30 understand. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

const channels = { stdout: 1, stderr: 2, status: 3 } as const;

/** Proxies cut connections that are silent for a minute or more. */
const pingMs = 20_000;
/** So many pings without any sign of life. */
const missedPings = 3;

/**
 * Needs `get`, and from 1.35 on `create` too, on `pods/exec`. Whoever aborts ends the connection; the program ends with it
 * or, under older runtimes, with the next thing it writes. Throws only the signal's reason, and what the sink throws.
 */
export async function execInContainer(
  { transport, clock }: { readonly transport: Transport; readonly clock: Clock },
  ref: ContainerRef,
  command: readonly string[],
  sink: ExecSink,
  signal: AbortSignal,
): Promise<ExecEnd> {
  const own = follow(signal);
  try {
    const opened = await open(transport, ref, command, own.signal);
    if ('kind' in opened) return opened;
    return await new Execution(opened.socket, clock, sink, own.signal).run();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    own.release();
  }
}

async function open(
  transport: Transport,
  ref: ContainerRef,
  command: readonly string[],
  signal: AbortSignal,
): Promise<ExecEnd | { readonly socket: Duplex }> {
  const { headers, accept } = handshake(protocols);
  const query = new URLSearchParams([
    ['container', ref.container],
    ['stdout', 'true'],
    ['stderr', 'true'],
    ...command.map((word): [string, string] => ['command', word]),
  ]);
  try {
    const path = `${podPath({ namespace: ref.namespace, name: ref.pod })}/exec?${query.toString()}`;
    // The kubelet's own router answers 406 to whoever accepts less than everything.
    const response = await transport.stream({ method: 'GET', path, headers, accept: '*/*', signal });
    const { socket } = response;
    const agreed = response.headers['sec-websocket-protocol'] ?? '';
    if (response.statusCode === 101 && response.headers['sec-websocket-accept'] === accept && isKnown(agreed)) {
      return { socket };
    }
    socket.destroy();
    return { kind: 'refused', error: noWebSocket(transport.server) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (!(error instanceof ClusterError)) throw error;
    return answerOf(error);
  }
}

function isKnown(protocol: string): boolean {
  return protocols.some((one) => one === protocol);
}

function noWebSocket(server: string): ClusterError {
  return new ClusterError(`${server} does not take up the WebSocket that an exec needs`, {
    code: 'cluster.invalid',
    hint: 'a proxy before the API server may be in the way: it has to let WebSockets pass',
  });
}

/**
 * What a kubelet says itself (getExec in pkg/kubelet/server/server.go): one that was restarted knows its pods only after a
 * while, and a container is missing between two runs. From 1.36 on nobody in between makes a Status of it.
 */
const notYetThere = /pod does not exist|rpc error: code = NotFound/;

function answerOf(error: ClusterError): ExecEnd {
  const { message } = error;
  if (error.code === 'cluster.not-found') return { kind: 'gone', message };
  if (error.transient || (error.status === 404 && notYetThere.test(message))) return { kind: 'cut', message };
  return { kind: 'refused', error };
}

/** One connection, from the handshake to its end. */
class Execution {
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #sink: ExecSink;
  readonly #signal: AbortSignal;
  readonly #frames = new FrameReader();
  readonly #status = new ExecStatus();
  /** Since anything came, or whoever reads was busy. */
  #pings = 0;
  #waiting = false;

  constructor(socket: Duplex, clock: Clock, sink: ExecSink, signal: AbortSignal) {
    this.#socket = socket;
    this.#clock = clock;
    this.#sink = sink;
    this.#signal = signal;
  }

  async run(): Promise<ExecEnd> {
    const socket = this.#socket;
    const aborted = (): void => void socket.destroy();
    socket.on('error', () => {});
    this.#signal.addEventListener('abort', aborted, { once: true });
    if (this.#signal.aborted) aborted();
    const pings = this.#beat();
    try {
      return this.#status.end(await this.#read());
    } finally {
      pings.stop();
      this.#signal.removeEventListener('abort', aborted);
      socket.destroy();
    }
  }

  #beat(): { stop(): void } {
    let timer: { cancel(): void };
    const next = (): void => {
      timer = this.#clock.after(pingMs, () => {
        this.#pings = this.#waiting ? 1 : this.#pings + 1;
        if (this.#pings > missedPings) this.#socket.destroy(new Error('nothing came, not even an answer to a ping'));
        else this.#socket.write(ownFrame('ping'));
        next();
      });
    };
    next();
    return { stop: () => timer.cancel() };
  }

  /** Until the server closes, or the network does; what is said of that. */
  async #read(): Promise<string> {
    const chunks = this.#socket[Symbol.asyncIterator]() as AsyncIterator<Buffer, void>;
    for (;;) {
      const pieces = await this.#pieces(chunks);
      this.#signal.throwIfAborted();
      if ('message' in pieces) return pieces.message;
      for (const piece of pieces.value) {
        if (piece.kind === 'close') return piece.message;
        const taken = this.#take(piece);
        if (!taken) continue;
        this.#waiting = true;
        await taken;
        this.#waiting = false;
      }
    }
  }

  async #pieces(
    chunks: AsyncIterator<Buffer, void>,
  ): Promise<{ readonly value: readonly Piece[] } | { readonly message: string }> {
    try {
      const { value } = await chunks.next();
      this.#pings = 0;
      return value ? { value: this.#frames.push(value) } : { message: 'the connection was closed' };
    } catch (error) {
      return { message: error instanceof Error ? error.message : String(error) };
    }
  }

  #take(piece: Exclude<Piece, { kind: 'close' }>): Promise<void> | undefined {
    if (piece.kind === 'ping') this.#socket.write(ownFrame('pong', piece.payload));
    if (piece.kind !== 'data') return undefined;
    if (piece.channel === channels.stdout) return this.#sink.stdout(piece.bytes);
    if (piece.channel === channels.stderr) this.#sink.stderr(piece.bytes);
    if (piece.channel === channels.status) this.#status.push(piece.bytes);
    return undefined;
  }
}
