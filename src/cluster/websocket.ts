/** As much of WebSocket (RFC 6455) as a client needs that mostly listens: the handshake, and frames in both directions. */
import { createHash, randomBytes } from 'node:crypto';

/** What the two sides agree on: the headers to send, and the answer they ask for. */
export interface Handshake {
  readonly headers: Readonly<Record<string, string>>;
  /** The server's `sec-websocket-accept`. */
  readonly accept: string;
}

/** `protocols`: those that are understood, the best one first. */
export function handshake(protocols: readonly string[]): Handshake {
  const key = randomBytes(16).toString('base64');
  return {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': protocols.join(', '),
    },
    accept: createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64'),
  };
}

const opcode = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export type OwnFrame = 'close' | 'ping' | 'pong';

/** A frame of ours; a client has to mask what it sends. At most 125 bytes. */
export function ownFrame(kind: OwnFrame, payload: Buffer = Buffer.alloc(0)): Buffer {
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.of(0x80 | opcode[kind], 0x80 | payload.length), mask, masked]);
}

/** What a server sent, in pieces as they come: a long message is never held as a whole. */
export type Piece =
  /** Of a message whose first byte, which is left out, was that channel. The bytes share the chunk's memory. */
  | { readonly kind: 'data'; readonly channel: number; readonly bytes: Buffer }
  | { readonly kind: 'ping'; readonly payload: Buffer }
  | { readonly kind: 'pong' }
  | { readonly kind: 'close'; readonly message: string };

/** What is no WebSocket, or not the one that was agreed on. */
export class FrameError extends Error {}

/** The bytes of the server in, pieces of messages out. */
export class FrameReader {
  #carry: Buffer = Buffer.alloc(0);
  /** Bytes of the frame in hand that have not come. */
  #left = 0;
  #opcode = 0;
  #channel: number | undefined;
  #control: Buffer[] = [];

  /** @throws FrameError where they are no frames */
  push(chunk: Buffer): readonly Piece[] {
    const pieces: Piece[] = [];
    let rest = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    this.#carry = Buffer.alloc(0);
    while (rest.length > 0) {
      if (this.#left === 0) {
        const used = this.#begin(rest);
        if (used === 0) {
          this.#carry = Buffer.from(rest);
          break;
        }
        rest = rest.subarray(used);
        // A frame may be empty.
        if (this.#left > 0) continue;
      }
      const bytes = rest.subarray(0, this.#left);
      rest = rest.subarray(bytes.length);
      this.#left -= bytes.length;
      const piece = this.#opcode >= opcode.close ? this.#controlPiece(bytes) : this.#dataPiece(bytes);
      if (piece) pieces.push(piece);
    }
    return pieces;
  }

  /** Reads the head of a frame; how long it is, or 0 where it has not come as a whole. */
  #begin(bytes: Buffer): number {
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return 0;
    const short = second & 0x7f;
    const used = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length < used) return 0;
    if ((first & 0x70) !== 0 || (second & 0x80) !== 0) throw new FrameError('the answer is no WebSocket of ours');
    const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
    this.#opcode = first & 0x0f;
    this.#left = length;
    this.#control = [];
    if (this.#opcode === opcode.text || this.#opcode === opcode.binary) this.#channel = undefined;
    else if (this.#opcode >= opcode.close && length > 125) throw new FrameError('a control frame is too long');
    return used;
  }

  #dataPiece(bytes: Buffer): Piece | undefined {
    if (this.#channel !== undefined) return { kind: 'data', channel: this.#channel, bytes };
    this.#channel = bytes[0];
    if (this.#channel === undefined || bytes.length === 1) return undefined;
    return { kind: 'data', channel: this.#channel, bytes: bytes.subarray(1) };
  }

  #controlPiece(bytes: Buffer): Piece | undefined {
    this.#control.push(bytes);
    if (this.#left > 0) return undefined;
    const payload = Buffer.concat(this.#control);
    if (this.#opcode === opcode.ping) return { kind: 'ping', payload };
    if (this.#opcode === opcode.pong) return { kind: 'pong' };
    return { kind: 'close', message: payload.subarray(2).toString('utf8') };
  }
}
