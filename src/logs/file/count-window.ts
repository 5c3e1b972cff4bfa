/** Counts the lines in the last part of a file, to know where the last so many begin. */
import { follow } from '../../cluster/abort.ts';
import type { ExecSink } from '../../cluster/exec-file.ts';
import type { ExecEnd } from '../../cluster/exec-status.ts';
import type { Counted } from './place.ts';

const lineFeed = 10;

/**
 * Reads from the byte `from` to `size`, which is where the file ended a moment ago; what was written since is not looked at.
 *
 * @param run prints the file from there on
 * @returns how the program ended where that was too early
 */
export async function countWindow(
  run: (sink: ExecSink, signal: AbortSignal) => Promise<ExecEnd>,
  from: number,
  size: number,
  signal: AbortSignal,
): Promise<Counted | { readonly end: ExecEnd }> {
  const own = follow(signal);
  let left = size - from;
  let feeds = 0;
  let closed = false;
  const sink: ExecSink = {
    stdout(bytes) {
      const part = bytes.subarray(0, left);
      for (let at = part.indexOf(lineFeed); at >= 0; at = part.indexOf(lineFeed, at + 1)) feeds += 1;
      if (part.length > 0) closed = part.at(-1) === lineFeed;
      left -= part.length;
      if (left === 0) own.abort(new Error('enough was read'));
      return undefined;
    },
    stderr() {},
  };
  try {
    const end = await run(sink, own.signal);
    // It has become shorter meanwhile.
    if (left > 0) return { end: end.kind === 'exited' ? { kind: 'cut', message: 'the file has changed' } : end };
  } catch (error) {
    if (signal.aborted || left > 0) throw error;
  } finally {
    own.release();
  }
  return { from, feeds, closed };
}
