/** Reads a part of a file whose end is known, and no more. */
import { follow } from '../../cluster/abort.ts';
import type { ExecSink } from '../../cluster/exec-file.ts';
import type { ExecEnd } from '../../cluster/exec-status.ts';

/** Prints the file from some byte on. */
export type Print = (sink: ExecSink, signal: AbortSignal) => Promise<ExecEnd>;

/**
 * @param bytes how many are wanted; what was written since their end became known is not looked at
 * @param take gets them, and returns whether it wants more
 * @returns how the program ended where that was too early
 */
export async function readWindow(
  print: Print,
  bytes: number,
  take: (part: Buffer) => boolean,
  signal: AbortSignal,
): Promise<ExecEnd | undefined> {
  const own = follow(signal);
  let left = bytes;
  const sink: ExecSink = {
    stdout(chunk) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (part.length > 0 && !take(part)) left = 0;
      if (left === 0) own.abort(new Error('enough was read'));
      return undefined;
    },
    stderr() {},
  };
  try {
    const end = await print(sink, own.signal);
    return left === 0 ? undefined : end;
  } catch (error) {
    if (signal.aborted || left > 0) throw error;
    return undefined;
  } finally {
    own.release();
  }
}
