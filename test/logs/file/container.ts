/** A container for tests of files: a folder, in which programs of the machine are run, and which can fail. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { realClock, type Clock } from '../../../src/clock.ts';
import type { ExecSink } from '../../../src/cluster/exec-file.ts';
import type { ExecEnd } from '../../../src/cluster/exec-status.ts';
import type { LogCluster } from '../../../src/cluster/log-cluster.ts';
import { fileReader } from '../../../src/logs/file/reader.ts';
import type { LogReader } from '../../../src/logs/reader.ts';
import type { ContainerStreamRequest, StreamEnd, StreamNotice } from '../../../src/logs/stream/stream.ts';
import { aContainer, aRequest, kubectl, ref, Watched } from '../stream/world.ts';
import { aSource } from '../../support/log-source.ts';

export let folder: string;
export let container: Container;
let running: AbortController;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kmaint-file-'));
  container = new Container();
  running = new AbortController();
});

afterEach(async () => {
  running.abort(new Error('the test is over'));
  container.stop();
  await rm(folder, { recursive: true, force: true });
});

export class Container {
  readonly watched = new Watched();
  /** What was run, word by word. */
  readonly commands: (readonly string[])[] = [];
  /** Ends of the next execs that begin, in place of what they would do; undefined: they run. */
  readonly script: (ExecEnd | undefined)[] = [];
  /** Of the next programs only so many bytes of what they print arrive, as from a server that drops the rest. */
  readonly arriving: number[] = [];
  /** What is run in place of a program, by its name; undefined: there is none. The machine's own ones without. */
  programs: Readonly<Record<string, readonly string[] | undefined>> | undefined;
  readonly #processes = new Map<ChildProcess, (end: ExecEnd) => void>();

  readonly exec: LogCluster['exec'] = (_, command, sink, signal) => {
    this.commands.push(command);
    const end = this.script.shift();
    return end ? Promise.resolve(end) : this.#start(command, sink, signal);
  };

  /** The file is being followed now. */
  get follows(): boolean {
    const words = this.commands.at(-1) ?? [];
    return this.#processes.size === 1 && (words.includes('-F') || words.includes('-f'));
  }

  /** The connections break; the programs behind them end. */
  cut(end: ExecEnd = { kind: 'cut', message: 'cut by the test' }): void {
    for (const [child, settle] of this.#processes) {
      settle(end);
      child.kill('SIGKILL');
    }
  }

  /** Ends with all that ran in it, and is there again as another run. */
  restart(): void {
    this.cut({ kind: 'exited', code: 137 });
    this.watched.become(aContainer({ containerId: 'containerd://2', restartCount: 1 }));
  }

  stop(): void {
    this.cut();
  }

  #start(command: readonly string[], sink: ExecSink, signal: AbortSignal): Promise<ExecEnd> {
    const [name = '', ...words] = command;
    if (this.programs === undefined) return this.#run(command, sink, signal);
    const program = this.programs[name];
    if (program) return this.#run([...program, ...words], sink, signal);
    const message = `OCI runtime exec failed: exec: "${name}": executable file not found in $PATH: unknown`;
    return Promise.resolve({ kind: 'not-started', message });
  }

  async #run([file = '', ...words]: readonly string[], sink: ExecSink, signal: AbortSignal): Promise<ExecEnd> {
    signal.throwIfAborted();
    let left = this.arriving.shift() ?? Infinity;
    const child = spawn(file, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { LC_ALL: 'C' } });
    const ended = new Promise<ExecEnd>((resolve, reject) => {
      this.#processes.set(child, resolve);
      signal.addEventListener('abort', () => {
        child.kill('SIGKILL');
        reject(signal.reason as Error);
      });
      child.stderr.on('data', (bytes: Buffer) => sink.stderr(bytes));
      void (async () => {
        for await (const bytes of child.stdout) {
          if (signal.aborted) return;
          const arrived = (bytes as Buffer).subarray(0, left);
          left -= arrived.length;
          if (arrived.length > 0) await sink.stdout(arrived);
        }
        if (child.exitCode === null && child.signalCode === null) await new Promise((done) => child.once('exit', done));
        resolve({ kind: 'exited', code: child.exitCode ?? 137 });
      })().catch(reject);
    });
    try {
      return await ended;
    } finally {
      this.#processes.delete(child);
    }
  }
}

export interface Followed {
  readonly ended: Promise<StreamEnd | Error>;
  /** Without the times in front. */
  readonly text: string;
  readonly blocks: readonly Buffer[];
  readonly notices: readonly StreamNotice[];
}

export const source = aSource({ namespace: ref.namespace, pod: ref.pod, podUid: 'u1', container: ref.container });

export interface Following {
  readonly request?: Partial<ContainerStreamRequest>;
  readonly reader?: LogReader;
  readonly taken?: () => Promise<void> | undefined;
  readonly clock?: Clock;
}

export function readerOf(file: string): LogReader {
  return fileReader(container.exec, file);
}

/** Begins to read a file of the folder. */
export function read(
  file: string,
  { request, reader = readerOf(file), taken, clock = realClock }: Following = {},
): Followed {
  const blocks: Buffer[] = [];
  const notices: StreamNotice[] = [];
  const { watched } = container;
  const ended = reader(
    source,
    {
      open: () => Promise.reject(new Error('nobody asks for a log')),
      clock,
      kubectl,
      random: () => 0,
      container: watched.container,
      changed: watched.changed,
    },
    { ...aRequest, ...request },
    {
      block: (lines) => {
        blocks.push(lines);
        return taken?.();
      },
      notice: (notice) => void notices.push(notice),
    },
    running.signal,
  ).catch((error: unknown) => error as Error);
  return {
    ended,
    blocks,
    notices,
    get text() {
      return Buffer.concat(blocks)
        .toString('latin1')
        .replaceAll(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /gm, '');
    },
  };
}

/** What was said beside the lines. */
export function said({ notices }: Followed): string[] {
  return notices.map((notice) =>
    notice.kind === 'server-message' ? notice.text : notice.kind === 'gap' ? `gap: ${notice.why}` : notice.kind,
  );
}

/** Numbered lines, from one number to another. */
export function lines(from: number, to: number, more = ''): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}${more}\n`).join('');
}
