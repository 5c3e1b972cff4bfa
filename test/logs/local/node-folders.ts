/** A node's log folders in a temporary place, as a kubelet and a runtime would leave them. */
import { appendFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock, type Clock } from '../../../src/clock.ts';
import type { LocalRequest, LocalSink } from '../../../src/logs/local/log-output.ts';
import { followLog } from '../../../src/logs/local/follow-log.ts';

export const podUid = '3d7c4a52-1111-4222-8333-444455556666';
export const podFolder = `/var/log/pods/default_web-1_${podUid}`;
export const logFolder = `${podFolder}/web`;

/** Gone at the end of the test, by `onTestFinished`. */
export async function temporaryRoot(onFinished: (clean: () => Promise<void>) => void): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'kmaint-local-')));
  onFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

/** A CRI record; `n` is both its time and its text. */
export function record(n: number, stream: 'stdout' | 'stderr' = 'stdout', tag = 'F'): string {
  return `${stampFor(n)} ${stream} ${tag} line ${n}\n`;
}

/** The same as a line of the API. */
export function line(n: number): string {
  return `${stampFor(n)} line ${n}\n`;
}

export function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => line(from + index)).join('');
}

export function records(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => record(from + index)).join('');
}

/** Midnight before all records of tests, in ms since 1970. */
export const dayOfStamps = Date.UTC(2026, 10, 21);

/** `n` milliseconds after midnight, and never a trailing zero. */
export function stampFor(n: number): string {
  return `${new Date(dayOfStamps + n).toISOString().slice(0, 23)}000001Z`;
}

export async function put(root: string, path: string, text: string | Buffer): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
}

export function add(root: string, path: string, text: string): Promise<void> {
  return appendFile(join(root, path), text);
}

export interface Collected {
  readonly text: string;
  /** Gaps too. */
  readonly notices: readonly string[];
  readonly gaps: readonly string[];
  /** How often it was said that lines are cut. */
  readonly truncated: number;
  /** Resolves when the text fulfils it. */
  until(check: (text: string) => boolean): Promise<void>;
  readonly sink: LocalSink;
}

/** A sink that remembers; its blocks are copied, as a printer would. */
export function collector(): Collected {
  let text = '';
  const notices: string[] = [];
  const gaps: string[] = [];
  let truncated = 0;
  const waiting = new Set<() => void>();
  const tell = (): void => waiting.forEach((look) => look());
  return {
    get text() {
      return text;
    },
    notices,
    gaps,
    get truncated() {
      return truncated;
    },
    until(check) {
      return new Promise((resolve) => {
        const look = (): void => {
          if (!check(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
    sink: {
      block(block) {
        text += block.toString('latin1');
        tell();
        return undefined;
      },
      notice(notice) {
        notices.push(notice);
        tell();
      },
      gap(gap) {
        gaps.push(gap);
        notices.push(gap);
        tell();
      },
      truncated() {
        truncated += 1;
      },
    },
  };
}

/** Follows the log of `web` in the folder until `stop`, which gives back what ended it. */
export function following(
  root: string,
  request: Partial<LocalRequest> = {},
  clock: Clock = realClock,
): Collected & { stop(): Promise<unknown>; readonly ended: Promise<void> } {
  const collected = collector();
  const controller = new AbortController();
  const place = { kind: 'files', folder: logFolder, file: undefined } as const;
  const ended = followLog(place, { follow: true, ...request }, collected.sink, { root, clock }, controller.signal);
  ended.catch(() => {});
  return Object.assign(Object.create(collected) as Collected, {
    ended,
    async stop() {
      controller.abort(new Error('stopped'));
      return ended.then(
        () => undefined,
        (error: unknown) => error,
      );
    },
  });
}

/** Reads the log of `web` once. */
export async function reading(root: string, request: Partial<LocalRequest> = {}): Promise<Collected> {
  const collected = collector();
  const place = { kind: 'files', folder: logFolder, file: undefined } as const;
  const { signal } = new AbortController();
  await followLog(place, { follow: false, ...request }, collected.sink, { root, clock: realClock }, signal);
  return collected;
}

/** Does something as a user who may read nothing that is root's; as it is, where the tests are not run by root. */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
