/** Which rotated files of a log nobody has read yet. */

export interface RotatedFile {
  readonly name: string;
  readonly stem: string;
  readonly packed: boolean;
  readonly dated: boolean;
  /** Device and inode. */
  readonly identity: string;
  /** When it was written last, in ms since the epoch. */
  readonly modifiedMs: number;
}

/** The file that was followed until now. */
export interface ReadFile {
  readonly identity: string;
  /** Its name, where it was found to be packed since: packing makes a new file of it. */
  readonly packedAs: string | undefined;
  /** The stems of the rotated files that were there when it was the current one. */
  readonly known: ReadonlySet<string>;
}

export interface Unread {
  /** The oldest first. */
  readonly files: readonly RotatedFile[];
  /** Stems of all that are older than the current file. */
  readonly known: ReadonlySet<string>;
  /** Others may have been rotated and removed in between. */
  readonly gap: boolean;
}

/**
 * @param rotated the oldest first
 * @param current identity of the file that is opened to be followed; it may have been rotated in the meantime, and what
 * is newer is then left for the next time
 * @param read undefined where nothing was read yet
 */
export function unreadFiles(rotated: readonly RotatedFile[], current: string, read: ReadFile | undefined): Unread {
  const at = rotated.findIndex((file) => file.identity === current);
  const older = at === -1 ? rotated : rotated.slice(0, at);
  const known = new Set(older.map((file) => file.stem));
  if (!read) return { files: older, known, gap: false };
  const last = older.findLastIndex((file) => file.identity === read.identity || file.name === read.packedAs);
  if (last !== -1) return { files: older.slice(last + 1), known, gap: false };
  // It is gone. A name with a date stays, so what is new is unread; numbers move from file to file.
  const files = older.filter((file) => file.dated && !read.known.has(file.stem));
  return { files, known, gap: files.length > 0 || older.some((file) => !file.dated) };
}
