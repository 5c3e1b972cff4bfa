/** What the containers of the soak write: every line can be told from all others, and computed from its number. */

/** So many lines share a timestamp, as those of a container that writes quickly do. */
const linesPerStamp = 4;

const fill = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** What one run of a container writes. */
export interface Writing {
  /** Of the run; no other run of the soak has it. */
  readonly run: number;
  readonly startMs: number;
  /** Between one timestamp and the next. */
  readonly stepMs: number;
}

/** The step with which a container writes about so many lines a second. */
export function stepFor(linesPerSecond: number): number {
  return Math.max(1, Math.round((linesPerStamp * 1000) / linesPerSecond));
}

/** How many lines have been written by then. */
export function writtenBy({ startMs, stepMs }: Writing, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - startMs) / stepMs)) * linesPerStamp;
}

/** The first line whose timestamp is not before that. */
export function firstSince({ startMs, stepMs }: Writing, sinceMs: number): number {
  return Math.max(0, Math.ceil((sinceMs - startMs) / stepMs)) * linesPerStamp;
}

/** Without timestamp and line feed; lengths differ, so that no line ends where another does. */
export function textOf(run: number, number: number): string {
  const length = 20 + ((number * 7 + run) % 43);
  return `run=${String(run).padStart(6, '0')} line=${String(number).padStart(8, '0')} ${fill.slice(0, length)}`;
}

/** Lines from one number up to another, as a kubelet sends them. */
export function linesOf({ run, startMs, stepMs }: Writing, from: number, to: number): string {
  let text = '';
  let stamp = '';
  for (let number = from; number < to; number += 1) {
    if (stamp === '' || number % linesPerStamp === 0) {
      stamp = new Date(startMs + Math.floor(number / linesPerStamp) * stepMs).toISOString();
      stamp = `${stamp.slice(0, -1)}000000Z`;
    }
    text += `${stamp} ${textOf(run, number)}\n`;
  }
  return text;
}
