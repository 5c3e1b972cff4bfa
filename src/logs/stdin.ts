/** `--stdin`: lines from another program, through the same filters and formats. */
import type { Readable } from 'node:stream';
import { exitCodes, type ExitCode } from '../errors.ts';
import type { LineWriter } from '../report/line-writer.ts';
import type { LogSource } from './line.ts';
import type { Pipeline } from './pipeline.ts';

const nobody: LogSource = {
  context: undefined,
  namespace: '',
  pod: '',
  podUid: '',
  container: '',
  containerId: '',
  node: '',
  labels: {},
  annotations: {},
};

/** Printers cut off what the server puts before each message: here it is a moment that never was. */
const moment = '0001-01-01T00:00:00.000000000Z ';

function stamped(lines: Buffer): Buffer {
  const text = lines.toString('latin1');
  return Buffer.from(`${moment}${text.replaceAll('\n', `\n${moment}`)}\n`, 'latin1');
}

/** Until the end of input; a last line without a line feed counts. */
export async function printStdin(
  input: Readable,
  pipeline: Pipeline,
  out: LineWriter,
  signal: AbortSignal,
): Promise<ExitCode> {
  const print = pipeline.printerFor(nobody);
  let carry = Buffer.alloc(0);
  const ended = (): void => void input.destroy();
  signal.addEventListener('abort', ended, { once: true });
  try {
    for await (const chunk of input) {
      const all = Buffer.concat([carry, Buffer.from(chunk as Buffer)]);
      const end = all.lastIndexOf(10) + 1;
      carry = all.subarray(end);
      const behind = end > 0 ? out.write(print(stamped(all.subarray(0, end - 1)))) : undefined;
      if (behind) await behind;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', ended);
  }
  signal.throwIfAborted();
  if (carry.length > 0) void out.write(print(stamped(carry)));
  return exitCodes.done;
}
