/** Reads a log file that was packed with gzip. */
import type { FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/**
 * The bytes of the log, chunk by chunk; closes the file.
 *
 * @throws what zlib says of a file that is damaged or not complete, after all that could be read of it
 */
export async function* unpack(handle: FileHandle): AsyncGenerator<Buffer, void> {
  const source = handle.createReadStream({ start: 0 });
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

/**
 * Hands the log on from `offset`, and waits for each chunk to be taken.
 *
 * @returns what is wrong with the file; all that could be read of it was handed on
 * @throws the signal's reason, and what `take` throws
 */
export async function unpackFrom(
  handle: FileHandle,
  offset: number,
  signal: AbortSignal,
  take: (chunk: Buffer) => Promise<void> | undefined,
): Promise<string | undefined> {
  const chunks = unpack(handle);
  let left = offset;
  try {
    for (;;) {
      signal.throwIfAborted();
      const answer = await nextChunk(chunks);
      if (!('chunk' in answer)) return answer.problem;
      const dropped = Math.min(left, answer.chunk.length);
      left -= dropped;
      if (dropped < answer.chunk.length) await take(answer.chunk.subarray(dropped));
    }
  } finally {
    await chunks.return();
  }
}

async function nextChunk(
  chunks: AsyncGenerator<Buffer, void>,
): Promise<{ readonly chunk: Buffer } | { readonly problem: string | undefined }> {
  try {
    const { value } = await chunks.next();
    return value ? { chunk: value } : { problem: undefined };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
