/** Turns the bytes of a log file, as they are read, into blocks of lines in the API's form: `timestamp message`. */
import { convertCri, readCriRecord } from './cri-record.ts';
import { convertJson, readJsonRecord } from './json-record.ts';
import type { RecordHead, RecordState } from './record-state.ts';
import { lineFeed } from './rewriter.ts';
import type { ReadStamp } from './timestamp.ts';

export interface RecordReader {
  /**
   * @param chunk what follows in the file; its bytes are overwritten, so it must not be used again
   * @returns lines with a line feed each, in memory of their own; undefined where none came to its end
   */
  push(chunk: Buffer): Buffer | undefined;
  /** The file is over: gives a last line that has no line feed. */
  end(): Buffer | undefined;
}

/** Longer than all records that a runtime writes; what is longer is passed on in pieces. */
const longestRecord = 4 * 1024 * 1024;

/**
 * A reader for one file. Those of a container's other files share `state`, because a line that began in one may end in
 * the next.
 */
export function createRecordReader(state: RecordState): RecordReader {
  let carried: Buffer | undefined;
  let convert: typeof convertCri | undefined;

  function converterOf(chunk: Buffer): typeof convertCri {
    const format = formatOf(chunk, 0, chunk.indexOf(lineFeed), state.readStamp);
    if (format !== undefined) convert = format === 'json' ? convertJson : convertCri;
    return convert ?? convertCri;
  }

  function whole(chunk: Buffer, end: number): Buffer | undefined {
    const block = (convert ?? converterOf(chunk))(chunk, end, state);
    return block.length === 0 ? undefined : block;
  }

  const reader: RecordReader = {
    push(chunk) {
      const end = chunk.lastIndexOf(lineFeed) + 1;
      const before = carried;
      if (end === 0) {
        carried = before ? Buffer.concat([before, chunk]) : Buffer.from(chunk);
        return carried.length > longestRecord ? reader.end() : undefined;
      }
      // A copy: a part of the chunk would be overwritten, and would keep all of it in memory.
      carried = end < chunk.length ? Buffer.from(chunk.subarray(end)) : undefined;
      return before ? whole(Buffer.concat([before, chunk.subarray(0, end)]), before.length + end) : whole(chunk, end);
    },
    end: () => (carried ? reader.push(Buffer.of(lineFeed)) : undefined),
  };
  return reader;
}

/** What the line from `at` to its line feed at `end` is a record of; undefined when it is none. */
export function formatOf(chunk: Buffer, at: number, end: number, readStamp: ReadStamp): 'cri' | 'json' | undefined {
  if (readCriRecord(chunk, at, end, readStamp)) return 'cri';
  return readJsonRecord(chunk, at, end, readStamp) ? 'json' : undefined;
}

/** The record of a line in either format. */
export function readHead(chunk: Buffer, at: number, end: number, readStamp: ReadStamp): RecordHead | undefined {
  return chunk[at] === 0x7b ? readJsonRecord(chunk, at, end, readStamp) : readCriRecord(chunk, at, end, readStamp);
}
