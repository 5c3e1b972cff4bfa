/** Cuts a stream of bytes into lines. */

export interface LineSplitter {
  /** The lines that this chunk completes, without their line feeds. */
  push(chunk: Buffer): string[];
}

const lineFeed = 0x0a;

/** Splits bytes, not text: a character that two chunks share stays whole. A last line without a line feed is never told. */
export function createLineSplitter(): LineSplitter {
  let pieces: Buffer[] = [];
  return {
    push(chunk) {
      const lines: string[] = [];
      let start = 0;
      for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
        const last = chunk.subarray(start, end);
        lines.push((pieces.length === 0 ? last : Buffer.concat([...pieces, last])).toString('utf8'));
        pieces = [];
        start = end + 1;
      }
      if (start < chunk.length) pieces.push(chunk.subarray(start));
      return lines;
    },
  };
}
