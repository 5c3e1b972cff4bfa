/** A run of node-logs in this process: what it is asked, and what it writes. */
import { PassThrough } from 'node:stream';
import { expect } from 'vitest';
import type { ExitCode } from '../../../src/errors.ts';
import type { NodeLogsOptions } from '../../../src/logs/node/options.ts';
import { runNodeLogs, type NodeLogsWorld } from '../../../src/logs/node/run.ts';

/** The log of the kubelet of n1, as it is without flags. */
export const options = (changes: Partial<NodeLogsOptions> = {}): NodeLogsOptions => ({
  nodes: ['n1'],
  via: 'api',
  units: ['kubelet'],
  file: undefined,
  follow: false,
  since: undefined,
  until: undefined,
  tailLines: undefined,
  grep: undefined,
  boot: undefined,
  output: 'short-precise',
  ...changes,
});

export interface Written {
  /** The exit code, or the error. */
  readonly ended: Promise<ExitCode | Error>;
  readonly stdout: string;
  readonly stderr: string;
  /** Whoever reads stdout has seen enough. */
  leave(): void;
}

/** Runs no programs, unless `world` says how. */
export function startNodeLogs(
  asked: NodeLogsOptions,
  world: Pick<NodeLogsWorld, 'clock' | 'signal' | 'open'> & Partial<NodeLogsWorld>,
): Written {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    streams[name].on('data', (chunk: Buffer) => (texts[name] += chunk.toString()));
  }
  const work = runNodeLogs(
    {
      io: { ...streams, env: { PATH: '/bin' }, workingDirectory: '/' },
      programName: 'kmaint',
      warnings: [],
      runProgram: () => expect.unreachable(),
      runForeground: () => expect.unreachable(),
      ...world,
    },
    asked,
  );
  return {
    ended: work.catch((error: unknown) => error as Error),
    get stdout() {
      return texts.stdout;
    },
    get stderr() {
      return texts.stderr;
    },
    leave: () => void streams.stdout.destroy(),
  };
}
