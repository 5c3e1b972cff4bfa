/** Finds out whether the first line of a tail is only the end of a longer one. */
import type { Readable } from 'node:stream';
import type { LogQuery } from '../../cluster/container-log.ts';
import { stampBytes } from './stamp.ts';
import type { ContainerStreamDeps, ContainerStreamRequest } from './stream.ts';

/** A runtime cuts a line into records of so many bytes, or twice as many; `tailLines` counts records. */
const shortestRecord = 8_192;

/** A timestamp and its space, at most. */
const stampRoom = 36;

const lineFeed = 10;

/**
 * Whether that is worth a question: a fragment begins anywhere within a line, so it mostly begins otherwise than the line
 * after it. Of one that stands alone, as a tail of one line does, nothing can be told by its looks: what is encoded, or
 * capitals, begins everywhere as lines do.
 *
 * @param block the first lines of the tail
 */
export function mayBeFragment(block: Buffer): boolean {
  const start = stampBytes(block);
  if (start === 0) return false;
  const next = block.indexOf(lineFeed) + 1;
  if (next === 0 || next - start > shortestRecord || next >= block.length) return true;
  return kindOfByte(block[start]) !== kindOfByte(block[next + stampBytes(block, next)]);
}

/** All digits are alike, and so are letters of one case; other characters stand for themselves. */
function kindOfByte(byte = lineFeed): number | string {
  const char = String.fromCharCode(byte);
  if (/\d/.test(char)) return 'digit';
  if (/[A-Z]/.test(char)) return 'upper';
  return /[a-z]/.test(char) ? 'lower' : byte;
}

export interface FragmentOptions {
  readonly open: ContainerStreamDeps['open'];
  readonly request: ContainerStreamRequest;
  readonly signal: AbortSignal;
}

/**
 * Asks for one record more than was asked for. Where it belongs to another line, a line feed comes soon; else the whole
 * line is read, and has to end as the fragment does: by then the log may have gone on, and nothing is known.
 *
 * @param first the first line of the tail with its timestamp
 * @returns true only where it is certain; never rejects
 */
export async function isFragment({ open, request, signal }: FragmentOptions, first: Buffer): Promise<boolean> {
  const { ref, previous, tailLines, insecureSkipTlsVerifyBackend, maxLineBytes } = request;
  if (tailLines === undefined) return false;
  const message = first.subarray(stampBytes(first));
  const query = { follow: false, previous, tailLines: tailLines + 1, insecureSkipTlsVerifyBackend, signal };
  const firstLine = async (asked: LogQuery, mostBytes: number): Promise<Buffer> => {
    const answer = await open(ref, asked);
    return answer.kind === 'stream' ? readLine(answer.body, mostBytes, signal) : Buffer.alloc(0);
  };
  try {
    const limitBytes = stampRoom + shortestRecord;
    const start = await firstLine({ ...query, limitBytes }, limitBytes);
    if (start.length < limitBytes || start.includes(lineFeed)) return false;
    const line = await firstLine(query, maxLineBytes);
    const longer = line.length - stampBytes(line) - message.length;
    return longer >= shortestRecord && line.subarray(line.length - message.length).equals(message);
  } catch {
    // The stream itself will tell what is wrong with the server.
    return false;
  }
}

/** Up to the first line feed, or so many bytes; what is longer has no line feed. */
function readLine(body: Readable, mostBytes: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    function finish(): void {
      signal.removeEventListener('abort', finish);
      const all = Buffer.concat(chunks);
      const end = all.indexOf(lineFeed) + 1;
      resolve(all.subarray(0, end === 0 ? mostBytes : end));
      body.destroy();
    }
    signal.addEventListener('abort', finish, { once: true });
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= mostBytes || chunk.includes(lineFeed)) finish();
    });
    body.on('error', finish);
    body.once('end', finish);
    body.once('close', finish);
    if (signal.aborted) finish();
  });
}
