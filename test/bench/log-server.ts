/**
 * A server for measuring readers of logs: TLS, HTTP/1.1 and HTTP/2, as much of the Kubernetes API as stern, kail,
 * kubectl, kubetail and kmaint ask for, and logs that are ready to be sent before anybody asks.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigText } from '../../src/playground/kubeconfig.ts';
import type { LogWorld } from './log-world.ts';

const repository = join(import.meta.dirname, '../..');

/** What the process is told. */
export interface ServerStart {
  readonly kind: 'start';
  readonly world: LogWorld;
  readonly chunkBytes: number;
  readonly roundTripMs: number;
}
export type ToServer = ServerStart | { readonly kind: 'statistics'; readonly reset: boolean };

/** What the process tells. */
export type FromServer =
  | { readonly kind: 'ready'; readonly port: number; readonly ca: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'statistics'; readonly statistics: Statistics };

/** What the server saw of its clients. */
export interface Statistics {
  /** When each request for a log came, milliseconds since the epoch. */
  readonly logRequestsAtMs: number[];
  connections: number;
  /** Logs that are being read. */
  open: number;
  mostOpen: number;
  sentBytes: number;
}

export interface LogServerOptions {
  /** How much is written at once; default 256 KiB. */
  readonly chunkBytes?: number;
  /** Added to every round trip; default none. */
  readonly roundTripMs?: number;
}

export interface LogServer {
  readonly pid: number;
  readonly url: string;
  /** PEM text of its authority. */
  readonly ca: string;
  /** Path of a kubeconfig. */
  readonly kubeconfig: string;
  /** An empty folder to be the home of those who are measured. */
  readonly home: string;
  /** Since the start or the last time that `reset` was asked for. */
  statistics(reset?: boolean): Promise<Statistics>;
  stop(): Promise<void>;
}

/** Resolves as soon as it answers; making a log of 4 million lines takes about a second. */
export async function startLogServer(world: LogWorld, options: LogServerOptions = {}): Promise<LogServer> {
  const { chunkBytes = 256 * 1024, roundTripMs = 0 } = options;
  const child = fork(join(import.meta.dirname, 'log-server-process.ts'), {
    // Structured cloning keeps bytes as bytes, and one content of many pods as one object.
    serialization: 'advanced',
    cwd: repository,
    execArgv: ['--import', 'tsx'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  try {
    child.send({ kind: 'start', world, chunkBytes, roundTripMs } satisfies ToServer);
    const first = await next(child, 'ready');
    const url = `https://127.0.0.1:${String(first.port)}`;
    const home = mkdtempSync(join(tmpdir(), 'kmaint-logs-'));
    const kubeconfig = join(home, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigText({ url, ca: first.ca, token: 'log-server' }), { mode: 0o600 });
    return {
      pid: child.pid ?? 0,
      url,
      ca: first.ca,
      kubeconfig,
      home,
      async statistics(reset = false) {
        const answered = next(child, 'statistics');
        child.send({ kind: 'statistics', reset } satisfies ToServer);
        return (await answered).statistics;
      },
      async stop() {
        await stop();
        rmSync(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The next message of that kind; rejects when the process fails or ends instead. */
function next<Kind extends FromServer['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<FromServer, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      child.off('message', heard);
      child.off('exit', ended);
    };
    function heard(message: FromServer): void {
      if (message.kind !== kind && message.kind !== 'failed') return;
      over();
      if (message.kind === 'failed') reject(new Error(`the log server failed: ${message.message}`));
      else resolve(message as Extract<FromServer, { kind: Kind }>);
    }
    function ended(code: number | null): void {
      over();
      reject(new Error(`the log server ended with ${String(code)}`));
    }
    child.on('message', heard);
    child.on('exit', ended);
  });
}
