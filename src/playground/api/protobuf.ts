/** Reads the few request bodies that typed clients send as protobuf: how to delete, what to evict, what may be done. */
import type { IType } from 'protobufjs';
import type { DeleteRequest } from '../ports.ts';
import { badRequest } from '../registry-errors.ts';
import type { ApiStatus } from '../status.ts';

const mediaType = 'application/vnd.kubernetes.protobuf';

/** The bytes before every message: apimachinery pkg/runtime/serializer/protobuf. */
const prefix = Buffer.from('k8s\0');

/**
 * Field numbers from the generated.proto of apimachinery's runtime and meta/v1, and of api's policy/v1 and authorization/v1. Their syntax is
 * proto2, in which a grace period of 0 is something else than none.
 */
const messages: Readonly<Record<string, IType['fields']>> = {
  TypeMeta: { apiVersion: { type: 'string', id: 1 }, kind: { type: 'string', id: 2 } },
  Unknown: { typeMeta: { type: 'TypeMeta', id: 1 }, raw: { type: 'bytes', id: 2 } },
  Preconditions: { uid: { type: 'string', id: 1 }, resourceVersion: { type: 'string', id: 2 } },
  DeleteOptions: {
    gracePeriodSeconds: { type: 'int64', id: 1 },
    preconditions: { type: 'Preconditions', id: 2 },
    orphanDependents: { type: 'bool', id: 3 },
    propagationPolicy: { type: 'string', id: 4 },
    dryRun: { rule: 'repeated', type: 'string', id: 5 },
  },
  ObjectMeta: { name: { type: 'string', id: 1 }, namespace: { type: 'string', id: 3 } },
  Eviction: { metadata: { type: 'ObjectMeta', id: 1 }, deleteOptions: { type: 'DeleteOptions', id: 2 } },
  ResourceAttributes: strings(['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name']),
  NonResourceAttributes: strings(['path', 'verb']),
  // The three have the same beginning; whose access is reviewed does not matter where everybody has all of it.
  AccessSpec: {
    resourceAttributes: { type: 'ResourceAttributes', id: 1 },
    nonResourceAttributes: { type: 'NonResourceAttributes', id: 2 },
  },
  SelfSubjectAccessReview: { metadata: { type: 'ObjectMeta', id: 1 }, spec: { type: 'AccessSpec', id: 2 } },
  SubjectAccessReview: { metadata: { type: 'ObjectMeta', id: 1 }, spec: { type: 'AccessSpec', id: 2 } },
  LocalSubjectAccessReview: { metadata: { type: 'ObjectMeta', id: 1 }, spec: { type: 'AccessSpec', id: 2 } },
  RulesSpec: strings(['namespace']),
  SelfSubjectRulesReview: { metadata: { type: 'ObjectMeta', id: 1 }, spec: { type: 'RulesSpec', id: 2 } },
  SelfSubjectReview: { metadata: { type: 'ObjectMeta', id: 1 } },
};

function strings(names: readonly string[]): IType['fields'] {
  return Object.fromEntries(names.map((name, at) => [name, { type: 'string', id: at + 1 }]));
}

export type ReviewKind =
  | 'SelfSubjectAccessReview'
  | 'SubjectAccessReview'
  | 'LocalSubjectAccessReview'
  | 'SelfSubjectRulesReview'
  | 'SelfSubjectReview';

const definitions = Object.fromEntries(
  Object.entries(messages).map(([name, fields]) => [name, { edition: 'proto2', fields }]),
);

export interface DeleteOptionsMessage {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly orphanDependents?: boolean;
  readonly dryRun?: readonly string[];
}

export interface EvictionMessage {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly deleteOptions?: DeleteOptionsMessage;
}

/** Whether a body of that content type is protobuf. */
export function isProtobuf(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === mediaType;
}

/** The DeleteOptions in the body of a DELETE; throws the 400 of the server for anything that is none. */
export async function decodeDeleteOptions(body: Buffer): Promise<DeleteRequest> {
  const { value } = await decode(body, 'DeleteOptions');
  const {
    gracePeriodSeconds,
    preconditions,
    propagationPolicy,
    orphanDependents,
    dryRun = [],
  } = value as DeleteOptionsMessage;
  return {
    gracePeriodSeconds,
    preconditions,
    propagationPolicy: propagationPolicy ?? (orphanDependents === true ? 'Orphan' : undefined),
    dryRun: dryRun.includes('All'),
  };
}

/** The Eviction in the body of a POST. */
export async function decodeEviction(body: Buffer): Promise<EvictionMessage> {
  const { typeMeta, value } = await decode(body, 'Eviction');
  return { apiVersion: 'policy/v1', kind: 'Eviction', ...typeMeta, ...value };
}

/** The review in the body of a POST; kubectl's `auth` sends it so. */
export async function decodeReview(body: Buffer, kind: ReviewKind): Promise<object> {
  return (await decode(body, kind)).value;
}

/** For bodies whose content type is out of reach. */
export function startsAsProtobuf(body: Buffer): boolean {
  return body.subarray(0, prefix.length).equals(prefix);
}

interface Envelope {
  readonly typeMeta?: { readonly apiVersion?: string; readonly kind?: string };
  readonly raw?: Uint8Array;
}

async function decode(body: Buffer, kind: string): Promise<{ typeMeta: Envelope['typeMeta']; value: object }> {
  if (!startsAsProtobuf(body)) {
    throw unrecognised(kind, 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const { default: protobuf } = await import('protobufjs/light.js');
  const root = protobuf.Root.fromJSON({ nested: definitions });
  function read(type: string, bytes: Uint8Array): object {
    const message = root.lookupType(type);
    return message.toObject(message.decode(bytes), { longs: Number });
  }
  let envelope: Envelope;
  let value: object;
  try {
    envelope = read('Unknown', body.subarray(prefix.length));
    value = read(kind, envelope.raw ?? new Uint8Array());
  } catch (error) {
    throw unrecognised(kind, (error as Error).message);
  }
  const sent = envelope.typeMeta?.kind ?? kind;
  if (sent !== kind) throw unrecognised(kind, `no kind "${sent}" is registered`);
  return { typeMeta: envelope.typeMeta, value };
}

/** The 400 of the server for bytes that are no message of the expected kind. */
export function unrecognised(kind: string, why: string): ApiStatus {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`);
}
