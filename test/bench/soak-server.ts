/** Starts the API server of the soak and passes on what it tells. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigText } from '../../src/playground/kubeconfig.ts';
import type { WrittenRun } from './soak-check.ts';
import type { FaultCounts, FaultName } from './soak-faults.ts';

export interface SoakStart {
  readonly kind: 'start';
  readonly containers: number;
  readonly linesPerSecond: number;
  readonly lines: number;
  readonly seed: number;
  /** What goes wrong. */
  readonly faults: readonly FaultName[];
}
/** `trouble`: from now on things go wrong. */
export type ToSoak = SoakStart | { readonly kind: 'trouble' };

export interface SoakState {
  readonly kind: 'state';
  readonly written: number;
  /** All is written, and nothing goes wrong any more. */
  readonly full: boolean;
  /** Logs that are being read. */
  readonly open: number;
  readonly counts: FaultCounts;
  /** Empty until it is full. */
  readonly runs: readonly WrittenRun[];
}
export type FromSoak =
  | { readonly kind: 'ready'; readonly port: number; readonly ca: string }
  | { readonly kind: 'failed'; readonly message: string }
  | SoakState;

export interface SoakServer {
  /** An empty folder to be a home. */
  readonly home: string;
  readonly kubeconfig: string;
  trouble(): void;
  /** What it told last. */
  state(): SoakState | undefined;
  stop(): void;
}

/** Resolves as soon as it answers; rejects when it cannot begin. */
export function startSoakServer(start: Omit<SoakStart, 'kind'>): Promise<SoakServer> {
  const child = fork(join(import.meta.dirname, 'soak-server-process.ts'), { execArgv: ['--import', 'tsx'] });
  const home = mkdtempSync(join(tmpdir(), 'kmaint-soak-'));
  const kubeconfig = join(home, 'kubeconfig');
  let state: SoakState | undefined;
  const server: SoakServer = {
    home,
    kubeconfig,
    trouble: () => void child.send({ kind: 'trouble' } satisfies ToSoak),
    state: () => state,
    stop() {
      child.kill();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`the server of the soak ended with ${String(code)}`)));
    child.on('message', (message: FromSoak) => {
      if (message.kind === 'state') state = message;
      else if (message.kind === 'failed') reject(new Error(`the server of the soak failed: ${message.message}`));
      else {
        const url = `https://127.0.0.1:${String(message.port)}`;
        writeFileSync(kubeconfig, kubeconfigText({ url, ca: message.ca, token: 'soak' }), { mode: 0o600 });
        resolve(server);
      }
    });
    child.send({ kind: 'start', ...start } satisfies ToSoak);
  });
}
