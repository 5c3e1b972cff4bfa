/** Follows links as if a folder were `/`: with the node's file system at /host, a link to /var/lib means /host/var/lib. */
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './problems.ts';

/** As many links as Linux follows in one path. */
const mostLinks = 40;

/**
 * The path without a link in it, below `root`, wherever its links point to: nothing leads out of `root`.
 *
 * @param path absolute, as seen from inside
 * @throws what the system says: ENOENT, EACCES, ENOTDIR; ELOOP for links that do not end
 */
export async function resolveInside(root: string, path: string): Promise<string> {
  let real: string[] = [];
  const ahead = partsOf(path);
  let links = 0;
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '.') continue;
    if (part === '..') {
      real.pop();
      continue;
    }
    const target = await linkTarget(join(root, ...real, part));
    if (target === undefined) {
      real.push(part);
      continue;
    }
    links += 1;
    if (links > mostLinks) throw Object.assign(new Error(`too many links: ${path}`), { code: 'ELOOP' });
    if (target.startsWith('/')) real = [];
    ahead.push(...partsOf(target));
  }
  return join(root, ...real);
}

/** Where a link points to; undefined for what is no link. */
async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (codeOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}

/** The last part first, as they are taken from the end. */
function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .toReversed();
}
