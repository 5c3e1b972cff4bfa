/** The built program as a user runs it: what it prints where, which exit code it ends with, what it does not load. */
import { execFile, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../.ci/bundle.ts';

const root = resolve(import.meta.dirname, '../..');
const node = process.env['KMAINT_TEST_NODE'] ?? process.execPath;
let folder = '';
let program = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmaint-built-'));
  program = join(folder, 'bin', 'kmaint.js');
  await mkdir(join(folder, 'bin'));
  await copyFile(join(root, 'bin/kmaint.js'), program);
  await bundle(root, join(folder, 'dist'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly exitCode: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

interface Start {
  readonly env?: Readonly<Record<string, string>>;
  readonly script?: string;
  readonly nodeArgs?: readonly string[];
}

function start(args: readonly string[], { env = {}, script = program, nodeArgs = [] }: Start = {}): Promise<Ended> {
  const environment = { PATH: process.env['PATH'], HOME: folder, ...env };
  return new Promise((done) => {
    const bounds = { timeout: 60_000, killSignal: 'SIGKILL' } as const;
    execFile(node, [...nodeArgs, script, ...args], { env: environment, ...bounds }, (error, stdout, stderr) => {
      done({ exitCode: error ? error.code : 0, stdout, stderr });
    });
  });
}

describe('help', () => {
  it.each([
    ['cli-help.txt', ['--help']],
    ['cli-help-drain.txt', ['drain', '--help']],
    ['cli-help-cordon.txt', ['cordon', '--help']],
    ['cli-help-uncordon.txt', ['help', 'uncordon']],
    ['cli-help-logs.txt', ['logs', '--help']],
    ['cli-help-node-logs.txt', ['node-logs', '--help']],
    ['cli-help-version.txt', ['version', '-h']],
    ['cli-help-playground.txt', ['playground', '--help']],
  ])('%s', async (file, args) => {
    const { exitCode, stdout, stderr } = await start(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot(join(root, 'fixtures/output', file));
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  it.each(['plan', 'apply', 'why', 'resume', 'rollback', 'runs', 'completion'])(
    'of %s fits 120 columns',
    async (verb) => {
      const { exitCode, stdout } = await start([verb, '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`Usage: kmaint ${verb}`);
      expect(stdout.split('\n').filter((line) => line.length > 120)).toEqual([]);
    },
  );

  it('is what kmaint alone prints', async () => {
    expect(await start([])).toEqual(await start(['--help']));
  });

  it('speaks of kubectl kmaint when it is called as the plugin, through a symbolic link', async () => {
    const script = join(folder, 'kubectl-kmaint');
    await symlink(program, script);
    const { stdout } = await start(['drain', '--help'], { script });
    expect(stdout).toContain('Usage: kubectl kmaint drain NODE');
    expect(stdout).toContain('  kubectl kmaint drain node1\n');
    expect(stdout).not.toMatch(/(?<!kubectl )kmaint (?:drain|uncordon)/);
  });
});

describe('a link that is called like another program', () => {
  it('runs logs in the manner of that program', async () => {
    const script = join(folder, 'kail');
    await symlink(program, script);
    expect((await start(['--help'], { script })).stdout).toMatch(/^ {2}-p, --pod name/m);
    const { exitCode, stderr } = await start(['--deploy', 'web', '-p'], { script });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('-p needs a value') });
    expect((await start(['--version'], { script })).stdout).toMatch(/^kmaint v/);
  });
});

describe('usage errors', () => {
  it.each([
    [['drian', 'node1'], 'unknown command "drian"'],
    [['drain'], 'which node?'],
    [['drain', 'n1', '-l', 'a=b'], 'not both'],
    [['drain', 'n1', '--timeout=5'], '"5" has no unit; write 5s, 5m or 5h'],
    [['drain', 'n1', '--foce'], 'did you mean --force?'],
    [['drain', 'n1', '--delete-local-data'], 'use --delete-emptydir-data'],
    [['drain', 'n1', '--pod-selector=a=b='], 'is not a label selector'],
    [['drain', 'n1', '-o', 'xml', '-o', 'yml'], '"yml" is none of text, json, ndjson'],
    [['--bogus'], 'unknown flag --bogus'],
    [['drain', '-f', 'n1'], 'unknown flag -f for drain'],
    [['why', 'x', '-l', 'a=b'], 'unknown flag -l for why'],
    [['version', 'x'], 'takes no arguments'],
    [['drain', 'n1', '--config=/nonexistent.yaml'], 'there is no such file'],
    [['drain', 'n1', '--kubeconfig=/nonexistent'], '/nonexistent'],
  ])('%j', async (args, message) => {
    const { exitCode, stdout, stderr } = await start(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(message);
  });

  it('are listed all at once, from every source', async () => {
    const { exitCode, stderr } = await start(['drain', '--timeout=5', '--foce', '--grace-period=x'], {
      env: { KMAINT_CHUNK_SIZE: '-1', KMAINT_FORCE: 'true' },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: 6 problems:\n/);
    for (const name of ['--timeout', '--foce', '--grace-period', 'KMAINT_CHUNK_SIZE', 'KMAINT_FORCE', 'which node?']) {
      expect(stderr).toContain(name);
    }
  });

  it('are one JSON object where the run was asked to be one', async () => {
    const { stdout } = await start(['drain', 'n1', '--kubeconfig=/nonexistent', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ verb: 'drain', outcome: 'failed', exitCode: 2 });
  });
});

describe('what is loaded', () => {
  const heavy = ['https', 'http', 'http2', 'tls', 'zlib', 'readline', 'child_process'];

  it.each([
    ['help', ['drain', '--help']],
    ['a usage error', ['drain', 'n1', '--timeout=5']],
    ['the version', ['version', '--client']],
  ])('for %s: no network, no cluster code, no schema, no programs', async (_, args) => {
    const probe = join(folder, 'probe.cjs');
    await writeFile(
      probe,
      `process.on('exit', () => require('node:fs').writeSync(2, '\\nPROBE' + JSON.stringify(process.moduleLoadList)));`,
    );
    const { stderr } = await start(args, { nodeArgs: ['--require', probe], env: { NODE_DISABLE_COMPILE_CACHE: '1' } });
    const loaded = JSON.parse(stderr.split('PROBE')[1] ?? '[]') as string[];
    expect(loaded).toContain('NativeModule vm');
    expect(heavy.filter((name) => loaded.includes(`NativeModule ${name}`))).toEqual([]);
  });

  it('runs none of the lazy parts of the bundle', async () => {
    const code = await readFile(join(folder, 'dist/kmaint.cjs'), 'utf8');
    // Each lazily evaluated module of the bundle is a function under its path; this one says when it runs.
    const part = /(__(?:esm|commonJS)\(\{"([^"]+)"\([^)]*\)\{)/g;
    const names = [...code.matchAll(part)].map(([, , name = '']) => name);
    expect(names).toEqual(
      expect.arrayContaining(['src/cluster/connect.ts', 'src/drain/drain.ts', 'src/process/run.ts']),
    );
    const says = `globalThis.said = (name) => require('node:fs').appendFileSync(process.env.EVALUATED, name + '\\n');`;
    const traced = `${says}\n${code.replaceAll(part, '$1globalThis.said("$2");')}`;
    const other = join(folder, 'traced');
    await mkdir(join(other, 'bin'), { recursive: true });
    await mkdir(join(other, 'dist'));
    await copyFile(program, join(other, 'bin/kmaint.js'));
    await writeFile(join(other, 'dist/kmaint.cjs'), traced);
    const log = join(other, 'log');
    const evaluated = new Set<string>();
    for (const args of [
      ['drain', '--help'],
      ['version', '--client'],
      ['drain', 'n1', '--timeout=5'],
      ['__complete', 'drain', '--esc'],
    ]) {
      await writeFile(log, '');
      const { stderr } = await start(args, { script: join(other, 'bin/kmaint.js'), env: { EVALUATED: log } });
      expect(stderr).not.toContain('bug');
      for (const name of (await readFile(log, 'utf8')).split('\n')) evaluated.add(name);
    }
    const early =
      /^src\/(?:cli|commands|report)\/|^src\/(?:clock|closest|errors|drain\/outcome|logs\/local\/timestamp|logs\/node\/journal-time)\.ts$|^package\.json$|\/(?:commander|leven)\/|^late:/;
    expect([...evaluated].filter((name) => name !== '' && !early.test(name))).toEqual([]);
    expect([...evaluated]).toContain('src/errors.ts');
    for (const library of ['chalk', 'zod', 'js-yaml', 'execa', 'ora', 'client-node']) {
      expect(
        names.some((name) => name.includes(library)),
        library,
      ).toBe(true);
    }
  });
});

describe('the code that V8 keeps', () => {
  const kept = (home: string): string => join(home, '.cache', 'kmaint', 'code');

  it('is written once, for this user alone, and survives being damaged', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    const before = await start(['--help'], { env: { HOME: home } });
    const [file = ''] = await readdir(kept(home));
    expect(await readdir(kept(home))).toHaveLength(1);
    const path = join(kept(home), file);
    expect((await stat(kept(home))).mode & 0o777).toBe(0o700);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { ino } = await stat(path);
    expect(await start(['--help'], { env: { HOME: home } })).toEqual(before);
    expect((await stat(path)).ino).toBe(ino);

    await writeFile(path, 'not what V8 wrote');
    expect(await start(['--help'], { env: { HOME: home } })).toEqual(before);
    expect((await stat(path)).ino).not.toBe(ino);
    expect((await stat(path)).size).toBeGreaterThan(1000);
  });

  it('is neither read nor written where others may write, nor when the user says so', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    await start(['--help'], { env: { HOME: home, NODE_DISABLE_COMPILE_CACHE: '1' } });
    await expect(readdir(kept(home))).rejects.toThrow('ENOENT');
    await mkdir(kept(home), { recursive: true });
    await chmod(kept(home), 0o777);
    const { exitCode } = await start(['--help'], { env: { HOME: home } });
    expect(exitCode).toBe(0);
    expect(await readdir(kept(home))).toEqual([]);
  });

  // Below /proc Node's recursive mkdir would never come back.
  it.each(['/dev/null', '/proc/x'])('may be impossible to keep in %s', async (cache) => {
    const { exitCode, stderr } = await start(['--help'], { env: { XDG_CACHE_HOME: cache } });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

describe('how it ends', () => {
  it('says how to build what is not built', async () => {
    const bare = await mkdtemp(join(folder, 'bare-'));
    await mkdir(join(bare, 'bin'));
    await copyFile(program, join(bare, 'bin/kmaint.js'));
    const { exitCode, stderr } = await start(['--help'], { script: join(bare, 'bin/kmaint.js') });
    expect(exitCode).toBe(70);
    expect(stderr).toContain('npm run build');
  });

  it('is quiet when the reader has gone', async () => {
    const child = spawn(node, [program, 'drain', '--help'], { env: { PATH: process.env['PATH'], HOME: folder } });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const exitCode = await new Promise((done) => child.on('close', done));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops in good order at %s while a server keeps it waiting', async (signalName, expected) => {
    const server = createServer(() => {});
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      const { port } = server.address() as AddressInfo;
      const connected = new Promise((done) => server.once('connection', done));
      const args = ['cordon', 'node1', '-o', 'ndjson', `--server=http://127.0.0.1:${port}`];
      const child = spawn(node, [program, ...args], { env: { PATH: process.env['PATH'], HOME: folder } });
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      const closed = new Promise((done) => child.on('close', done));
      await connected;
      child.kill(signalName);
      expect(await closed).toBe(expected);
      const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown;
      expect(last).toMatchObject({ type: 'run.finished', outcome: 'interrupted', exitCode: expected });
    } finally {
      server.close();
    }
  });

  it('ends a bug of ours with a report and without secrets', async () => {
    const broken = await mkdtemp(join(folder, 'broken-'));
    await mkdir(join(broken, 'bin'));
    await mkdir(join(broken, 'dist'));
    await copyFile(program, join(broken, 'bin/kmaint.js'));
    const code = await readFile(join(folder, 'dist/kmaint.cjs'), 'utf8');
    // A bug that strikes outside of every promise that is waited for.
    await writeFile(join(broken, 'dist/kmaint.cjs'), `${code}\nsetImmediate(() => null.boom);`);
    const args = ['cordon', 'node1', '--token', 'hush-hush', '--server=http://127.0.0.1:9'];
    const { exitCode, stderr } = await start(args, { script: join(broken, 'bin/kmaint.js') });
    expect(exitCode).toBe(70);
    expect(stderr).toContain('please report it');
    expect(stderr).toContain('TypeError');
    expect(stderr).toContain('"[redacted]"');
    expect(stderr).not.toContain('hush-hush');
  });
});
