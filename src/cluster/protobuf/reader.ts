/** Reads protobuf messages by tables that name what is wanted; everything else is passed over unread. */
import type { Reader } from 'protobufjs/minimal.js';
import { inline, keptInt, message, one, word, type Field, type Message, type Scalar, type Type } from './table.ts';
import { createWordReader } from './word.ts';

/** The bytes are no message of the kind that the table describes. */
export class MalformedMessage extends Error {}

type Value = string | number | boolean | null | Found | Value[];
interface Found {
  [name: string]: Value;
}

const varint = 0;
const delimited = 2;

const words = createWordReader();

/** Loads the library that reads the wire format, which only answers in protobuf are worth. */
export async function openMessages(bytes: Buffer): Promise<MessageReader> {
  const { default: protobuf } = await import('protobufjs/minimal.js');
  return new MessageReader(protobuf.Reader.create(bytes));
}

/**
 * Reads the messages in the bytes of a `Reader`, whose `len` is always the end of the innermost message: it reads no
 * further than that by itself.
 */
export class MessageReader {
  readonly #reader: Reader;
  readonly #bytes: Buffer;

  constructor(reader: Reader) {
    this.#reader = reader;
    this.#bytes = reader.buf as Buffer;
  }

  /**
   * The fields of the message that stands between these offsets, in the form that they have in JSON.
   * @throws MalformedMessage
   */
  read(type: Message, start = 0, end = this.#bytes.length): Found {
    this.#reader.pos = start;
    this.#reader.len = end;
    try {
      return this.#fields(type, {});
    } catch (error) {
      throw malformed(error);
    }
  }

  /**
   * The bounds of each field of that number, delimited ones only, without looking into them: from, to, from, to.
   * @throws MalformedMessage
   */
  bounds(number: number, start: number, end: number): readonly number[] {
    const reader = this.#reader;
    const found: number[] = [];
    reader.pos = start;
    reader.len = end;
    try {
      while (reader.pos < end) {
        const tag = reader.tag();
        if (tag >>> 3 === number && (tag & 7) === delimited) {
          const to = this.#end(delimited);
          found.push(reader.pos, to);
          reader.pos = to;
        } else reader.skipType(tag & 7, 0, tag >>> 3);
      }
    } catch (error) {
      throw malformed(error);
    }
    return found;
  }

  #fields({ fields }: Message, found: Found): Found {
    const reader = this.#reader;
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      const field = fields[tag >>> 3];
      if (field === undefined) reader.skipType(tag & 7, 0, tag >>> 3);
      else this.#field(field, tag & 7, found);
    }
    return found;
  }

  /** The message that begins here, put into `found`. */
  #message(type: Message, wire: number, found: Found): Found {
    const { len } = this.#reader;
    this.#reader.len = this.#end(wire);
    this.#fields(type, found);
    this.#reader.len = len;
    return found;
  }

  /** Of what stands twice though it is one, the last counts, and of messages both. */
  #field({ name, type, shape, only }: Field, wire: number, found: Found): void {
    if (shape === 'map') this.#entry((found[name] ??= {}) as Found, type, only, wire);
    else if (shape === 'many') {
      const value = this.#value(type, wire);
      const list = found[name];
      if (Array.isArray(list)) list.push(value);
      else found[name] = [value];
    } else if ('fields' in type) {
      this.#message(type, wire, name === inline ? found : ((found[name] ??= {}) as Found));
    } else {
      const value = this.#scalar(type, wire);
      if (type.keepsZero || (value !== '' && value !== 0)) found[name] = value;
      else if (found[name] !== undefined) delete found[name];
    }
  }

  #value(type: Type, wire: number): Value {
    return 'fields' in type ? this.#message(type, wire, {}) : this.#scalar(type, wire);
  }

  #scalar({ kind }: Scalar, wire: number): string | number | boolean | null {
    switch (kind) {
      case 'word':
        return this.#word(wire);
      case 'text':
        expectWire(wire, delimited);
        return this.#reader.string();
      case 'int':
        return this.#int(wire);
      case 'flag':
        expectWire(wire, varint);
        return this.#reader.bool();
      case 'time':
        return this.#time(wire);
      case 'quantity':
        // The zero quantity is an empty message, `0` in JSON.
        return (this.#message(quantityMessage, wire, {})['string'] as string | undefined) ?? '0';
    }
  }

  /** The key (1) may be passed over with its value (2); a text or quantity that is missing is the zero of its kind. */
  #entry(into: Found, type: Type, only: ReadonlySet<string> | undefined, wire: number): void {
    const reader = this.#reader;
    const { len } = reader;
    const end = this.#end(wire);
    reader.len = end;
    let key = '';
    let value: Value = 'kind' in type && type.kind === 'quantity' ? '0' : '';
    while (reader.pos < end) {
      const tag = reader.tag();
      if (tag >>> 3 === 1) {
        key = this.#word(tag & 7);
        if (only && !only.has(key)) reader.pos = end;
      } else if (tag >>> 3 === 2) value = this.#value(type, tag & 7);
      else reader.skipType(tag & 7, 0, tag >>> 3);
    }
    reader.len = len;
    if (!only || only.has(key)) into[key] = value;
  }

  #word(wire: number): string {
    const end = this.#end(wire);
    const value = words.read(this.#bytes, this.#reader.pos, end);
    this.#reader.pos = end;
    return value;
  }

  /** A negative number is written as the 64 bits of its two's complement, whatever its size in Go. */
  #int(wire: number): number {
    expectWire(wire, varint);
    const { low, high } = this.#reader.int64();
    return high * 2 ** 32 + (low >>> 0);
  }

  /** The zero time is an empty message (meta/v1 time_proto.go), and null in JSON. */
  #time(wire: number): string | null {
    const seconds = this.#message(timeMessage, wire, {})['seconds'] as number | undefined;
    return seconds === undefined ? null : rfc3339(seconds);
  }

  /** Where the delimited field ends that begins here. */
  #end(wire: number): number {
    expectWire(wire, delimited);
    const length = this.#reader.size();
    const end = this.#reader.pos + length;
    if (end > this.#reader.len) throw new MalformedMessage('a field is longer than its message');
    return end;
  }
}

function expectWire(wire: number, expected: number): void {
  if (wire !== expected) throw new MalformedMessage(`wire type ${wire} where ${expected} was expected`);
}

/** The library throws a plain Error or a RangeError when bytes make no sense; whatever else there is stays as it is. */
function malformed(error: unknown): unknown {
  const isOfBytes = error instanceof RangeError || (error instanceof Error && error.constructor === Error);
  return isOfBytes ? new MalformedMessage(error.message, { cause: error }) : error;
}

const quantityMessage = message({ string: one(1, word) });
const timeMessage = message({ seconds: one(1, keptInt) });

/** By seconds: conditions of many pods change together. */
const times = new Map<number, string>();
const mostTimes = 1000;

/** @throws RangeError beyond the years that a Date has */
function rfc3339(seconds: number): string {
  const known = times.get(seconds);
  if (known !== undefined) return known;
  const text = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  if (times.size >= mostTimes) times.clear();
  times.set(seconds, text);
  return text;
}
