/** How a tail ends by itself: with a line that was waited for or feared, in silence, at a gap. */
import type { Clock } from '../../clock.ts';
import { exitCodes, KmaintError } from '../../errors.ts';
import { harmless } from '../../report/harmless.ts';
import type { LineWriter } from '../../report/line-writer.ts';
import type { LogSource } from '../line.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Print } from '../print.ts';
import type { BlockSwap } from '../stamp-swap.ts';
import type { FindEnd } from './end-lines.ts';
import { watchForSilence, type IdleWatch } from './idle.ts';
import { EndMarks } from './marks.ts';
import type { End } from './options.ts';

/** The reason of {@link Ending.signal}. */
export class TailEnded extends Error {}

export interface EndingDeps {
  readonly clock: Clock;
  /** Undefined: the tail goes on however silent it is. */
  readonly idleTimeoutMs: number | undefined;
  /** Undefined: no line ends it. */
  readonly findEnd: ((source: LogSource) => FindEnd) | undefined;
  /** What is printed is written later, in another order: then the tail ends when that line is written. */
  readonly sorted?: boolean | undefined;
}

export class Ending {
  readonly #ended = new AbortController();
  readonly #findEnd: EndingDeps['findEnd'];
  readonly #idle: IdleWatch | undefined;
  readonly #marks: EndMarks | undefined;
  #end: End | undefined;

  constructor({ clock, idleTimeoutMs, findEnd, sorted = false }: EndingDeps) {
    this.#findEnd = findEnd;
    this.#marks = findEnd && sorted ? new EndMarks() : undefined;
    if (idleTimeoutMs === undefined) return;
    this.#idle = watchForSilence(clock, idleTimeoutMs, () => this.finish({ kind: 'idle', idleMs: idleTimeoutMs }));
  }

  /** Fires when the tail has ended by itself. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Why it did; undefined: it did not. */
  get end(): End | undefined {
    return this.#end;
  }

  /** The first end counts; after it nothing is printed any more. */
  finish(end: End): void {
    if (this.#end) return;
    this.#end = end;
    this.#idle?.stop();
    this.#ended.abort(new TailEnded('the tail has ended by itself'));
  }

  /** The same pipeline, watched; itself where no line can end anything. */
  watched(pipeline: Pipeline): Pipeline {
    if (!this.#findEnd && !this.#idle) return pipeline;
    return { ...pipeline, printerFor: (source) => this.#printer(source, pipeline.printerFor(source)) };
  }

  /** The same writer, watched for a reader that is behind, and for a line that was marked; itself where that is no matter. */
  watchedWriter(writer: LineWriter): LineWriter {
    const idle = this.#idle;
    const marks = this.#marks;
    if (!idle && !marks) return writer;
    const watched = (behind: Promise<void> | undefined): Promise<void> | undefined => {
      if (behind) idle?.heldUp(behind);
      return behind;
    };
    const byRoom = !marks && {
      room: (bytes: number) => writer.room?.(bytes),
      filled: (end: number) => watched(writer.filled?.(end)),
    };
    return {
      ...byRoom,
      write: (bytes) => {
        const behind = writer.write(marks?.upToMark(bytes) ?? bytes);
        if (marks?.reached) this.finish(marks.reached);
        return watched(behind);
      },
      get failure() {
        return writer.failure;
      },
      flush: () => writer.flush(),
    };
  }

  /** The run is over, whatever ended it. */
  stop(): void {
    this.#idle?.stop();
  }

  #printer(source: LogSource, print: Print): Print {
    const findEnd = this.#findEnd?.(source);
    let marked = false;
    const watched = (block: Buffer): string => {
      if (this.#end || marked) return '';
      this.#idle?.heard();
      const found = findEnd?.(block);
      if (!found) return print(block);
      const text = print(block.subarray(0, found.bytes));
      const end = { kind: found.kind, source };
      if (this.#marks) {
        marked = true;
        return text + this.#marks.markFor(end);
      }
      this.finish(end);
      return text;
    };
    // A mark is text behind the line, which a room of bytes has no place for.
    const swap = this.#marks ? undefined : print.swap;
    return Object.assign(watched, { swap: swap && this.#swap(source, swap, findEnd) });
  }

  /** The same quick way: that something came is all that is noted of a block without an end. */
  #swap(source: LogSource, swap: BlockSwap, findEnd: FindEnd | undefined): BlockSwap {
    return {
      roomFor: (block) => swap.roomFor(block),
      into: (room, start, block) => {
        if (this.#end) return start;
        this.#idle?.heard();
        const found = findEnd?.(block);
        const to = swap.into(room, start, found ? block.subarray(0, found.bytes) : block);
        if (found && to !== undefined) this.finish({ kind: found.kind, source });
        return to;
      },
    };
  }
}

/** What is said of an end that is none to worry about; undefined: nothing. */
export function newsOf(end: End): string | undefined {
  if (end.kind !== 'idle') return undefined;
  return `no line came from any container for ${durationText(end.idleMs)} (--idle-timeout): the tail ends`;
}

/** The error of an end that is a failure; undefined for the others. */
export function failureOf(end: End): KmaintError | undefined {
  if (end.kind === 'failure') {
    return new KmaintError(`${placeOf(end.source)}: a line matches --fail-on, and is the last one shown`, {
      code: 'logs.fail-on',
      exitCode: exitCodes.incomplete,
      hint: comingBefore(end.source),
    });
  }
  if (end.kind === 'gap') {
    return new KmaintError(`${placeOf(end.source)}: lines may be missing, and --on-gap=fail ends the tail there`, {
      code: 'logs.gap',
      exitCode: exitCodes.incomplete,
      hint: end.onNode === true ? undefined : 'what was rotated away is on its node, for a while: kmaint logs --local',
    });
  }
  return undefined;
}

function comingBefore({ context, namespace, pod, container }: LogSource): string | undefined {
  if (pod === '') return undefined;
  const where = `${context === undefined ? '' : ` --context ${context}`}${namespace === '' ? '' : ` -n ${namespace}`}`;
  return harmless(`see what came before it: kmaint logs pod/${pod}${where} --containers ${container} --tail 100`);
}

function placeOf({ context, namespace, pod, container }: LogSource): string {
  // Standard input is nobody's.
  if (pod === '') return 'standard input';
  const place = `${namespace === '' ? '' : `${namespace}/`}${pod}, container ${container}`;
  return harmless(context === undefined ? place : `${context}: ${place}`);
}

/** In the syntax in which it was given: `90s` is 1m30s. */
function durationText(ms: number): string {
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  let left = ms;
  let text = '';
  for (const [unit, unitMs] of units) {
    const count = unit === 's' ? Number((left / unitMs).toFixed(3)) : Math.floor(left / unitMs);
    if (count > 0) text += `${count}${unit}`;
    left -= Math.floor(left / unitMs) * unitMs;
  }
  return text === '' ? `${ms}ms` : text;
}
