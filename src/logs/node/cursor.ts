/** Where a journal stands that is read answer by answer: what to ask for next, and which of its lines are known. */
import type { ByteString } from '../line.ts';

/** How often each text was there, kept for the last minute or two of the log. */
class Counts {
  #minute = '';
  #recent = new Map<ByteString, number>();
  #older = new Map<ByteString, number>();

  of(text: ByteString): number {
    return this.#recent.get(text) ?? this.#older.get(text) ?? 0;
  }

  set(text: ByteString, count: number, stamp: string): void {
    const minute = stamp.slice(0, 16);
    if (minute > this.#minute) {
      this.#minute = minute;
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(text, count);
  }
}

/**
 * The kubelet takes whole seconds, so that each answer begins with lines that the one before had. A line is known by its
 * text, its time and how many alike came with it: of three that are the same, in an answer that once had two, one is new.
 */
export class Cursor {
  /** Time of the latest entry; empty before the first. */
  last = '';
  #first = '';
  #answers = 0;
  /** This answer has come to what the ones before it had. */
  #met = false;
  #known = new Counts();
  #here = new Counts();

  /** A new answer begins. */
  begin(): void {
    this.#answers += 1;
    this.#here = new Counts();
    this.#met = false;
  }

  /**
   * Takes an entry of this answer in; true if it was in none before. Where the first answer was only the end of a log,
   * the second may begin earlier: that is not new.
   */
  isNew(stamp: string, entry: ByteString): boolean {
    if (this.#answers > 1) {
      const times = this.#here.of(entry) + 1;
      this.#here.set(entry, times, stamp);
      if (times <= this.#known.of(entry)) {
        this.#met = true;
        return false;
      }
    }
    this.#known.set(entry, this.#known.of(entry) + 1, stamp);
    if (this.#answers === 1) this.#first ||= stamp;
    else if (this.#answers === 2 && (stamp < this.#first || (stamp === this.#first && !this.#met))) return false;
    if (stamp > this.last) this.last = stamp;
    return true;
  }

  /** The second of the latest entry, as `sinceTime` takes it; undefined before the first. */
  get sinceTime(): string | undefined {
    return this.last === '' ? undefined : `${this.last.slice(0, 19)}Z`;
  }
}
