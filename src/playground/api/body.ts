/** Reads the objects that clients send (apiserver pkg/endpoints/handlers/create.go and its siblings). */
import { apiVersionOf, type DraftObject, type ResourceType } from '../objects.ts';
import { badRequest } from '../registry-errors.ts';
import { findType } from '../resources.ts';
import { ApiStatus } from '../status.ts';
import type { ApiRequest } from './handler.ts';
import { isMap } from './patch/merge-patch.ts';

/** The media type without parameters, in lower case; JSON when the client says nothing. */
export function mediaTypeOf(request: ApiRequest): string {
  return (request.headers['content-type'] ?? 'application/json').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** The body as a map, from JSON or YAML. `kind` is what ought to be in it. */
export async function readMap(request: ApiRequest, kind: string): Promise<Record<string, unknown>> {
  const media = mediaTypeOf(request);
  const body = await request.readBody();
  if (media === 'application/yaml') return asMap(await parseYaml(body.toString()), body, kind);
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

function asMap(value: unknown, body: Buffer, kind: string): Record<string, unknown> {
  if (isMap(value)) return value;
  throw unrecognized(body, kind, 'json: cannot unmarshal the value into an object');
}

function unrecognized(body: Buffer, kind: string, why: string): ApiStatus {
  const hex = body.subarray(0, 1024).toString('hex');
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why} (${hex})`,
  );
}

/** The object of this kind in the body; 400 for an object of another kind. */
export async function readObject(request: ApiRequest, type: ResourceType): Promise<DraftObject> {
  const object = (await readMap(request, type.kind)) as DraftObject;
  checkKind(object, type);
  const { metadata } = object as { metadata?: unknown };
  if (metadata !== undefined && metadata !== null && !isMap(metadata)) {
    throw badRequest(
      `${type.kind} in version ${JSON.stringify(type.version)} cannot be handled as a ${type.kind}: json: cannot unmarshal ${typeof metadata} into Go struct field ${type.kind}.metadata of type v1.ObjectMeta`,
    );
  }
  return object;
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
