/** Reads what was printed and counts which lines are lost, doubled, out of order or not what was written. */
import { textOf } from './soak-lines.ts';

export interface Wrong {
  readonly lost: number;
  readonly doubled: number;
  readonly disordered: number;
  /** Lines that nobody wrote: cut, joined, or with another container's name before them. */
  readonly foreign: number;
}

/** A run of a container, and how many lines it wrote. */
export interface WrittenRun {
  readonly run: number;
  readonly pod: string;
  readonly container: string;
  readonly lines: number;
}

interface Seen {
  readonly prefix: string;
  numbers: Uint8Array;
  last: number;
  /** Printed once more. */
  readonly doubled: number[];
}

const lineFeed = 10;
/** Of whatever is wrong, so many examples are kept. */
const mostExamples = 20;

export class Checker {
  /** Lines that were printed once. */
  printed = 0;
  readonly examples: string[] = [];
  readonly #runs = new Map<number, Seen>();
  #rest: Buffer = Buffer.alloc(0);
  #doubled = 0;
  #disordered = 0;
  #foreign = 0;

  push(chunk: Buffer): void {
    const last = chunk.lastIndexOf(lineFeed);
    if (last === -1) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      return;
    }
    const text = this.#rest.toString('latin1') + chunk.toString('latin1', 0, last);
    this.#rest = Buffer.from(chunk.subarray(last + 1));
    for (const line of text.split('\n')) this.#line(line);
  }

  /** At the end; half a line is one that nobody wrote. */
  verdict(runs: readonly WrittenRun[]): Wrong {
    if (this.#rest.length > 0) this.#isForeign(this.#rest.toString('latin1'));
    this.#rest = Buffer.alloc(0);
    let lost = 0;
    for (const { run, pod, container, lines } of runs) {
      const seen = this.#runs.get(run);
      const missing = missingOf(seen, lines);
      lost += missing.length;
      if (missing.length > 0)
        this.#example('lost', `${pod} ${container} run ${String(run)}: ${rangesOf(missing)} of ${String(lines)}`);
      if (seen && seen.doubled.length > 0)
        this.#example(
          'doubled',
          `${pod} ${container} run ${String(run)}: ${rangesOf(seen.doubled)} of ${String(lines)}`,
        );
      if (seen && seen.prefix !== `${pod} ${container} `)
        this.#isForeign(`${seen.prefix}printed run ${String(run)} of ${pod} ${container}`);
    }
    return { lost, doubled: this.#doubled, disordered: this.#disordered, foreign: this.#foreign };
  }

  #line(line: string): void {
    const at = line.indexOf('run=');
    const run = Number(line.slice(at + 4, at + 10));
    const number = Number(line.slice(at + 16, at + 24));
    if (at < 1 || line.length > at + 100 || line.slice(at) !== textOf(run, number)) {
      this.#isForeign(line);
      return;
    }
    const seen = this.#seen(run, line.slice(0, at));
    if (!line.startsWith(seen.prefix)) this.#isForeign(line);
    if (number >= seen.numbers.length) seen.numbers = grown(seen.numbers, number);
    if (seen.numbers[number] === 1) {
      this.#doubled += 1;
      seen.doubled.push(number);
      return;
    }
    seen.numbers[number] = 1;
    this.printed += 1;
    if (number < seen.last) {
      this.#disordered += 1;
      this.#example(`after line ${String(seen.last)}`, line);
    }
    seen.last = number;
  }

  #seen(run: number, prefix: string): Seen {
    let seen = this.#runs.get(run);
    if (!seen) this.#runs.set(run, (seen = { prefix, numbers: new Uint8Array(1024), last: -1, doubled: [] }));
    return seen;
  }

  #isForeign(line: string): void {
    this.#foreign += 1;
    this.#example('nobody wrote', line);
  }

  #example(what: string, line: string): void {
    if (this.examples.length < mostExamples) this.examples.push(`${what}: ${line.slice(0, 200)}`);
  }
}

function grown(numbers: Uint8Array, number: number): Uint8Array {
  const larger = new Uint8Array(2 * number + 2);
  larger.set(numbers);
  return larger;
}

function missingOf(seen: Seen | undefined, lines: number): readonly number[] {
  const missing: number[] = [];
  for (let number = 0; number < lines; number += 1) if (seen?.numbers[number] !== 1) missing.push(number);
  return missing;
}

/** `3..9, 12`. */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${String(from)}..${String(to)}`)).join(', ');
}
