/** Finds who answers a request, and turns refusals into their answers. */
import type { ResourceType } from '../objects.ts';
import { notFound } from '../registry-errors.ts';
import { ApiStatus } from '../status.ts';
import { reviewAccess } from './access.ts';
import { deleteCollection, deleteObject } from './delete.ts';
import { aggregatedContentType, discoveryAnswer } from './discovery.ts';
import type { Answer, ApiRequest, ApiWorld } from './handler.ts';
import { ConnectionGone } from './http.ts';
import { answerList } from './list.ts';
import { methodNotAllowed, noSuchResource, pageNotFound, textAnswer } from './not-here.ts';
import { openApiAnswer } from './openapi.ts';
import { patchObject } from './patch.ts';
import { readListOptions, readRevision } from './query-options.ts';
import { objectAnswer } from './represent.ts';
import { parseResourcePath, type ResourcePath } from './resource-path.ts';
import { answerSubresource } from './subresources.ts';
import { answerWatch } from './watch.ts';
import { createObject, replaceObject } from './write.ts';

/** The answer to a request; refusals and surprises are answers too. Rejects only when the client has gone. */
export async function answer(request: ApiRequest, world: ApiWorld): Promise<Answer> {
  try {
    return await route(request, world);
  } catch (error) {
    if (error instanceof ConnectionGone) throw error;
    return refusal(error);
  }
}

/** The Status that a refusal is. What is no ApiStatus is a bug of ours, and answered as the server answers its own. */
export function refusal(error: unknown): Answer {
  const status =
    error instanceof ApiStatus
      ? error
      : new ApiStatus(500, 'InternalError', `Internal error occurred: ${(error as Error).message}`, {
          causes: [{ message: (error as Error).message }],
        });
  const wait = status.details?.retryAfterSeconds;
  return {
    status: status.code,
    json: status.toBody(),
    ...(wait === undefined ? {} : { headers: { 'retry-after': String(wait) } }),
  };
}

function route(request: ApiRequest, world: ApiWorld): Promise<Answer> | Answer {
  const { path } = request;
  const found = parseResourcePath(path);
  if (typeof found === 'object') return answerResource(request, found, world);
  return answerElsewhere(request, found === 'no such resource');
}

const healthPaths = new Set(['/healthz', '/readyz', '/livez']);

async function answerElsewhere(request: ApiRequest, inGroup: boolean): Promise<Answer> {
  const { path, method, query } = request;
  if (method === 'POST') {
    const reviewed = await reviewAccess(path, await request.readBody());
    if (reviewed) return { status: 201, json: reviewed };
  }
  if (method === 'GET') {
    if (healthPaths.has(path)) return textAnswer(200, 'ok');
    const discovered = discoveryAnswer(path, request.headers.accept);
    if (discovered) return discovery(discovered);
    const document = openApiAnswer(path, query);
    if (document) return { status: 200, json: document };
  }
  if (inGroup) throw noSuchResource();
  return pageNotFound;
}

function discovery(json: object): Answer {
  const aggregated = (json as { kind?: string }).kind === 'APIGroupDiscoveryList';
  return { status: 200, json, ...(aggregated ? { headers: { 'content-type': aggregatedContentType } } : {}) };
}

async function answerResource(
  request: ApiRequest,
  { type, namespace, name, subresource }: ResourcePath,
  world: ApiWorld,
): Promise<Answer> {
  if (name === undefined) return answerCollection(request, type, namespace, world);
  const target = { type, namespace, name };
  if (subresource !== undefined) {
    const answered = answerSubresource(request, target, subresource, world);
    if (!answered) throw noSuchResource();
    return answered;
  }
  switch (request.method) {
    case 'GET': {
      if (request.query.has('watch')) return watchOne(request, type, namespace, name, world);
      readRevision(request.query.get('resourceVersion') ?? '', world.store.revision, 'get');
      const object = world.store.get(type, namespace, name);
      if (!object) throw notFound(type, name);
      return objectAnswer(request, world, type, object);
    }
    case 'PUT':
      return replaceObject(request, world, target, undefined);
    case 'PATCH':
      return patchObject(request, world, target, undefined);
    case 'DELETE':
      return deleteObject(request, world, target);
    default:
      throw methodNotAllowed();
  }
}

/** A watch of one object is one of its collection that asks for its name. */
function watchOne(
  request: ApiRequest,
  type: ResourceType,
  namespace: string | undefined,
  name: string,
  world: ApiWorld,
): Answer {
  const query = new URLSearchParams(request.query);
  query.set('fieldSelector', `metadata.name=${name}`);
  return answerWatch(request, world, type, namespace, readListOptions(type, query));
}

async function answerCollection(
  request: ApiRequest,
  type: ResourceType,
  namespace: string | undefined,
  world: ApiWorld,
): Promise<Answer> {
  switch (request.method) {
    case 'GET': {
      const options = readListOptions(type, request.query);
      const answerer = options.watch ? answerWatch : answerList;
      return answerer(request, world, type, namespace, options);
    }
    case 'POST':
      if (type.namespaced && namespace === undefined) throw methodNotAllowed();
      return createObject(request, world, type, namespace);
    case 'DELETE':
      if (type.kind === 'Namespace' || (type.namespaced && namespace === undefined)) throw methodNotAllowed();
      return deleteCollection(request, world, type, namespace, readListOptions(type, request.query));
    default:
      throw methodNotAllowed();
  }
}
