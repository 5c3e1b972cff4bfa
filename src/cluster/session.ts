/** Exchanges with one API server as one user: credentials renewed when refused, a stale connection replaced. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.ts';
import { createAgents, type Pool } from './agents.ts';
import type { Connection, Credentials } from './connection.ts';
import { exchange, type Exchange, type WireLimits } from './exchange.ts';
import { isReset } from './network-error.ts';
import { createTracer } from './trace.ts';
import { urlOf } from './url.ts';
import { warningsOf } from './warning-header.ts';

export interface SessionRequest {
  readonly method: string;
  /** Absolute path below the server's own base path, such as `/api/v1/nodes`. */
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly body?: string | undefined;
  /** Of the body; JSON without it. */
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  /** Beside those that every request has. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Listeners of its body use what they get before they return: it may be overwritten then. */
  readonly transient?: boolean | undefined;
  readonly signal: AbortSignal;
}

export interface Session {
  /** The exchange, and the credentials it was made with. */
  open(
    asked: SessionRequest,
    pool: Pool,
    limits: WireLimits,
  ): Promise<{ readonly result: Exchange; readonly credentials: Credentials }>;
  close(): void;
}

export interface SessionOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  /** Told the text of each `Warning:` header once. */
  readonly warn: (message: string) => void;
  /** Told one line about each exchange. */
  readonly trace: ((line: string) => void) | undefined;
  readonly maxSockets: number;
}

/** Opens no connection before it is asked. */
export function createSession(connection: Connection, options: SessionOptions): Session {
  const base = new URL(connection.server);
  const agents = createAgents(base, connection.proxyUrl, options.maxSockets);
  const trace = createTracer(options.clock, options.trace);
  const warned = new Set<string>();

  function headersOf(asked: SessionRequest, pool: Pool, credentials: Credentials): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = {
      accept: asked.accept ?? 'application/json',
      'user-agent': options.userAgent,
      ...asked.headers,
    };
    if (pool === 'requests' && connection.compression) headers['accept-encoding'] = 'gzip';
    if (asked.body !== undefined) {
      headers['content-type'] = asked.contentType ?? 'application/json';
      headers['content-length'] = Buffer.byteLength(asked.body);
    }
    for (const [name, value] of Object.entries(credentials.headers)) {
      headers[name] = typeof value === 'string' ? value : [...value];
    }
    return headers;
  }

  /** Another request may have renewed them already. */
  async function renew(refused: Credentials, signal: AbortSignal): Promise<Credentials> {
    const current = await connection.credentials({ signal });
    const same =
      current.tlsFingerprint === refused.tlsFingerprint &&
      JSON.stringify(current.headers) === JSON.stringify(refused.headers);
    return same ? connection.credentials({ signal, rejected: true }) : current;
  }

  function tell(result: Exchange & { kind: 'answered' }): void {
    for (const text of warningsOf(result.response)) {
      if (warned.has(text)) continue;
      warned.add(text);
      options.warn(text);
    }
  }

  return {
    async open(asked, pool, limits) {
      const { method, body, transient, signal } = asked;
      const url = urlOf(base, asked.path, asked.query);
      let credentials = await connection.credentials({ signal });
      let renewed = false;
      let replaced = false;
      for (;;) {
        const agent = await agents.agentFor(credentials, pool);
        const headers = headersOf(asked, pool, credentials);
        const traced = trace(method, url);
        const result = await exchange({ method, url, headers, body, agent, transient }, limits, options.clock, signal);
        traced(result);
        if (result.kind === 'failed') {
          // The server may have closed it as idle while we wrote: only what cannot have been done twice goes again.
          const again = !replaced && result.reused && isReset(result.error) && (method === 'GET' || !result.sent);
          if (!again) return { result, credentials };
          replaced = true;
          continue;
        }
        tell(result);
        if (result.response.statusCode !== 401 || renewed) return { result, credentials };
        result.response.resume();
        renewed = true;
        credentials = await renew(credentials, signal);
      }
    },
    close: () => agents.close(),
  };
}
