/** Turns the bytes of a journal's file into its lines; what a crash left half written is dropped, nothing else. */
import { checkHeader, checkLine, type JournalLine, type RunHeader } from './lines.ts';
import { journalError } from './problems.ts';

export interface ParsedRun {
  readonly header: RunHeader;
  readonly lines: readonly JournalLine[];
  /** Length of what is whole; more may only be written from here on. */
  readonly wholeBytes: number;
}

const lineFeed = 0x0a;

/**
 * Reads a whole file. A line counts from its line feed on: what stands after the last one was never promised to anybody.
 *
 * @param file its path, for messages
 * @returns undefined when not even the header is whole: then the run ended before it changed anything
 * @throws KmaintError `journal.corrupt` (exit 2) naming file and line
 */
export function parseRun(bytes: Uint8Array, file: string): ParsedRun | undefined {
  const wholeBytes = bytes.lastIndexOf(lineFeed) + 1;
  if (wholeBytes === 0) return undefined;
  const [first = '', ...others] = Buffer.from(bytes.buffer, bytes.byteOffset, wholeBytes - 1)
    .toString('utf8')
    .split('\n');
  const header = checkHeader(first);
  if ('problem' in header) throw corrupt(file, 1, header.problem);
  const nodes = new Set(header.value.nodes.map(({ name }) => name));
  const lines = others.map((text, index) => {
    const line = checkLine(text);
    if ('problem' in line) throw corrupt(file, index + 2, line.problem);
    if ('node' in line.value && !nodes.has(line.value.node)) {
      throw corrupt(file, index + 2, `names the node ${line.value.node}, which the header does not`);
    }
    return line.value;
  });
  return { header: header.value, lines, wholeBytes };
}

function corrupt(file: string, line: number, problem: string): Error {
  return journalError('journal.corrupt', `${file}, line ${line}, ${problem}`, {
    hint: 'nothing was changed; with the file moved away, kmaint resume --node NODE and kmaint rollback --node NODE go by what stands on the node',
  });
}
