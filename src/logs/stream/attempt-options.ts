/** What one connection to a log is given, what it tells, and how it ends. */
import type { Readable } from 'node:stream';
import type { Clock } from '../../clock.ts';
import type { Gap, Resumption } from './resumption.ts';

export interface AttemptOptions {
  readonly body: Readable;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly maxLineBytes: number;
  /** Tells new lines from those given before; undefined: nothing was given before. */
  readonly resumption: Resumption | undefined;
  /** Asked before lines are given that nothing ties to earlier ones: they may be another run's. Undefined: no doubt. */
  readonly confirm: ((lines: Buffer) => Promise<boolean>) | undefined;
  readonly on: AttemptEvents;
}

export interface AttemptEvents {
  /** Something came. */
  heard(): void;
  /** New lines; a promise holds the connection up. */
  lines(block: Buffer): Promise<void> | undefined;
  gap(gap: Gap): void;
  /** Text that is no line. */
  message(text: string): void;
  truncated(bytes: number): void;
}

export type AttemptEnd =
  /** As the server wanted, or something between that looks like it. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'cut'; readonly message: string }
  /** Because it was told to. */
  | { readonly kind: 'stopped' }
  /** The lines were those of another run, and none was given. */
  | { readonly kind: 'foreign' };
