/** Runs `main` in this process, off a terminal and with nobody's settings. */
import { PassThrough } from 'node:stream';
import type { Io } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';

export async function runMain(
  argv: readonly string[],
  { calledAs = 'kmaint', env = {} }: { calledAs?: string; env?: Io['env'] } = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const exitCode = await main({
    argv,
    programName: 'kmaint',
    calledAs,
    env: { XDG_CONFIG_HOME: '/nowhere', ...env },
    stdin: new PassThrough(),
    stdout,
    stderr,
    homeDirectory: '/nowhere',
    workingDirectory: '/nowhere',
    platform: { os: 'linux', arch: 'x64', node: 'v24' },
    signals: { on: () => {}, off: () => {} },
    self: { pid: 1, isAlive: () => false },
    leave: () => {},
  });
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { exitCode, stdout: text(stdout), stderr: text(stderr) };
}
