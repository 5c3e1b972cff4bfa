// The busybox of this machine, if it has one that runs in an image without libraries.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Busybox {
  readonly path: string;
  /** Another one with every build. */
  readonly digest: string;
}

/** Undefined where there is none, or only one that needs libraries: Debian calls its package `busybox-static`. */
export function staticBusybox(): Busybox | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'busybox')).find((file) => existsSync(file));
  if (found === undefined) return undefined;
  const path = realpathSync(found);
  const bytes = readFileSync(path);
  if (needsLoader(bytes)) return undefined;
  return { path, digest: createHash('sha256').update(bytes).digest('hex').slice(0, 12) };
}

/** Whether a program of 64 bits names another one, in a header of type PT_INTERP, that loads its libraries. */
function needsLoader(bytes: Buffer): boolean {
  const [offset, size, count] = [Number(bytes.readBigUInt64LE(32)), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => bytes.readUInt32LE(offset + index * size)).includes(3);
}
