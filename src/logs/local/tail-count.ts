/** Counts lines from the end of a log backwards, record by record, until enough of them are whole. */
import type { LogStream } from './joins.ts';
import type { RecordHead } from './record-state.ts';
import type { Stamp } from './timestamp.ts';

export interface TailCount {
  /**
   * @param head of the record before the last one seen; undefined for a line that is none
   * @returns true when everything asked for begins behind this record
   */
  see(head: RecordHead | undefined): boolean;
  /** Lines seen so far, at most as many as wanted. */
  readonly found: number;
  /** Lines that lie between those wanted, because parts of these come before them. */
  readonly extra: number;
  /** Enough lines were seen, though their first parts may be missing. */
  readonly enough: boolean;
}

export interface TailCountOptions {
  /** At least 1. */
  readonly lines: number;
  readonly stream: LogStream | undefined;
  /** Later lines do not count. */
  readonly until: Stamp | undefined;
}

export function createTailCount({ lines, stream, until }: TailCountOptions): TailCount {
  /** Streams whose earliest line so far is wanted, and may have parts in records before. */
  const open = new Set<LogStream>();
  let found = 0;
  let extra = 0;

  function count(name: LogStream | undefined): void {
    if (found >= lines) {
      extra += 1;
      return;
    }
    found += 1;
    if (name !== undefined) open.add(name);
  }

  function seeRecord({ stream: name, partial }: RecordHead): boolean {
    if (partial) {
      // A part that nothing follows is a line of its own; others belong to a line that was counted.
      if (found < lines && !open.has(name)) count(name);
      return false;
    }
    if (found >= lines) {
      // It ends the line before, so all of the line that was counted lies behind it.
      open.delete(name);
      if (open.size === 0) return true;
    }
    count(name);
    return false;
  }

  const isOutside = (head: RecordHead): boolean =>
    (stream !== undefined && head.stream !== stream) || (until !== undefined && head.stamp > until);

  return {
    see(head) {
      if (found >= lines && open.size === 0) return true;
      if (head) return !isOutside(head) && seeRecord(head);
      count(undefined);
      return false;
    },
    get found() {
      return found;
    },
    get extra() {
      return extra;
    },
    get enough() {
      return found >= lines;
    },
  };
}
