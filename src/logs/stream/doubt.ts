/** Decides whose lines were read: a log is asked for by the name of a container, and a restart may have come between. */
import type { LogContainer } from '../../cluster/log-pod.ts';
import { isRun, type Run } from './next-read.ts';
import { secondOf, stampBytes } from './stamp.ts';

/** What was given of a log. */
export interface Given {
  /** The last of its lines, whole; empty: there were none. */
  readonly lines: Buffer;
  /** The timestamp of the first; empty: there was none. */
  readonly first: string;
}

/** What one stream knows of the lines that it gave, for whoever reads the container's next run. */
export interface Left {
  readonly given: Given;
  /** They are the next run's; false: nobody knows. */
  readonly ofNext: boolean;
}

/**
 * When that run had ended, as far as the status says: RFC 3339 in whole seconds, by the clock of the node as are the
 * timestamps of lines. Of a run that is further back it is the end of the one after it.
 */
export function endOfRun(now: LogContainer | undefined, run: Run): string | undefined {
  if (now?.containerId === undefined) return undefined;
  if (isRun(now, run)) return now.terminated?.finishedAt;
  // What waits for its next run tells of that run's end only.
  if (now.state === 'waiting' || run.restartCount === undefined || now.restartCount <= run.restartCount)
    return undefined;
  return now.lastTerminated?.finishedAt;
}

/**
 * Whether lines that were read as those of a run may be the next one's, by the timestamp of the first. No run begins
 * before the one before it has ended, so a line of an earlier second is none of it.
 *
 * @param finishedAt undefined: not known; then nothing speaks against the run that was meant
 */
export function mayBeOfNext(first: string, finishedAt: string | undefined): boolean {
  if (first === '') return true;
  return finishedAt !== undefined && !isBefore(first, finishedAt);
}

/** Whether the line is surely older than the end of a run. */
export function isBefore(stamp: string, finishedAt: string): boolean {
  return secondOf(stamp) < secondOf(finishedAt);
}

/** The timestamp of the first line of a block; empty: it has none. */
export function firstStamp(block: Buffer): string {
  return block.toString('latin1', 0, Math.max(0, stampBytes(block) - 1));
}

/** Of two API servers' clocks, and of what a second has in it. */
const clocksApartMs = 2000;

/**
 * Whether a log that was opened then may be that of the pod made then: logs are asked for by the name of a pod, and in a
 * pod's place there may be another of the same name before the watch tells of it. Both by the clock of the API server.
 *
 * @param openedAt undefined: the server has not answered, or does not say when
 */
export function mayBeOfPod(openedAt: string | undefined, createdAt: string | undefined): boolean {
  if (openedAt === undefined || createdAt === undefined) return false;
  return Date.parse(createdAt) <= Date.parse(openedAt) + clocksApartMs;
}

/** Why a stream is told that it is replaced, where another pod has the name of its own. */
export class NameTaken extends Error {
  /** When that pod was made; RFC 3339. */
  readonly createdAt: string | undefined;
  /** Its container is the very one that is read: a static pod is seen under a new uid when its node joins again. */
  readonly sameContainer: boolean;

  constructor({ createdAt, sameContainer }: Pick<NameTaken, 'createdAt' | 'sameContainer'>) {
    super('another pod has taken the name');
    this.createdAt = createdAt;
    this.sameContainer = sameContainer;
  }
}
