/** What journals need of the world. */
import { hostname } from 'node:os';
import type { Io, ProcessFacts } from '../cli/io.ts';
import type { Clock } from '../clock.ts';
import { holderName } from '../drain/ownership/holder.ts';
import type { Place } from './folder.ts';

export interface JournalDeps extends Place {
  readonly clock: Pick<Clock, 'now'>;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
  readonly self: ProcessFacts;
  /** `user@host`, as annotations and journals name who works. */
  readonly holder: string;
  /** Name of this machine. */
  readonly host: string;
  /** Version of kmaint, without a `v`. */
  readonly version: string;
}

/** Puts the parts together from what a command line has. */
export function journalDeps(
  { io, clock }: { readonly io: Pick<Io, 'env' | 'homeDirectory' | 'platform'>; readonly clock: Clock },
  self: ProcessFacts,
  version: string,
): JournalDeps {
  return {
    env: io.env,
    homeDirectory: io.homeDirectory,
    os: io.platform.os,
    clock,
    random: Math.random,
    self,
    holder: holderName(io.env),
    host: hostname(),
    version,
  };
}
