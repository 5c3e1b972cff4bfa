/** Finds where the last lines of a log begin, without reading what comes before them. */
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { afterLines, createLineGate } from './line-gate.ts';
import { usualLineBytes, type LocalRequest } from './log-output.ts';
import { openFile } from './open-file.ts';
import { unpack } from './packed-file.ts';
import { createRecordState } from './record-state.ts';
import { createRecordReader, readHead } from './records.ts';
import { lineFeed } from './rewriter.ts';
import { createTailCount, type TailCount } from './tail-count.ts';
import { stampReader } from './timestamp.ts';
import type { RotatedFile } from './unread.ts';

export interface TailStart {
  /** The rotated files to be read before the current one. */
  readonly rotated: readonly RotatedFile[];
  /** Where to begin, in bytes of the first of them, or of the current one where there are none. */
  readonly offset: number;
  /** How many lines to leave out from there. */
  readonly skip: number;
}

type Wanted = Pick<LocalRequest, 'stream' | 'until' | 'maxLineBytes'>;

const blockLength = 256 * 1024;
/** How far to look for the first parts of lines that are wanted. */
const furthestPart = 256 * 1024;
/** Longer than all records that a runtime writes. */
const longestRecord = 4 * 1024 * 1024;

/**
 * @param rotated the oldest first
 * @param current the file that is written to
 * @param lines how many from the end; 0: none that is there already
 */
export async function findTail(
  folder: string,
  rotated: readonly RotatedFile[],
  current: FileHandle,
  lines: number,
  wanted: Wanted,
): Promise<TailStart> {
  if (lines === 0) return { rotated: [], offset: await afterLastLine(current), skip: 0 };
  const inCurrent = await findInFile(current, lines, wanted);
  if (inCurrent.kind === 'start') return { rotated: [], ...inCurrent };
  let missing = lines - inCurrent.found;
  for (let index = rotated.length - 1; index >= 0; index -= 1) {
    const part = await findInRotated(folder, rotated[index], missing, wanted);
    if (part.kind === 'start') return { rotated: rotated.slice(index), offset: part.offset, skip: part.skip };
    missing -= part.found;
  }
  return { rotated, offset: 0, skip: 0 };
}

type Found =
  | { readonly kind: 'start'; readonly offset: number; readonly skip: number }
  /** The whole file is wanted, and more. */
  | { readonly kind: 'more'; readonly found: number };

async function findInRotated(
  folder: string,
  file: RotatedFile | undefined,
  lines: number,
  wanted: Wanted,
): Promise<Found> {
  const opened = file && (await openFile(join(folder, file.name)));
  if (!opened) return { kind: 'more', found: 0 };
  try {
    if (!file.packed) return await findInFile(opened.handle, lines, wanted);
    const found = await countPacked(opened.handle, wanted);
    return found >= lines ? { kind: 'start', offset: 0, skip: found - lines } : { kind: 'more', found };
  } finally {
    await opened.handle.close();
  }
}

async function findInFile(handle: FileHandle, lines: number, wanted: Wanted): Promise<Found> {
  const count = createTailCount({ lines, stream: wanted.stream, until: wanted.until });
  const offset = await scanBack(handle, count);
  if (offset !== undefined) return { kind: 'start', offset, skip: count.extra };
  return count.enough ? { kind: 'start', offset: 0, skip: count.extra } : { kind: 'more', found: count.found };
}

/** Where the lines begin; undefined when they begin with the file, or before it. */
async function scanBack(handle: FileHandle, count: TailCount): Promise<number | undefined> {
  const readStamp = stampReader();
  let rest: Buffer = Buffer.alloc(0);
  let enoughAt: number | undefined;
  for (let end = (await handle.stat()).size; end > 0;) {
    const start = Math.max(0, end - blockLength);
    const block = Buffer.concat([await readRange(handle, start, end), rest]);
    let lineEnd = block.length;
    while (lineEnd > 0) {
      const lineStart = lineEnd < 2 ? 0 : block.lastIndexOf(lineFeed, lineEnd - 2) + 1;
      // It may have begun in the block before.
      if (lineStart === 0 && start > 0) break;
      const textEnd = block[lineEnd - 1] === lineFeed ? lineEnd - 1 : lineEnd;
      if (count.see(readHead(block, lineStart, textEnd, readStamp))) return start + lineEnd;
      lineEnd = lineStart;
    }
    if (count.enough) enoughAt ??= start;
    if (enoughAt !== undefined && enoughAt - start >= furthestPart) return start + lineEnd;
    if (lineEnd > longestRecord) return start + lineEnd;
    rest = block.subarray(0, lineEnd);
    end = start;
  }
  return undefined;
}

/** Behind the last line feed, where the next record begins. */
async function afterLastLine(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const start = Math.max(0, size - blockLength);
  const at = (await readRange(handle, start, size)).lastIndexOf(lineFeed);
  return at === -1 ? size : start + at + 1;
}

async function readRange(handle: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(end - start), 0, end - start, start);
  return buffer.subarray(0, bytesRead);
}

/** How many lines there are in all; what comes after damage is not counted, for it cannot be read either. */
async function countPacked(handle: FileHandle, wanted: Wanted): Promise<number> {
  const { stream, until, maxLineBytes = usualLineBytes } = wanted;
  const reader = createRecordReader(createRecordState(stream, maxLineBytes));
  const gate = createLineGate({ since: undefined, until, skip: 0, head: undefined });
  let lines = 0;
  const add = (block: Buffer | undefined): void => {
    const passed = block && gate.pass(block);
    if (passed) lines += afterLines(passed, Infinity).lines;
  };
  try {
    for await (const chunk of unpack(handle)) add(reader.push(chunk));
  } catch {
    // It is told when the file is read.
  }
  add(reader.end());
  return lines;
}
