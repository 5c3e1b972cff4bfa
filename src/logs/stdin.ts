/** `--stdin`: lines from another program, through the same filters and formats. */
import type { Readable } from 'node:stream';
import { exitCodes, KmaintError, type ExitCode } from '../errors.ts';
import type { LineWriter } from '../report/line-writer.ts';
import type { LogSource } from './line.ts';
import type { Pipeline } from './pipeline.ts';
import { LineSplitter } from './stream/splitter.ts';

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

export interface StdinOptions {
  readonly pipeline: Pipeline;
  readonly out: LineWriter;
  /** Of a longer line the rest is left out and a mark put in its place, as in logs of containers. */
  readonly maxLineBytes: number;
  /** Told of each line that was cut. */
  readonly onTruncated: () => void;
}

/** Until the end of input; a last line without a line feed counts. */
export async function printStdin(input: Readable, options: StdinOptions, signal: AbortSignal): Promise<ExitCode> {
  const lines = splitterFor(options);
  const ended = (): void => void input.destroy();
  signal.addEventListener('abort', ended, { once: true });
  try {
    for await (const chunk of input) {
      const behind = lines.push(stamped(Buffer.from(chunk as Buffer)));
      if (behind) await behind;
    }
  } catch (error) {
    if (!signal.aborted) throw unreadable(error);
  } finally {
    signal.removeEventListener('abort', ended);
  }
  signal.throwIfAborted();
  lines.end();
  return exitCodes.done;
}

function unreadable(error: unknown): KmaintError {
  const why = error instanceof Error ? error.message : String(error);
  return new KmaintError(`standard input could not be read to its end: ${why}`, {
    code: 'logs.input',
    exitCode: exitCodes.incomplete,
    cause: error,
  });
}

/** Puts it in front of every line that begins after a line feed, the next chunk's first too. */
function stamped(chunk: Buffer): Buffer {
  return Buffer.from(chunk.toString('latin1').replaceAll('\n', `\n${moment}`), 'latin1');
}

interface Lines {
  /** A promise: the reader is behind. */
  push(bytes: Buffer): Promise<void> | undefined;
  end(): void;
}

function splitterFor({ pipeline, out, maxLineBytes, onTruncated }: StdinOptions): Lines {
  const print = pipeline.printerFor(nobody);
  let behind: Promise<void> | undefined;
  const splitter = new LineSplitter({
    maxLineBytes,
    give: (lines) => void (behind = out.write(print(lines)) ?? behind),
    onTruncated,
  });
  splitter.push(Buffer.from(moment));
  return {
    push(bytes) {
      behind = undefined;
      splitter.push(bytes);
      return behind;
    },
    end() {
      if (splitter.half.length > moment.length) splitter.endLine();
    },
  };
}
