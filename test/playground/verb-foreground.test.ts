/** Programs that run in kmaint's place: their ends, their signals. */
import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { InterruptedError } from '../../src/errors.ts';
import { runForeground, type ForegroundOutcome } from '../../src/process/foreground.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'kmaint-foreground-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Start {
  readonly script?: string;
  readonly file?: string;
  readonly env?: Record<string, string>;
  readonly signal?: AbortSignal;
}

const run = ({ script = '', file = process.execPath, env = {}, signal }: Start): Promise<ForegroundOutcome> =>
  runForeground({
    file,
    args: ['-e', script],
    env: { PATH: process.env['PATH'], ...env },
    cwd: folder,
    signal: signal ?? new AbortController().signal,
  });

/** Resolves with the text of a file in the folder as soon as it is there. */
async function written(name: string): Promise<string> {
  for (;;) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (text !== '') return text;
    await realClock.sleep(10);
  }
}

describe('a program', () => {
  it('ends with its own exit code, in our folder, with no other environment than the given one', async () => {
    const script = `require('fs').writeFileSync('seen', JSON.stringify([process.cwd(), Object.keys(process.env).sort()])); process.exit(3)`;
    expect(await run({ script, env: { KUBECONFIG: 'x' } })).toEqual({ kind: 'exited', exitCode: 3 });
    expect(JSON.parse(await written('seen'))).toEqual([folder, ['KUBECONFIG', 'PATH']]);
  });

  it('may be killed, missing, or no program', async () => {
    expect(await run({ script: `process.kill(process.pid, 'SIGKILL')` })).toEqual({
      kind: 'killed',
      signalName: 'SIGKILL',
    });
    expect(await run({ file: 'no-such-program' })).toEqual({ kind: 'not-found' });
    const file = join(folder, 'not-executable');
    await writeFile(file, '');
    expect(await run({ file })).toMatchObject({ kind: 'not-started', why: expect.stringContaining('EACCES') });
  });
});

describe('a signal', () => {
  const script = `
    const { appendFileSync } = require('fs');
    process.on('SIGTERM', () => { appendFileSync('signals-' + process.argv[1], 'SIGTERM'); setTimeout(() => process.exit(9), 100); });
    process.on('SIGHUP', () => { appendFileSync('signals-' + process.argv[1], 'SIGHUP'); process.exit(8); });
    setInterval(() => {}, 1000);
    appendFileSync('ready-' + process.argv[1], 'yes');`;

  it.each([
    [new InterruptedError('SIGTERM'), 'SIGTERM', 9],
    [new InterruptedError('SIGHUP'), 'SIGHUP', 8],
    [new Error('another reason'), 'SIGTERM', 9],
  ])('is passed on, and the end is waited for: %s', async (reason, expected, exitCode) => {
    const controller = new AbortController();
    const name = `${expected}-${reason.name}`;
    const ended = run({ script: script.replaceAll('process.argv[1]', `'${name}'`), signal: controller.signal });
    await written(`ready-${name}`);
    controller.abort(reason);
    expect(await ended).toEqual({ kind: 'exited', exitCode });
    expect(await written(`signals-${name}`)).toBe(expected);
  });

  it('that came before keeps it from starting', async () => {
    const signal = AbortSignal.abort(new InterruptedError('SIGINT'));
    await expect(run({ script: `require('fs').writeFileSync('started', 'x')`, signal })).rejects.toThrow('SIGINT');
    await expect(readFile(join(folder, 'started'))).rejects.toThrow('ENOENT');
  });
});
