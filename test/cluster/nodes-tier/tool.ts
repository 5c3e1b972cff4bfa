// Runs one program to its end, and says everything about it when it fails.

import { spawn } from 'node:child_process';

/** What a program left behind. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program and returns whatever comes of it; a signal's death counts as 128. */
export function runAnyhow(argv: readonly string[]): Promise<Ran> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((done, reject) => {
    child.on('error', reject).on('close', (code) => done({ code: code ?? 128, stdout, stderr }));
  });
}

/**
 * Runs a program that has to succeed.
 * @returns its standard output
 * @throws {Error} with its command line and the end of what it said
 */
export async function runTool(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runAnyhow(argv);
  if (code === 0) return stdout;
  const said = `${stdout}\n${stderr}`.trim().slice(-4000);
  throw new Error(`${argv.join(' ')} failed with exit code ${String(code)}:\n${said}`);
}
