/** Turns objects and lists into the form that the client accepts. */
import type { KubeObject, ResourceType } from '../objects.ts';
import { ApiStatus } from '../status.ts';
import type { Answer, ApiRequest, ApiWorld } from './handler.ts';
import { listText, objectText } from './json-text.ts';
import { acceptedForm, type Form } from './negotiate.ts';
import { toTable } from './table.ts';

/** The metadata of an object as an object of its own. */
export function partialOf(object: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** Answers with one object, such as a GET's or a PATCH's. */
export function objectAnswer(
  request: ApiRequest,
  world: ApiWorld,
  type: ResourceType,
  object: KubeObject,
  status = 200,
): Answer {
  switch (acceptedForm(request.headers.accept)) {
    case 'table':
      return { status, json: tableOf(request, world, type, [object], undefined) };
    case 'partial':
      return { status, json: partialOf(object) };
    case 'partialList': {
      const message = `you requested PartialObjectMetadataList, but the requested object is not a list (*core.${type.kind})`;
      throw new ApiStatus(406, 'NotAcceptable', message);
    }
    case 'object':
      return { status, text: objectText(object) };
  }
}

/** Answers with a list; `metadata` is the list's own. */
export function listAnswer(
  request: ApiRequest,
  world: ApiWorld,
  type: ResourceType,
  objects: readonly KubeObject[],
  metadata: object,
): Answer {
  switch (acceptedForm(request.headers.accept)) {
    case 'table':
      return { status: 200, json: tableOf(request, world, type, objects, metadata) };
    case 'partial': {
      const message = `you requested PartialObjectMetadata, but the requested object is a list (*core.${type.kind}List)`;
      throw new ApiStatus(406, 'NotAcceptable', message);
    }
    case 'partialList': {
      const head = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata };
      return { status: 200, json: { ...head, items: objects.map(partialOf) } };
    }
    case 'object':
      return { status: 200, text: listText(type, objects, metadata) };
  }
}

/** A table of these objects at the server's time. */
export function tableOf(
  request: ApiRequest,
  world: ApiWorld,
  type: ResourceType,
  objects: readonly KubeObject[],
  metadata: object | undefined,
): object {
  return toTable(type, objects, metadata, request.query.get('includeObject'), world.clock.now());
}

/** How a watch writes the object of an event; a table's columns stand in its first event only. */
export function eventWriter(request: ApiRequest, world: ApiWorld, type: ResourceType): (object: KubeObject) => string {
  const form: Form = acceptedForm(request.headers.accept);
  if (form === 'partial' || form === 'partialList') return (object) => JSON.stringify(partialOf(object));
  if (form === 'object') return objectText;
  let first = true;
  return (object) => {
    const { resourceVersion } = object.metadata;
    const table = tableOf(request, world, type, [object], { resourceVersion });
    const text = JSON.stringify(first ? table : { ...table, columnDefinitions: null });
    first = false;
    return text;
  };
}
