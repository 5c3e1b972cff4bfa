/** Writes the lines of one log to a file that need not be open all the time. */
import type { LineWriter } from '../../report/line-writer.ts';
import type { ByteString } from '../line.ts';
import type { OpenFiles } from './open-files.ts';

/** Lines are joined up to this many bytes, or until nothing more is at hand; of more the log waits. */
const fullBytes = 64 * 1024;

/** The file is created at once, also where no line comes. */
export function createFileWriter(file: string, files: OpenFiles): LineWriter {
  let failure: NodeJS.ErrnoException | undefined;
  let parts: ByteString[] = [];
  let bytes = 0;
  let scheduled = false;
  let sending: Promise<void> | undefined;

  async function append(): Promise<void> {
    const text = parts.join('');
    parts = [];
    bytes = 0;
    try {
      await files.append(file, Buffer.from(text, 'latin1'));
    } catch (error) {
      failure = error as NodeJS.ErrnoException;
      parts = [];
      bytes = 0;
    }
  }

  function send(): Promise<void> {
    sending ??= append().then(() => {
      sending = undefined;
      // What came meanwhile is not waited for by those who wait for this.
      if (bytes > 0) void send();
    });
    return sending;
  }

  function schedule(): void {
    if (scheduled || sending) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (bytes > 0) void send();
    });
  }

  void send();
  return {
    write(text) {
      if (failure || text === '') return undefined;
      parts.push(text);
      bytes += text.length;
      if (bytes < fullBytes) {
        schedule();
        return undefined;
      }
      return send();
    },
    get failure() {
      return failure ?? files.failureOf(file);
    },
    async flush() {
      // oxlint-disable-next-line no-await-in-loop -- what came meanwhile goes with the next
      while (sending || bytes > 0) await send();
    },
  };
}
