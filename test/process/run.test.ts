import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { programRunner, type RunOptions } from '../../src/process/run.ts';

const run = programRunner(realClock);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmaint-run-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function node(script: string, more: Partial<RunOptions> = {}): RunOptions {
  return {
    file: process.execPath,
    args: ['-e', script],
    env: { PATH: process.env['PATH'] },
    cwd: folder,
    stdin: 'ignore',
    stderr: 'pipe',
    signal: new AbortController().signal,
    ...more,
  };
}

/** True while a process of that id runs; one that only waits to be reaped by its parent does not. */
function alive(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

/** A program with a grandchild that ignores SIGTERM; the grandchild's pid lands in a file. */
const family = (pidFile: string) => `
  const child = require('node:child_process').spawn(process.execPath, ['-e',
    'process.on("SIGTERM", () => {}); require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)'],
    { stdio: 'inherit' });
  setInterval(() => {}, 1000);`;

async function grandchild(pidFile: string): Promise<number> {
  const pid = Number(await readFile(pidFile, 'utf8'));
  if (pid === 0) throw new Error('not written yet');
  return pid;
}

describe('how a program ends', () => {
  it('returns the exit code and both streams, unchanged', async () => {
    const outcome = await run(node(`console.log('out'); console.error('err'); process.exitCode = 3`));
    expect(outcome).toEqual({ kind: 'exited', exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('hands over exactly the environment it is given', async () => {
    const outcome = await run(
      node(`console.log(JSON.stringify(Object.keys(process.env).sort()))`, {
        env: { B: '1', A: '2', GONE: undefined },
      }),
    );
    expect(outcome).toMatchObject({ stdout: '["A","B"]\n' });
  });

  it('feeds a text to stdin, or nothing at all', async () => {
    const script = `process.stdin.on('data', (d) => console.log(String(d))).on('end', () => console.log('end'))`;
    expect(await run(node(script, { stdin: { text: 'hello' } }))).toMatchObject({ stdout: 'hello\nend\n' });
    expect(await run(node(script))).toMatchObject({ stdout: 'end\n' });
  });

  it('tells a missing program from a missing folder and from a file that cannot run', async () => {
    const missing = join(folder, 'no-such-program');
    expect(await run(node('', { file: missing }))).toEqual({ kind: 'not-found' });
    expect(await run(node('', { file: 'no-such-program-anywhere' }))).toEqual({ kind: 'not-found' });
    expect(await run(node('', { cwd: join(folder, 'nowhere') }))).toMatchObject({
      kind: 'not-started',
      why: expect.stringContaining('nowhere'),
    });
    const plain = join(folder, 'plain');
    await writeFile(plain, 'not a program');
    await chmod(plain, 0o600);
    expect(await run(node('', { file: plain }))).toMatchObject({
      kind: 'not-started',
      why: expect.stringContaining('EACCES'),
    });
  });

  it('looks names up in the PATH it is given, not in ours', async () => {
    const program = join(folder, 'only-here');
    await writeFile(program, `#!/bin/sh\necho found\n`);
    await chmod(program, 0o700);
    expect(await run(node('', { file: 'only-here', env: { PATH: `${folder}:/bin` } }))).toMatchObject({
      kind: 'exited',
      stdout: 'found\n',
    });
    expect(await run(node('', { file: 'only-here' }))).toEqual({ kind: 'not-found' });
  });

  it('names the signal of another hand', async () => {
    expect(await run(node(`process.kill(process.pid, 'SIGKILL')`))).toMatchObject({
      kind: 'killed',
      signalName: 'SIGKILL',
    });
  });
});

describe('ending a program', () => {
  it('kills the whole group on abort and rejects with the reason', async () => {
    const pidFile = join(folder, 'abort.pid');
    const controller = new AbortController();
    const reason = new Error('enough');
    const running = run(node(family(pidFile), { signal: controller.signal }));
    const pid = await vi.waitFor(() => grandchild(pidFile), 10_000);
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await vi.waitFor(() => expect(alive(pid)).toBe(false), 10_000);
  }, 20_000);

  it('kills the whole group after the time-out', async () => {
    const pidFile = join(folder, 'timeout.pid');
    const outcome = await run(node(family(pidFile), { timeoutMs: 1000 }));
    expect(outcome.kind).toBe('timed-out');
    const pid = await grandchild(pidFile);
    await vi.waitFor(() => expect(alive(pid)).toBe(false), 10_000);
  }, 20_000);

  it('starts nothing for a signal that has fired', async () => {
    const marker = join(folder, 'marker');
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(
      run(node(`require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`, { signal })),
    ).rejects.toThrow('too late');
    await expect(readFile(marker)).rejects.toThrow('ENOENT');
  });

  it('puts only a program without our stdin into a group of its own', async () => {
    const script = `console.log(require('node:child_process').execFileSync('ps', ['-o', 'pgid=', '-p', String(process.pid)], {encoding: 'utf8'}).trim() === String(process.pid))`;
    expect(await run(node(script))).toMatchObject({ stdout: 'true\n' });
    expect(await run(node(script, { stdin: 'inherit' }))).toMatchObject({ stdout: 'false\n' });
    expect(await run(node(script, { ownGroup: false }))).toMatchObject({ stdout: 'false\n' });
  });
});
