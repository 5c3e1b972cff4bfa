/** Asks for the newest line of a log, to see whether a silent stream has missed it. */
import type { Readable } from 'node:stream';
import type { LogQuery } from '../../cluster/container-log.ts';
import type { Cursor } from './cursor.ts';
import { isLater, secondOf, stampBytes, stampOfSecond } from './stamp.ts';
import type { ContainerStreamDeps, ContainerStreamRequest } from './stream.ts';

export interface ProbeOptions {
  readonly open: ContainerStreamDeps['open'];
  readonly request: ContainerStreamRequest;
  /** Of the lines that were given. */
  readonly cursor: () => Cursor | undefined;
  readonly signal: AbortSignal;
}

/** Enough for every timestamp. */
const probeBytes = 64;

/**
 * Resolves to true when the server has a line later than all that were given. The same line counts once: the last
 * record of a long line is later than its first, by whose timestamp the line goes. No answer is no; never rejects.
 *
 * @returns takes the signal that ends the wait for an answer
 */
export function createProbe({
  open,
  request,
  cursor,
  signal,
}: ProbeOptions): (enough?: AbortSignal) => Promise<boolean> {
  let seen = '';
  return async (enough = signal) => {
    const known = cursor();
    const query = probeQuery(request, known);
    if (query === undefined) return false;
    let newest = '';
    try {
      const answer = await open(request.ref, { ...query, signal: enough });
      if (answer.kind === 'stream') newest = await readStamp(answer.body, enough);
    } catch {
      // The stream itself will tell what is wrong with the server.
      return false;
    }
    if (newest === '' || newest === seen) return false;
    const before = known?.latest ?? seen;
    seen = newest;
    if (before !== '') return isLater(newest, before);
    // Nothing was given, though the past was asked for: then this line is news.
    return request.tailLines === undefined && request.since === undefined;
  };
}

function probeQuery(
  { stream, insecureSkipTlsVerifyBackend }: ContainerStreamRequest,
  known: Cursor | undefined,
): Omit<LogQuery, 'signal'> | undefined {
  const shared = { follow: false, limitBytes: probeBytes, insecureSkipTlsVerifyBackend };
  if (stream === undefined) return { ...shared, tailLines: 1 };
  // The API has no tail of one of the two streams.
  return known && { ...shared, stream, sinceTime: stampOfSecond(secondOf(known.latest) + 1) };
}

/** The timestamp in front of a short answer; empty when there is none. */
function readStamp(body: Readable, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    function finish(): void {
      signal.removeEventListener('abort', finish);
      const start = Buffer.concat(chunks);
      resolve(start.toString('latin1', 0, Math.max(0, stampBytes(start) - 1)));
      body.destroy();
    }
    signal.addEventListener('abort', finish, { once: true });
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= probeBytes) finish();
    });
    body.on('error', finish);
    body.once('end', finish);
    body.once('close', finish);
    if (signal.aborted) finish();
  });
}
