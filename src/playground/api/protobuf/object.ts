/** Reads whole objects that typed clients send as protobuf, such as kubectl's `create`, into the form they have in JSON. */
import type { Reader } from 'protobufjs';
import type { DraftObject } from '../../objects.ts';
import { startsAsProtobuf, unrecognised } from '../protobuf.ts';
import { fieldsOf, isRoot, type Field } from './tables.ts';

type Message = Record<string, unknown>;
type Open = (bytes: Uint8Array) => Reader;

/** A field that the tables lack: the object would lose it. */
class UnknownField extends Error {}

/** The wire types of what the tables know: a varint, or a length and as many bytes. */
const varint = 0;
const delimited = 2;

/**
 * The object in the body; undefined when its kind or any of its fields is not understood, so that none is ever stored
 * incomplete. Throws the 400 of the server when the bytes are no such message. `expected` is named in that refusal.
 */
export async function decodeObject(body: Buffer, expected: string): Promise<DraftObject | undefined> {
  if (!startsAsProtobuf(body)) {
    throw unrecognised(
      expected,
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  }
  // Most clients send JSON, and start sooner without it.
  const { default: protobuf } = await import('protobufjs/light.js');
  const open: Open = (bytes) => protobuf.Reader.create(bytes);
  try {
    const { typeMeta, raw, contentEncoding } = readMessage(open, body.subarray(4), 'Unknown') as Envelope;
    const { apiVersion = '', kind = '' } = typeMeta ?? {};
    if (contentEncoding !== undefined || !isRoot(apiVersion, kind)) return undefined;
    return { apiVersion, kind, ...readMessage(open, Buffer.from(raw ?? '', 'base64'), kind) };
  } catch (error) {
    if (error instanceof UnknownField) return undefined;
    throw unrecognised(expected, (error as Error).message);
  }
}

interface Envelope {
  readonly typeMeta?: { readonly apiVersion?: string; readonly kind?: string };
  readonly raw?: string;
  readonly contentEncoding?: string;
}

function readMessage(open: Open, bytes: Uint8Array, name: string): Message {
  const fields = fieldsOf(name);
  const reader = open(bytes);
  const message: Message = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = fields.get(tag >>> 3);
    if (!field) throw new UnknownField(`${name} has a field ${String(tag >>> 3)}`);
    expectWireType(tag, field.shape === 'map' ? 'entry' : field.type);
    readField(open, reader, field, message);
  }
  return message;
}

function expectWireType(tag: number, type: string): void {
  const expected = type === 'int' || type === 'bool' ? varint : delimited;
  if ((tag & 7) !== expected) throw new Error(`proto: wrong wireType = ${String(tag & 7)} for field of type ${type}`);
}

function readField(open: Open, reader: Reader, { name, type, shape, keepsZero }: Field, message: Message): void {
  if (shape === 'map') {
    const [key, value] = readEntry(open, reader.bytes(), type);
    // Not by assignment, for which `__proto__` is no ordinary key; in a ConfigMap it is one.
    Object.defineProperty((message[name] ??= {}), key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
    return;
  }
  const value = readValue(open, reader, type);
  if (shape === 'many') ((message[name] ??= []) as unknown[]).push(value);
  else if (name === '...') Object.assign(message, value);
  else if (value !== undefined && (keepsZero || isMessage(type) || !isZero(value))) message[name] = value;
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

/** Every map of the API has strings for keys (1); a value (2) that is missing is the type's zero. */
function readEntry(open: Open, bytes: Uint8Array, type: string): [string, unknown] {
  const reader = open(bytes);
  let key = '';
  let value: unknown = isMessage(type) ? convert(type, {}) : '';
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    expectWireType(tag, 'entry');
    if (tag >>> 3 === 1) key = reader.string();
    else if (tag >>> 3 === 2) value = readValue(open, reader, type);
    else throw new UnknownField(`an entry of a map has a field ${String(tag >>> 3)}`);
  }
  return [key, value];
}

function isMessage(type: string): boolean {
  return !['string', 'int', 'bool', 'bytes'].includes(type);
}

function readValue(open: Open, reader: Reader, type: string): unknown {
  switch (type) {
    case 'string':
      return reader.string();
    case 'int': {
      // A negative int32 is written as an int64, too.
      const value = reader.int64();
      return typeof value === 'number' ? value : value.high * 2 ** 32 + (value.low >>> 0);
    }
    case 'bool':
      return reader.bool();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    default:
      return convert(type, readMessage(open, reader.bytes(), type));
  }
}

/** What the types with a MarshalJSON of their own (apimachinery meta/v1, intstr, resource) make of themselves. */
function convert(type: string, message: Message): unknown {
  switch (type) {
    case 'Time':
      // The zero time is an empty message (meta/v1 time_proto.go), null in JSON, as good as absent.
      if (message['seconds'] === undefined) return undefined;
      return new Date((message['seconds'] as number) * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
    case 'Quantity':
      return message['string'] ?? '0';
    case 'IntOrString':
      return message['type'] === 1 ? (message['strVal'] ?? '') : (message['intVal'] ?? 0);
    case 'RawJson':
      return JSON.parse(Buffer.from((message['raw'] ?? '') as string, 'base64').toString());
    case 'strings':
      return message['items'] ?? [];
    default:
      return message;
  }
}
