/** A container whose log is followed in a test: the watch's view of it, a clock that stands still, all that was given. */
import { expect } from 'vitest';
import { kubectlFor } from '../../../src/cli/kubectl.ts';
import type { LogContainer } from '../../../src/cluster/log-pod.ts';
import {
  followContainer,
  type ContainerStreamRequest,
  type StreamEnd,
  type StreamNotice,
} from '../../../src/logs/stream/follow.ts';
import type { Left } from '../../../src/logs/stream/doubt.ts';
import { FakeClock } from '../../support/clock.ts';
import { Kubelet, textOf } from './kubelet.ts';

/** Of a cluster that is called `prod`. */
export const kubectl = kubectlFor('prod');

export const ref = { namespace: 'default', pod: 'web-1', container: 'app' };

export const aRequest: ContainerStreamRequest = {
  ref,
  containerId: 'containerd://1',
  follow: true,
  previous: false,
  since: undefined,
  tailLines: undefined,
  limitBytes: undefined,
  stream: undefined,
  insecureSkipTlsVerifyBackend: false,
  stallCheckMs: 0,
  maxLineBytes: 1_048_576,
};

export function aContainer(changes: Partial<LogContainer> = {}): LogContainer {
  return {
    name: 'app',
    kind: 'regular',
    state: 'running',
    containerId: 'containerd://1',
    restartCount: 0,
    waitingReason: undefined,
    terminated: undefined,
    lastTerminated: undefined,
    ...changes,
  };
}

/** What the watch says, and who waits for news of it. */
export class Watched {
  #container: LogContainer | undefined = aContainer();
  #waiting = new Set<() => void>();

  readonly container = (): LogContainer | undefined => this.#container;

  readonly changed = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => {
        this.#waiting.delete(resolve);
        reject(signal.reason as Error);
      });
    });

  /** How many wait for news. */
  get waiting(): number {
    return this.#waiting.size;
  }

  become(container: LogContainer | undefined): void {
    this.#container = container;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of waiting) resolve();
  }
}

export interface Following {
  readonly kubelet: Kubelet;
  readonly watched: Watched;
  readonly clock: FakeClock;
  readonly notices: readonly StreamNotice[];
  /** All that was given, as text. */
  readonly text: () => string;
  readonly lines: () => readonly string[];
  readonly ended: Promise<StreamEnd>;
  readonly state: { end: StreamEnd | undefined };
  readonly abort: (reason: Error) => void;
  /** The watch has seen another run. */
  readonly replace: (container: LogContainer) => void;
  /** What it left to that, in words: `next` or `perhaps`, and its lines. */
  readonly left: readonly (readonly string[])[];
}

export interface FollowOptions {
  readonly request?: Partial<ContainerStreamRequest>;
  readonly kubelet?: Kubelet;
  readonly watched?: Watched;
  /** What the API server itself says. */
  readonly isStillAt?: () => Promise<boolean>;
  /** Called for each block. */
  readonly block?: () => Promise<void> | undefined;
}

/** Starts to follow; nothing has happened yet when it returns. */
export function follow(options: FollowOptions = {}): Following {
  const { kubelet = new Kubelet(), watched = new Watched(), request = {}, block, isStillAt } = options;
  const clock = new FakeClock();
  const controller = new AbortController();
  const blocks: Buffer[] = [];
  const notices: StreamNotice[] = [];
  const replaced = new AbortController();
  const left: (readonly string[])[] = [];
  const state: { end: StreamEnd | undefined } = { end: undefined };
  const ended = followContainer(
    {
      open: kubelet.answer,
      clock,
      kubectl,
      random: () => 0.5,
      container: watched.container,
      changed: watched.changed,
      replaced: replaced.signal,
      left: (of) => void left.push(wordsOf(of)),
      ...(isStillAt && { isStillAt }),
    },
    { ...aRequest, ...request },
    {
      block(lines) {
        blocks.push(Buffer.from(lines));
        return block?.();
      },
      notice: (notice) => void notices.push(notice),
    },
    controller.signal,
  );
  ended.then(
    (end) => void (state.end = end),
    () => {},
  );
  const text = (): string => Buffer.concat(blocks).toString();
  return {
    kubelet,
    watched,
    clock,
    notices,
    text,
    lines: () => text().split('\n').slice(0, -1),
    ended,
    state,
    abort: (reason) => controller.abort(reason),
    replace(container) {
      watched.become(container);
      replaced.abort(new Error('another run'));
    },
    left,
  };
}

function wordsOf({ ofNext, given: { lines } }: Left): readonly string[] {
  return [ofNext ? 'next' : 'perhaps', ...lines.toString().split('\n').slice(0, -1)];
}

/** A line written so many milliseconds after the start of 2026, as the kubelet sends it. */
export function at(ms: number, text: string): string {
  const stamp = new Date(Date.parse('2026-01-01T00:00:00Z') + Math.floor(ms)).toISOString();
  return `${stamp.replace('Z', '000000Z')} ${text}`;
}

/** So many lines, ten a second. */
export function some(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => at((from + index) * 100, `line ${String(from + index)}`));
}

/** What is noticed of a log that is read without trouble. */
export const attached = { kind: 'attached' };

/** Follows a log of five lines, all of them given. */
export async function followed(options: FollowOptions = {}): Promise<Following> {
  const following = follow(options);
  following.kubelet.writeUnseen(some(5));
  // The first request was sent before that.
  following.kubelet.send(textOf(some(5)));
  await following.clock.advance(0);
  expect(following.lines()).toEqual(some(5));
  return following;
}
