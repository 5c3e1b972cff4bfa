/** What the readers of both record formats share while they go through the log of one container. */
import { createJoins, type Joins, type LogStream } from './joins.ts';
import { stampReader, zoneRewriter, type ReadStamp, type Stamp } from './timestamp.ts';

/** What a record of either format says of itself. */
export interface RecordHead {
  readonly stamp: Stamp;
  readonly stream: LogStream;
  /** More of the line follows in a later record of the same stream. */
  readonly partial: boolean;
}

export interface RecordState {
  /** The only stream that is wanted; undefined: both. */
  readonly stream: LogStream | undefined;
  readonly joins: Joins;
  readonly readStamp: ReadStamp;
  readonly rewriteZone: (chunk: Buffer, at: number) => boolean;
  readonly tally: RecordTally;
}

export interface RecordTally {
  /** Lines that are no records; they were kept as they are. */
  bad: number;
}

/**
 * @param stream the only stream that is wanted; undefined: both
 * @param maxLineBytes how long a line that is put together from parts may become
 */
export function createRecordState(stream: LogStream | undefined, maxLineBytes: number): RecordState {
  const readStamp = stampReader();
  const joins = createJoins(maxLineBytes);
  return { stream, joins, readStamp, rewriteZone: zoneRewriter(readStamp), tally: { bad: 0 } };
}
