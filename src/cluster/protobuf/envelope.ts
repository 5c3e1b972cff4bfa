/** Opens answers of the API server that came as protobuf: its lists, and the Status of a refusal. */
import { MalformedMessage, openMessages, type MessageReader } from './reader.ts';
import { int, many, message, one, text, type Message } from './table.ts';

/** What to ask for; the server says in the answer's content type which of them it took. */
export const protobufOrJson = 'application/vnd.kubernetes.protobuf,application/json';

/** Whether a body of that content type is protobuf. */
export function isProtobuf(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/vnd.kubernetes.protobuf';
}

/** The bytes before every message: apimachinery pkg/runtime/serializer/protobuf. */
const prefix = Buffer.from('k8s\0');

/** Of any list, but for its items (2). */
const list = message({ metadata: one(1, message({ resourceVersion: one(2, text), continue: one(3, text) })) });
const status = message({
  status: one(2, text),
  message: one(3, text),
  reason: one(4, text),
  details: one(
    5,
    message({
      name: one(1, text),
      group: one(2, text),
      kind: one(3, text),
      causes: many(4, message({ reason: one(1, text), message: one(2, text), field: one(3, text) })),
      retryAfterSeconds: one(5, int),
      uid: one(6, text),
    }),
  ),
  code: one(6, int),
});
/** runtime.Unknown, but for the object (2): its type, and how it is packed, which no server does. */
const unknown = message({
  type: one(1, message({ apiVersion: one(1, text), kind: one(2, text) })),
  encoding: one(3, text),
});

interface Unknown {
  readonly type?: { readonly kind?: string };
  readonly encoding?: string;
}

interface Opened {
  readonly kind: string;
  readonly reader: MessageReader;
  /** Of the object itself. */
  readonly start: number;
  readonly end: number;
}

async function open(bytes: Buffer): Promise<Opened> {
  if (!bytes.subarray(0, prefix.length).equals(prefix)) throw new MalformedMessage('it does not begin as protobuf');
  const reader = await openMessages(bytes);
  const { type, encoding } = reader.read(unknown, prefix.length) as Unknown;
  if (encoding !== undefined) throw new MalformedMessage('its content is encoded');
  const [start, end] = reader.bounds(2, prefix.length, bytes.length).slice(-2);
  if (start === undefined || end === undefined) throw new MalformedMessage('there is nothing in it');
  return { kind: type?.kind ?? '', reader, start, end };
}

interface ListMeta {
  readonly resourceVersion?: string;
  readonly continue?: string;
}

export interface ListPage {
  readonly resourceVersion: string;
  /** Where the next page begins; empty on the last one. */
  readonly continue: string;
  /** How many objects it holds. */
  readonly length: number;
  /** Reads one after the other, as plain objects with the names of JSON. */
  items(): Iterable<unknown>;
}

/**
 * Opens a page of a list of this kind, such as `PodList`; its items are read when they are asked for.
 * @throws MalformedMessage, also while items are read
 */
export async function openList(bytes: Buffer, kind: string, item: Message): Promise<ListPage> {
  const { reader, start, end, ...opened } = await open(bytes);
  if (opened.kind !== kind) throw new MalformedMessage(`a ${opened.kind} came where a ${kind} was expected`);
  const { metadata } = reader.read(list, start, end) as { readonly metadata?: ListMeta };
  const bounds = reader.bounds(2, start, end);
  return {
    resourceVersion: metadata?.resourceVersion ?? '',
    continue: metadata?.continue ?? '',
    length: bounds.length / 2,
    *items() {
      for (let at = 0; at < bounds.length; at += 2) yield reader.read(item, bounds[at], bounds[at + 1]);
    },
  };
}

/**
 * A Status, as it would have come as JSON.
 * @throws MalformedMessage
 */
export async function readStatus(bytes: Buffer): Promise<object> {
  const { kind, reader, start, end } = await open(bytes);
  if (kind !== 'Status') throw new MalformedMessage(`a ${kind} came where a Status was expected`);
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, ...reader.read(status, start, end) };
}
