/**
 * Takes the bodies of chunked answers from the wire itself: Node's parser makes a buffer of every piece, and for hundreds of
 * megabytes that and their collection cost more than the reading.
 */
import type { IncomingMessage } from 'node:http';
import type { OnReadOpts, Socket } from 'node:net';

/**
 * What the next byte belongs to. Node's parser gets all that is not of a chunk: the head (`announced` while it tells of it),
 * what comes behind the last chunk, and the whole of answers that nobody claimed.
 */
type Place = 'head' | 'announced' | 'unclaimed' | 'size' | 'extension' | 'data' | 'end-of-data' | 'ending';

const carriageReturn = 13;
const lineFeed = 10;
const headEnd = '\r\n\r\n';

/** More digits would be more than there are bytes. */
const longestSize = 12;

const readers = new WeakMap<Socket, DirectReader>();

/**
 * From now on the answer's listeners of `data` are given what was read itself: the bytes are theirs until they return, and
 * are overwritten then. To be called while the answer is announced; false: it cannot be done, and all is as ever.
 */
export function takeDirectly(response: IncomingMessage): boolean {
  return readers.get(response.socket)?.claim(response) ?? false;
}

/** Reads for one connection; to the reader of an answer it is all as if it came from Node. */
export class DirectReader {
  /** What the socket is to be made with. */
  readonly onread: OnReadOpts;
  readonly #buffer: Buffer;
  #socket: Socket | undefined;
  #place: Place = 'head';
  /** The last bytes of a head that is not over. */
  #head = '';
  #response: IncomingMessage | undefined;
  /** The digits of a size that is not over. */
  #size = '';
  /** Bytes of the chunk that are still to come. */
  #left = 0;
  /** What came while nobody listened. */
  #held: Buffer[] = [];
  /** What came behind the last chunk meanwhile. */
  #ending: Buffer | undefined;

  /** All sockets may share the buffer: what is in it is used up before the next of them reads. */
  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    this.onread = { buffer, callback: (count) => this.#read(count) };
  }

  /** The one that was made with {@link onread}. */
  readFrom(socket: Socket): void {
    this.#socket = socket;
    readers.set(socket, this);
  }

  claim(response: IncomingMessage): boolean {
    const { statusCode, headers } = response;
    if (this.#place !== 'announced' || statusCode !== 200 || headers['transfer-encoding'] !== 'chunked') return false;
    this.#place = 'size';
    this.#response = response;
    response.on('resume', () => {
      if (this.#response === response) this.#goOn(response);
    });
    return true;
  }

  /** Whether more is wanted now. */
  #read(count: number): boolean {
    let at = this.#place === 'head' ? this.#readHead(count) : 0;
    const response = this.#response;
    if (response === undefined) {
      if (at < count) this.#parse(this.#buffer.subarray(at, count));
      return true;
    }
    while (at < count && !response.destroyed) at = this.#readPart(response, at, count);
    return this.#response === undefined || this.#isTaken(response);
  }

  /** Where it ends, or all that there is. */
  #readHead(count: number): number {
    const text = this.#head + this.#buffer.toString('latin1', 0, count);
    const found = text.indexOf(headEnd);
    if (found < 0) {
      this.#head = text.slice(1 - headEnd.length);
      this.#parse(this.#buffer.subarray(0, count));
      return count;
    }
    const end = found + headEnd.length - this.#head.length;
    this.#head = '';
    this.#place = 'announced';
    this.#parse(this.#buffer.subarray(0, end));
    if (this.#response === undefined) this.#place = 'unclaimed';
    return end;
  }

  /** Where the next part begins. */
  #readPart(response: IncomingMessage, at: number, count: number): number {
    switch (this.#place) {
      case 'size':
        return this.#readSize(response, at, count);
      case 'extension': {
        const feed = this.#buffer.indexOf(lineFeed, at);
        if (feed < 0 || feed >= count) return count;
        this.#place = 'data';
        return feed + 1;
      }
      case 'data': {
        const end = Math.min(count, at + this.#left);
        this.#left -= end - at;
        if (this.#left === 0) this.#place = 'end-of-data';
        this.#give(response, this.#buffer.subarray(at, end));
        return end;
      }
      case 'end-of-data': {
        const byte = this.#buffer[at];
        if (byte === lineFeed) this.#place = 'size';
        else if (byte !== carriageReturn) return this.#refuse(count);
        return at + 1;
      }
      default:
        this.#end(response, this.#buffer.subarray(at, count));
        return count;
    }
  }

  #readSize(response: IncomingMessage, from: number, count: number): number {
    let at = from;
    while (at < count && isHexDigit(this.#buffer[at] ?? 0)) at += 1;
    this.#size += this.#buffer.toString('latin1', from, at);
    if (this.#size.length > longestSize) return this.#refuse(count);
    if (at === count) return count;
    if (this.#size === '') return this.#refuse(count);
    this.#left = Number.parseInt(this.#size, 16);
    if (this.#left > 0) {
      this.#size = '';
      this.#place = 'extension';
      return at;
    }
    // Node's parser has seen nothing since the head: to it this chunk is the first.
    const last = Buffer.concat([Buffer.from(this.#size), this.#buffer.subarray(at, count)]);
    this.#size = '';
    this.#place = 'ending';
    this.#end(response, last);
    return count;
  }

  #isTaken(response: IncomingMessage): boolean {
    return this.#held.length === 0 && this.#ending === undefined && response.readableFlowing === true;
  }

  #give(response: IncomingMessage, bytes: Buffer): void {
    if (this.#isTaken(response)) response.emit('data', bytes);
    else this.#held.push(Buffer.from(bytes));
  }

  /** Its end is not told before all that comes first has been given. */
  #end(response: IncomingMessage, bytes: Buffer): void {
    if (!this.#isTaken(response)) {
      this.#ending = Buffer.concat([this.#ending ?? Buffer.alloc(0), bytes]);
      return;
    }
    this.#parse(bytes);
    if (!response.complete) return;
    // The connection may be used again.
    this.#response = undefined;
    this.#place = 'head';
  }

  #goOn(response: IncomingMessage): void {
    const wants = (): boolean => response.readableFlowing === true && !response.destroyed;
    while (wants()) {
      const bytes = this.#held.shift();
      if (bytes) response.emit('data', bytes);
      else break;
    }
    if (!wants()) return;
    const ending = this.#ending;
    this.#ending = undefined;
    if (ending) this.#end(response, ending);
    this.#socket?.resume();
  }

  #parse(bytes: Buffer): void {
    this.#socket?.emit('data', bytes);
  }

  #refuse(count: number): number {
    this.#socket?.destroy(new Error('the answer breaks the rules of HTTP: it is not chunked as it says'));
    return count;
  }
}

function isHexDigit(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102);
}
