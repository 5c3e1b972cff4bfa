/** What the readers of both record formats share while they go through the log of one container. */
import { createJoins, type Joins, type LogStream, type OnTruncated } from './joins.ts';
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
  /** Of the message of a line; what is longer is cut by the joins. */
  readonly maxLineBytes: number;
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
 * @param maxLineBytes how long the message of a line may become
 */
export function createRecordState(
  stream: LogStream | undefined,
  maxLineBytes: number,
  onTruncated: OnTruncated = () => {},
): RecordState {
  const readStamp = stampReader();
  const joins = createJoins(maxLineBytes, onTruncated);
  return { stream, joins, maxLineBytes, readStamp, rewriteZone: zoneRewriter(readStamp), tally: { bad: 0 } };
}
