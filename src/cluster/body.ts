/** Reads an answer's body to its end. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';

const unzip = promisify(gunzip);

export interface BodyLimits {
  /** Longest silence between two pieces. */
  readonly idleTimeoutMs: number;
  /** Longest time in all; undefined for no bound. */
  readonly totalTimeoutMs: number | undefined;
}

/**
 * The whole body, unpacked when it came as gzip.
 * @throws the signal's reason, ClusterError `cluster.timeout`, or Node's error of a cut connection
 */
export async function readBody(
  response: IncomingMessage,
  limits: BodyLimits,
  clock: Clock,
  signal: AbortSignal,
): Promise<Buffer> {
  const bytes = await collect(response, limits, clock, signal);
  const packed = response.headers['content-encoding'] === 'gzip' && bytes.length > 0;
  return packed ? await unzip(bytes, { chunkSize: unpackedSize(bytes) }) : bytes;
}

/** No less than zlib's own, and no more than can be meant seriously: it is set aside at once. */
const leastPiece = 16_384;
const mostPiece = 64 * 1024 * 1024;

/**
 * One more than gzip's last four bytes say that it will be, so that it is unpacked in one piece: in pieces of 16 kB each
 * costs a turn of the event loop, 20,000 of them for the pods of a large cluster.
 */
function unpackedSize(bytes: Buffer): number {
  const stated = bytes.length < 4 ? 0 : bytes.readUInt32LE(bytes.length - 4) + 1;
  return Math.max(leastPiece, Math.min(stated, mostPiece, bytes.length * mostRatio));
}

/** Of deflate. */
const mostRatio = 1032;

function collect(response: IncomingMessage, limits: BodyLimits, clock: Clock, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let idle = clock.after(limits.idleTimeoutMs, stalled);
    const total = limits.totalTimeoutMs === undefined ? undefined : clock.after(limits.totalTimeoutMs, stalled);

    function settle(): void {
      idle.cancel();
      total?.cancel();
      signal.removeEventListener('abort', aborted);
    }
    function fail(error: unknown): void {
      settle();
      reject(error);
      response.destroy();
    }
    function aborted(): void {
      fail(signal.reason);
    }
    function stalled(): void {
      fail(
        new ClusterError('the answer of the API server stopped in the middle', {
          code: 'cluster.timeout',
          hint: 'try again, or allow more time with --request-timeout',
        }),
      );
    }

    if (signal.aborted) {
      aborted();
      return;
    }
    signal.addEventListener('abort', aborted, { once: true });
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      idle.cancel();
      idle = clock.after(limits.idleTimeoutMs, stalled);
    });
    response.once('error', fail);
    response.once('end', () => {
      settle();
      resolve(Buffer.concat(chunks));
    });
    response.once('close', () => {
      if (!response.readableEnded) fail(Object.assign(new Error('closed in the middle'), { code: 'ECONNRESET' }));
    });
  });
}
