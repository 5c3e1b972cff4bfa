/** Writes refreshed OpenID Connect tokens back into the kubeconfig they came from. */
import { randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';

/**
 * Replaces the former tokens by the new ones in the text of the file, and touches nothing else of it. kubectl writes
 * them back too: many providers take a refresh token only once, and not to keep the new one would lock the user out.
 * Resolves to false, without having changed anything, when a former token cannot be found in the file or it cannot be
 * written.
 */
export async function keepTokens(
  file: string,
  former: Readonly<Record<string, string>>,
  current: Readonly<Record<string, string>>,
): Promise<boolean> {
  try {
    // A kubeconfig is often a link; the file behind it is what changes.
    const path = await realpath(file);
    let text = await readFile(path, 'utf8');
    for (const key of ['id-token', 'refresh-token']) {
      const before = former[key] ?? '';
      const after = current[key] ?? '';
      if (before === after) continue;
      // Only a token that stands there in full and as it is; what YAML folded or escaped stays untouched.
      if (before.length < 8 || !text.includes(before) || !/^[\w.~+/=-]+$/.test(after)) return false;
      text = text.replaceAll(before, after);
    }
    const { mode } = await stat(path);
    const fresh = `${path}.${randomUUID()}`;
    try {
      await writeFile(fresh, text, { mode: mode & 0o777, flush: true });
      await rename(fresh, path);
    } catch (error) {
      await rm(fresh, { force: true });
      throw error;
    }
    return true;
  } catch {
    return false;
  }
}
