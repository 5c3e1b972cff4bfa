/** Reads the objects that clients send (apiserver pkg/endpoints/handlers/create.go and its siblings). */
import { apiVersionOf, type DraftObject, type ResourceType } from '../objects.ts';
import { badRequest } from '../registry-errors.ts';
import { findType } from '../resources.ts';
import { ApiStatus } from '../status.ts';
import { misfit } from './field-types.ts';
import type { ApiRequest } from './handler.ts';
import { isMap } from './patch/merge-patch.ts';

/** The media type without parameters, in lower case; JSON when the client says nothing. */
export function mediaTypeOf(request: ApiRequest): string {
  return (request.headers['content-type'] ?? 'application/json').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** The body as a map, from JSON, YAML, or protobuf as far as there are tables for it. `kind` is what ought to be in it. */
export async function readMap(request: ApiRequest, kind: string): Promise<Record<string, unknown>> {
  const media = mediaTypeOf(request);
  const body = await request.readBody();
  if (media === 'application/yaml') return asMap(await parseYaml(body.toString()), body, kind);
  const decoded = media === 'application/vnd.kubernetes.protobuf' ? await decodeProtobuf(body, kind) : undefined;
  if (decoded) return decoded;
  if (media !== 'application/json' && media !== '') {
    const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
    const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
    throw new ApiStatus(415, 'UnsupportedMediaType', message);
  }
  try {
    return asMap(JSON.parse(body.toString()), body, kind);
  } catch (error) {
    if (error instanceof ApiStatus) throw error;
    throw unrecognized(body, kind, (error as Error).message);
  }
}

async function parseYaml(text: string): Promise<unknown> {
  // Rarely sent, and the parser is large.
  const { load } = await import('js-yaml');
  return load(text);
}

async function decodeProtobuf(body: Buffer, kind: string): Promise<DraftObject | undefined> {
  // The tables of messages, which only typed clients need.
  const { decodeObject } = await import('./protobuf/object.ts');
  return decodeObject(body, kind);
}

function asMap(value: unknown, body: Buffer, kind: string): Record<string, unknown> {
  if (isMap(value)) return value;
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  // Go prints the nameless struct in which it looks for the kind, tags and all.
  const fields = ['APIVersion', 'Kind'].map((name) => {
    const tag = `${name === 'Kind' ? 'kind' : 'apiVersion'},omitempty`;
    return `${name} string "json:\\"${tag}\\""`;
  });
  throw unrecognized(
    body,
    kind,
    `json: cannot unmarshal ${found} into Go value of type struct { ${fields.join('; ')} }`,
  );
}

function unrecognized(body: Buffer, kind: string, why: string): ApiStatus {
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why} (${summaryOf(body)})`,
  );
}

/** `summarizeData` of handlers/rest.go: what may be text is shown as text. */
function summaryOf(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const start = body.subarray(0, 30);
  return `${start.toString(body[0] === 0x7b ? 'utf8' : 'hex')}${body.length > start.length ? ' ...' : ''}`;
}

/** The object of this kind in the body; 400 for an object of another kind. */
export async function readObject(request: ApiRequest, type: ResourceType): Promise<DraftObject> {
  const object = (await readMap(request, type.kind)) as DraftObject;
  checkKind(object, type);
  const why = misfit(type, object);
  if (why === undefined) return object;
  const { kind, version } = type;
  throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
}

/** Missing words are taken from the path, as the server does. */
export function checkKind(object: DraftObject, type: ResourceType): void {
  const { kind = type.kind, apiVersion = apiVersionOf(type) } = object;
  if (kind === type.kind && apiVersion === apiVersionOf(type)) return;
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  const why = findType(group, version, { kind })
    ? `converting (${version}.${kind}) to (core.${type.kind}): unknown conversion`
    : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
  throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${type.kind}: ${why}`);
}
