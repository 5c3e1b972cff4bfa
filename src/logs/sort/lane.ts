/** What one log has given and the sorter has not yet written. */
import type { ByteString } from '../line.ts';
import type { Print } from '../print.ts';
import { comesBefore, type Ordered } from './lane-heap.ts';
import { beforeAll, moveTo, type Moment } from './moment.ts';

/** When a block came, and whether all that is shown of it has left. */
export interface Arrival {
  readonly atMs: number;
  over: boolean;
}

/** Lines as they will be written, and where each of them ends. */
interface Piece {
  readonly text: ByteString;
  readonly ends: readonly number[];
  readonly minutes: readonly number[];
  readonly rests: readonly number[];
  readonly arrival: Arrival;
  /** The first line that has not left. */
  next: number;
}

/** What a line costs beside its text, and a block beside its lines; roughly. */
const lineCost = 32;
const pieceCost = 512;

export class SortLane implements Ordered {
  readonly moment: Moment = { ...beforeAll };
  readonly order: number;
  /** Roughly what its printed lines take of the memory. */
  bytes = 0;
  ended = false;
  readonly #print: Print;
  readonly #pieceBytes: number;
  /** Of the last line that was read; lines never go back behind it. */
  readonly #last: Moment = { ...beforeAll };
  #pieces: Piece[] = [];
  /** Lines that are not printed yet. */
  #raw: Buffer[] = [];
  #taken: (() => void)[] = [];

  /**
   * `pieceBytes`: no more than this is printed ahead, because with names and labels around them lines grow; the rest is
   * kept as it came. Infinite: lines that a filter drops take no room.
   */
  constructor(order: number, print: Print, pieceBytes: number) {
    this.order = order;
    this.#print = print;
    this.#pieceBytes = pieceBytes;
  }

  /** No line waits. */
  get empty(): boolean {
    return this.#pieces.length === 0;
  }

  /** The arrival is over at once where no line of it is shown. */
  add(lines: Buffer, arrival: Arrival): void {
    this.#raw.push(Buffer.from(lines));
    if (this.#pieceBytes < Infinity && !this.empty) return;
    const { empty } = this;
    this.#refill(arrival);
    if (empty) this.#moved();
  }

  /** The next line. */
  takeLine(): ByteString {
    const [piece] = this.#pieces;
    return piece ? this.#cut(piece, piece.next + 1) : '';
  }

  /** The next lines as far as they are printed and come before the next of another lane; at least one. */
  takeRun(other: Ordered | undefined): ByteString {
    const [piece] = this.#pieces;
    if (!piece) return '';
    const { ends, minutes, rests } = piece;
    let end = piece.next + 1;
    for (; end < ends.length; end += 1) {
      this.moment.minute = minutes[end] ?? 0;
      this.moment.rest = rests[end] ?? 0;
      if (other && !comesBefore(this, other)) break;
    }
    return this.#cut(piece, end);
  }

  /** Resolves at the next `wake`. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#taken.push(resolve);
    });
  }

  /** A chunk of the connection gives two blocks, and each of them is waited for. */
  wake(): void {
    const taken = this.#taken;
    this.#taken = [];
    for (const resolve of taken) resolve();
  }

  #cut(piece: Piece, end: number): ByteString {
    const from = piece.ends[piece.next - 1] ?? 0;
    const to = piece.ends[end - 1] ?? from;
    this.bytes -= to - from + lineCost * (end - piece.next);
    piece.next = end;
    if (end >= piece.ends.length) {
      this.bytes -= pieceCost;
      this.#pieces.shift();
      piece.arrival.over = true;
      if (this.empty) this.#refill(piece.arrival);
    }
    this.#moved();
    return piece.text.slice(from, to);
  }

  #moved(): void {
    const [piece] = this.#pieces;
    if (!piece) return;
    this.moment.minute = piece.minutes[piece.next] ?? 0;
    this.moment.rest = piece.rests[piece.next] ?? 0;
  }

  /** Prints until there is a line to show. */
  #refill(arrival: Arrival): void {
    arrival.over = true;
    for (let [block] = this.#raw; block; [block] = this.#raw) {
      const end = this.#endOfPiece(block);
      if (end < block.length) this.#raw[0] = block.subarray(end);
      else this.#raw.shift();
      const piece = this.#printed(block.subarray(0, end), arrival);
      if (piece.ends.length === 0) continue;
      arrival.over = false;
      this.#pieces.push(piece);
      this.bytes += pieceCost + piece.text.length + lineCost * piece.ends.length;
      return;
    }
  }

  /** Whole lines, of the size of a piece at least. */
  #endOfPiece(block: Buffer): number {
    if (block.length <= this.#pieceBytes) return block.length;
    const feed = block.indexOf(10, this.#pieceBytes - 1);
    return feed < 0 ? block.length : feed + 1;
  }

  #printed(block: Buffer, arrival: Arrival): Piece {
    const texts: ByteString[] = [];
    const ends: number[] = [];
    const minutes: number[] = [];
    const rests: number[] = [];
    let length = 0;
    for (let start = 0; start < block.length;) {
      const feed = block.indexOf(10, start);
      const end = feed < 0 ? block.length : feed + 1;
      const text = this.#print(block.subarray(start, end));
      moveTo(this.#last, block, start);
      start = end;
      if (text === '') continue;
      length += text.length;
      texts.push(text);
      ends.push(length);
      minutes.push(this.#last.minute);
      rests.push(this.#last.rest);
    }
    // Joined, the printed lines take the room of their bytes alone.
    return { text: texts.join(''), ends, minutes, rests, arrival, next: 0 };
  }
}
