/** Folders are made one by one, and where none can be made it is said at once. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders } from '../src/make-folders.ts';

let base: string;

beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'kmaint-folders-'));
});

afterEach(() => rm(base, { recursive: true }));

describe('makeFolders', () => {
  it('makes what is missing, and tells of that alone', async () => {
    await mkdir(path.join(base, 'a'));
    const folder = path.join(base, 'a/b/c');
    expect(makeFolders(folder, 0o700)).toEqual([path.join(base, 'a/b'), folder]);
    const { mode } = await stat(folder);
    if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o700);
    expect(makeFolders(folder)).toEqual([]);
  });

  it('takes a link to a folder for one', async () => {
    await mkdir(path.join(base, 'real'));
    await symlink(path.join(base, 'real'), path.join(base, 'link'));
    makeFolders(path.join(base, 'link/below'));
    expect(existsSync(path.join(base, 'real/below'))).toBe(true);
  });

  it.each([
    ['a file', 'file', /EEXIST/],
    ['below a file', 'file/below', /ENOTDIR/],
    ['a link to nothing', 'dangling', /EEXIST/],
    ['below a link to nothing', 'dangling/below', /EEXIST/],
  ])('says what the system says of %s', async (_, where, problem) => {
    await writeFile(path.join(base, 'file'), '');
    await symlink(path.join(base, 'nothing'), path.join(base, 'dangling'));
    expect(() => makeFolders(path.join(base, where))).toThrow(problem);
  });

  // In a process of its own: a loop within one call of the system's could not be ended from inside.
  it.skipIf(!existsSync('/proc/self')).each([
    [
      'for a folder',
      'make-folders.ts',
      `made.makeFolders('/proc/x/y')`,
      /^undefined the system makes no folder in \/proc$/,
    ],
    [
      'for logs',
      'logs/folder.ts',
      `made.createLogFolder('/proc/x')`,
      /^logs\.folder cannot write \/proc\/x: the system makes no folder in \/proc$/,
    ],
    [
      'for journals',
      'journal/folder.ts',
      `await made.ensureFolder('/proc/x/y', 'linux')`,
      /^journal\.folder the folder for journals cannot be made: \/proc\/x\/y: the system makes no folder in \/proc$/,
    ],
  ])(
    'comes back %s where the system makes none',
    async (_, file, call, said) => {
      const program = `const made = require(${JSON.stringify(path.resolve('src', file))});
        (async () => { ${call}; })().catch((error) => console.log(String(error.code), error.message));`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', '--input-type=commonjs', '--eval', program],
        { timeout: 25_000, killSignal: 'SIGKILL' },
      );
      expect(stdout.trimEnd()).toMatch(said);
    },
    30_000,
  );
});
