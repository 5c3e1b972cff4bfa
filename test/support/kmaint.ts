/** Runs programs as a user would: the built kmaint through its door, and kubectl beside it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface RunOptions {
  readonly kubeconfig?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sees the process as soon as it runs, to send it signals. */
  readonly onStart?: (child: ChildProcess) => void;
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

const door = resolve(import.meta.dirname, '../../bin/kmaint.js');

/** Runs the built kmaint off a terminal; `KMAINT_TEST_NODE` names another Node to run it on. */
export function kmaint(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.env['KMAINT_TEST_NODE'] ?? process.execPath, [door, ...words], options);
}

/** Runs a program with nothing on its standard input; a signal's death counts as 128. */
export function run(file: string, words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const startMs = performance.now();
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(file, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH,
      HOME,
      // Nobody's own settings.
      XDG_CONFIG_HOME: join(HOME, 'no-such-folder'),
      XDG_STATE_HOME: join(tmpdir(), `kmaint-test-state-${String(process.pid)}`),
      ...(options.kubeconfig === undefined ? {} : { KUBECONFIG: options.kubeconfig }),
      ...options.env,
    },
  });
  options.onStart?.(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(text, child);
  });
  return new Promise((done, reject) => {
    child.on('error', reject);
    child.on('close', (code) => done({ code: code ?? 128, stdout, stderr, durationMs: performance.now() - startMs }));
  });
}
