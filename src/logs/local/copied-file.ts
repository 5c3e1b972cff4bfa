/** Finds what became of a log that was read: the copy that logrotate made of it, or the same packed. */
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn, openFile } from './open-file.ts';
import { unpack } from './packed-file.ts';
import type { RotatedFile } from './unread.ts';

/** How far the log was read, and the bytes that came before that. */
export interface ReadPlace {
  readonly offset: number;
  readonly mark: Buffer;
}

/** A file beside `base` that has the same bytes at the same place; undefined where there is none. */
export async function findCopy(
  folder: string,
  base: string,
  place: ReadPlace,
): Promise<{ readonly name: string; readonly handle: FileHandle } | undefined> {
  if (place.mark.length === 0) return undefined;
  for (const name of (await namesIn(folder)) ?? []) {
    if (!name.startsWith(base) || name === base || name.endsWith('.gz')) continue;
    const opened = await openFile(join(folder, name));
    if (!opened) continue;
    if (await hasPlace(opened.handle, place)) return { name, handle: opened.handle };
    await opened.handle.close();
  }
  return undefined;
}

async function hasPlace(handle: FileHandle, { offset, mark }: ReadPlace): Promise<boolean> {
  const found = Buffer.alloc(mark.length);
  const { bytesRead } = await handle.read(found, 0, mark.length, offset - mark.length);
  return bytesRead === mark.length && found.equals(mark);
}

/** The name of the packed file that ends where the log was read to; undefined where there is none. */
export async function findPacked(
  folder: string,
  rotated: readonly RotatedFile[],
  place: ReadPlace,
  known: ReadonlySet<string>,
): Promise<string | undefined> {
  if (place.mark.length === 0) return undefined;
  for (const { name, stem, packed, dated } of rotated) {
    if (!packed || (dated && known.has(stem))) continue;
    const opened = await openFile(join(folder, name));
    if (opened && (await endsAt(opened.handle, place))) return name;
  }
  return undefined;
}

/** Unpacks only what is as long; closes the file. */
async function endsAt(handle: FileHandle, { offset, mark }: ReadPlace): Promise<boolean> {
  try {
    if ((await unpackedSize(handle)) !== offset % 2 ** 32) return false;
    let end = Buffer.alloc(0);
    for await (const chunk of unpack(handle)) {
      end = Buffer.concat([end, chunk.subarray(-mark.length)]).subarray(-mark.length);
    }
    return end.equals(mark);
  } catch {
    // Damaged: whatever it is, it is told when it is read.
    return false;
  } finally {
    await handle.close();
  }
}

/** gzip ends with the length of what it holds, modulo 2^32 (RFC 1952, ISIZE). */
async function unpackedSize(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  if (size < 18) return 0;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, size - 4);
  return bytesRead === 4 ? buffer.readUInt32LE(0) : 0;
}
