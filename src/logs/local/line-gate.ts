/** Lets those lines of a log through that were asked for: by time, and by their number from either end. */
import { lineFeed, Rewriter } from './rewriter.ts';
import { millisecondsOf, stampAt, stampOf, type Stamp } from './timestamp.ts';

export interface LineGate {
  /** What is left of a block of whole lines in the API's form; the block is overwritten. */
  pass(block: Buffer): Buffer | undefined;
  /** Nothing that follows would get through. */
  readonly done: boolean;
}

export interface GateOptions {
  readonly since: Stamp | undefined;
  readonly until: Stamp | undefined;
  /** How many lines to leave out at the start; those later than `until` do not count. */
  readonly skip: number;
  /** How many lines to let through; undefined: all. */
  readonly head: number | undefined;
}

/**
 * The two streams of a container are not quite in the order of time. So each line is judged by its own timestamp until
 * one is this far beyond the limit; from there on all are on the same side of it.
 */
const disorderMs = 10_000;

/** Lines without a timestamp go the way of the line before. */
export function createLineGate({ since, until, skip, head }: GateOptions): LineGate {
  const begun = since === undefined ? undefined : sifter((stamp) => stamp >= since, beyond(since));
  const ended = until === undefined ? undefined : sifter((stamp) => stamp <= until, beyond(until));
  let skipped = 0;
  let passed = 0;

  function sift(block: Buffer): Buffer {
    let rest = block;
    // Once it is over, nothing of what follows is early enough.
    if (ended) rest = ended.over ? block.subarray(0, 0) : ended.sift(rest);
    if (skipped < skip) {
      const { at, lines } = afterLines(rest, skip - skipped);
      skipped += lines;
      rest = rest.subarray(at);
    }
    if (begun && !begun.over) rest = begun.sift(rest);
    if (head === undefined) return rest;
    const { at, lines } = afterLines(rest, head - passed);
    passed += lines;
    return rest.subarray(0, at);
  }

  return {
    pass(block) {
      const rest = sift(block);
      return rest.length === 0 ? undefined : rest;
    },
    get done() {
      return ended?.over === true || (head !== undefined && passed >= head);
    },
  };
}

interface Sifter {
  /** A line was beyond all disorder; lines from it on were not judged, and are kept where `keep` would. */
  readonly over: boolean;
  sift(block: Buffer): Buffer;
}

function sifter(keep: (stamp: Stamp) => boolean, limit: Stamp): Sifter {
  let over = false;
  let keeping = true;
  return {
    get over() {
      return over;
    },
    sift(block) {
      const rewriter = new Rewriter(block);
      for (let at = 0; at < block.length;) {
        const end = block.indexOf(lineFeed, at);
        const stamp = stampAt(block, at, end);
        if (stamp !== undefined) keeping = keep(stamp);
        if (stamp !== undefined && stamp > limit) {
          over = true;
          if (!keeping) rewriter.cut(at, block.length);
          break;
        }
        if (!keeping) rewriter.cut(at, end + 1);
        at = end + 1;
      }
      return rewriter.take(block.length);
    },
  };
}

function beyond(limit: Stamp): Stamp {
  return stampOf(millisecondsOf(limit) + disorderMs);
}

/** Where the first `count` lines of the block are over, and how many there were. */
export function afterLines(block: Buffer, count: number): { readonly at: number; readonly lines: number } {
  let at = 0;
  let lines = 0;
  for (; lines < count && at < block.length; lines += 1) at = block.indexOf(lineFeed, at) + 1;
  return { at, lines };
}
