/** An agent whose TLS connections go on with the session of an earlier one, be it another agent's. */
import https, { type AgentOptions, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { DirectReader } from './direct-body.ts';

/** The last session with one server, of one identity. */
export interface KnownSession {
  latest: Buffer | undefined;
}

export interface ResumingAgentOptions extends AgentOptions {
  /**
   * Where all sockets put what they read, one after the other; Node's parser copies bodies out of it at once. Without it
   * each piece is a buffer of its own, and a stream of its own before it is parsed: for bodies of hundreds of megabytes
   * that is half of the time. Not for connections that are upgraded.
   */
  readonly readInto?: Buffer | undefined;
}

/**
 * A resumed session spares both sides the certificates and their checks: for 200 streams at once a second of CPU between
 * them. Node's own agent does the same for itself alone, and keeps sessions before it has checked whose they are.
 */
export class ResumingAgent extends https.Agent {
  readonly #known: KnownSession;
  readonly #readInto: Buffer | undefined;

  /** All agents that share `known` have to speak to one server with the same TLS settings. */
  constructor({ readInto, ...options }: ResumingAgentOptions, known: KnownSession) {
    super({ ...options, maxCachedSessions: 0 });
    this.#known = known;
    this.#readInto = readInto;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const { latest } = this.#known;
    const reading = this.#readInto && new DirectReader(this.#readInto);
    const more = { ...(latest && { session: latest }), ...(reading && { onread: reading.onread }) };
    const socket = super.createConnection({ ...options, ...more }, callback);
    if (!(socket instanceof TLSSocket)) return socket;
    reading?.readFrom(socket);
    this.#remember(socket, latest);
    return socket;
  }

  #remember(socket: TLSSocket, resumed: Buffer | undefined): void {
    const known = this.#known;
    let offered: Buffer | undefined;
    let trusted = false;
    socket.on('session', (one: Buffer) => {
      offered = one;
      if (trusted) known.latest = one;
    });
    // Whom Node does not trust never gets so far.
    socket.once('secureConnect', () => {
      trusted = true;
      known.latest = offered ?? known.latest;
    });
    socket.once('close', (failed: boolean) => {
      if (failed && known.latest === resumed) known.latest = undefined;
    });
  }
}
