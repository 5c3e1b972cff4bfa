/** Saved plans on disk: written all or nothing, and never over a file that is something else. */
import { createReadStream } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { shellQuoted } from '../cli/command-line.ts';
import { UsageError } from '../errors.ts';
import { isSavedPlan } from './saved-plan.ts';

/** Where plans are kept, as the workflows take it. */
export interface PlanFiles {
  /**
   * Writes a new file that only its owner may read, or replaces a former plan; whoever looks sees the old or the new one.
   *
   * @throws UsageError when there is another file, or it cannot be written
   */
  writeNew(path: string, text: string): Promise<void>;
  /**
   * @param planCommand makes such a file, for the hint where there is none
   * @throws UsageError when it cannot be read
   */
  read(path: string, planCommand: string): Promise<string>;
}

/** No plan is as large; what is, is not read into memory. */
const maxBytes = 256 * 2 ** 20;
const anotherFile = 'name another file with --out';
/** File systems without hard links. */
const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** The file system of this machine. */
export const planFiles: PlanFiles = {
  async read(path, planCommand) {
    try {
      return await textOf(path);
    } catch (error) {
      const hint = codeOf(error) === 'ENOENT' ? `to make one: ${planCommand}` : undefined;
      throw problem('cannot read the plan', path, error, hint);
    }
  },
  async writeNew(path, text) {
    const former = await existing(path);
    if (former === 'other') throw occupied(path);
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
    try {
      await writeSynced(temporary, text);
      if (former === 'plan') await rename(temporary, path);
      else await placeNew(temporary, path);
      await syncFolder(dirname(path));
    } catch (error) {
      throw error instanceof UsageError
        ? error
        : problem('cannot write the plan to', path, error, placeHint(path, error));
    } finally {
      await rm(temporary, { force: true });
    }
  },
};

async function existing(path: string): Promise<'none' | 'plan' | 'other'> {
  try {
    return isSavedPlan(await textOf(path)) ? 'plan' : 'other';
  } catch (error) {
    // Also a folder, or what may not be read: none of ours.
    return codeOf(error) === 'ENOENT' ? 'none' : 'other';
  }
}

async function textOf(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error('it is far too large for a plan');
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A link fails where a rename would overwrite what somebody put there meanwhile. */
async function placeNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'EEXIST') throw occupied(path);
    if (!withoutLinks.has(code)) throw error;
    await rename(temporary, path);
  }
}

/** So that the name outlives a power cut as well; not every system can. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

function occupied(path: string): UsageError {
  return new UsageError([`${path} exists and is not a plan of kmaint, so it is not overwritten`], {
    code: 'usage.plan',
    hint: anotherFile,
  });
}

/** How the plan finds a place after all. */
function placeHint(path: string, error: unknown): string {
  return codeOf(error) === 'ENOENT' ? `mkdir -p ${shellQuoted(dirname(path))}` : anotherFile;
}

function problem(what: string, path: string, error: unknown, hint: string | undefined): UsageError {
  return new UsageError([`${what} ${path}: ${reasonOf(error)}`], { code: 'usage.plan', hint });
}

function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'there is no such file or folder';
    case 'EACCES':
    case 'EPERM':
      return 'no permission';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOSPC':
      return 'the disk is full';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'it is not UTF-8 text';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
