/** What following one container's log takes and gives. */
import type { ContainerRef } from '../../cluster/container-log.ts';
import type { Kubectl } from '../../cli/kubectl.ts';
import type { LogCluster } from '../../cluster/log-cluster.ts';
import type { LogContainer } from '../../cluster/log-pod.ts';
import type { Clock } from '../../clock.ts';
import type { ClusterError } from '../../errors.ts';
import type { Stamp } from '../local/timestamp.ts';
import type { Left } from './doubt.ts';
import type { Run } from './next-read.ts';

export interface ContainerStreamDeps {
  readonly open: LogCluster['open'];
  readonly clock: Clock;
  /** Writes commands of hints. */
  readonly kubectl: Kubectl;
  readonly random?: () => number;
  /** What the watch knows of the container now; undefined: its pod is gone. */
  readonly container: () => LogContainer | undefined;
  /** False once that is the last that will ever be known; undefined: it is watched. */
  readonly watched?: () => boolean;
  /**
   * Whether the API server itself, not the watch, has the container at that run; false too where it does not answer.
   * Without it the watch alone is believed.
   */
  readonly isStillAt?: (run: Run, signal: AbortSignal) => Promise<boolean>;
  /** Resolves when what `container` says may have changed; rejects with the signal's reason. */
  readonly changed: (signal: AbortSignal) => Promise<void>;
  /** Fires when another run of the container has been seen. */
  readonly replaced?: AbortSignal;
  /** Told at once when it fires, if the lines that were given may be those of that run: wait for the end. */
  readonly doubted?: () => void;
  /** Told before the end of lines that were given, and may be the next run's. */
  readonly left?: (left: Left) => void;
}

export interface ContainerStreamRequest {
  readonly ref: ContainerRef;
  /** Of the run that is meant; empty where it is not known yet. */
  readonly containerId: string;
  /** The container's count of restarts when that run was seen. */
  readonly restartCount?: number | undefined;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly since: { readonly seconds: number } | { readonly time: Stamp } | undefined;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly stream: 'Stdout' | 'Stderr' | undefined;
  readonly insecureSkipTlsVerifyBackend: boolean;
  /** A log that is silent for so long is checked; 0: never. */
  readonly stallCheckMs: number;
  /** Of the message of a line. */
  readonly maxLineBytes: number;
  /** Given before by the stream of the run before. */
  readonly given?: Left | undefined;
}

export interface ContainerStreamSink {
  /**
   * Takes whole lines as the server sent them: timestamp, space, message, line feed. When it returns a promise, the
   * stream is paused until that resolves. What is kept of the buffer has to be copied before it returns.
   */
  block(lines: Buffer): Promise<void> | undefined;
  notice(notice: StreamNotice): void;
}

export type StreamNotice =
  /** The server has answered for the first time. */
  | { readonly kind: 'attached' }
  /** From the second failure in a row on. */
  | { readonly kind: 'retry'; readonly message: string; readonly attempt: number }
  /** Lines may be missing between two timestamps; empty: nobody knows of which time. */
  | { readonly kind: 'gap'; readonly from: string; readonly to: string; readonly why: string }
  /** The container was started so many times before it was first seen; whether those runs are wanted nobody knows. */
  | { readonly kind: 'earlier-runs'; readonly count: number }
  /** The first line of a tail is the end of a longer one: servers count records, not lines. */
  | { readonly kind: 'fragment' }
  /** What the kubelet itself had to say, in place of lines. */
  | { readonly kind: 'server-message'; readonly text: string }
  /** So many bytes of a line were left out. */
  | { readonly kind: 'truncated'; readonly bytes: number };

export type StreamEnd =
  /** The run has ended, or all there was has been read. */
  | { readonly kind: 'ended' }
  /** The pod is gone. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'no-previous'; readonly message: string }
  | { readonly kind: 'failed'; readonly error: ClusterError };
