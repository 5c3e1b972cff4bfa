/** PATCH of objects (apiserver pkg/endpoints/handlers/patch.go). */
import { sameJson } from '../meta.ts';
import type { DraftObject, KubeObject, ResourceType } from '../objects.ts';
import { badRequest, invalid, invalidValue, notFound } from '../registry-errors.ts';
import { scaleOf } from '../registry-scale.ts';
import { ApiStatus } from '../status.ts';
import { mediaTypeOf } from './body.ts';
import { misfit } from './field-types.ts';
import type { Answer, ApiRequest, ApiWorld, Target } from './handler.ts';
import { applyJsonPatch, JsonPatchError, type JsonPatchOperation } from './patch/json-patch.ts';
import { applyMergePatch, isMap } from './patch/merge-patch.ts';
import { applyStrategicMergePatch } from './patch/strategic-merge.ts';
import { readDryRun } from './query-options.ts';
import { objectAnswer } from './represent.ts';
import { keepServerFields, namedAsInPath } from './write.ts';

const patchTypes = new Set(
  ['json-patch', 'merge-patch', 'strategic-merge-patch'].map((name) => `application/${name}+json`),
);

export async function patchObject(
  request: ApiRequest,
  world: ApiWorld,
  target: Target,
  subresource: 'status' | 'scale' | undefined,
): Promise<Answer> {
  const { type, namespace, name } = target;
  const { store, registry } = world;
  const media = mediaTypeOf(request);
  if (!patchTypes.has(media)) {
    // Server-side apply too: the playground keeps no managed fields.
    throw new ApiStatus(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  }
  const body = await request.readBody();
  const dryRun = readDryRun(request.query, 'PatchOptions');
  const current = store.get(type, namespace, name);
  if (!current) throw notFound(type, name);
  const before = subresource === 'scale' ? scaleOf(type, current) : current;
  const patched = applyPatch(media, type, before, parsePatch(media, body));
  refuseMisfit(type, subresource, patched);
  const object = namedAsInPath(patched, target);
  refuseOtherUid(type, current, object);
  const kept = subresource === undefined ? keepServerFields(type, current, object) : object;
  const updated = registry.update(type, kept, { namespace, subresource, dryRun });
  return subresource === 'scale' ? { status: 200, json: updated } : objectAnswer(request, world, type, updated);
}

function parsePatch(media: string, body: Buffer): unknown {
  let patch: unknown;
  try {
    patch = JSON.parse(body.toString()) as unknown;
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
  const wanted = media === 'application/json-patch+json' ? Array.isArray(patch) : isMap(patch);
  if (wanted) return patch;
  const found = Array.isArray(patch) ? 'array' : isMap(patch) ? 'object' : typeof patch;
  const type = media === 'application/json-patch+json' ? '[]handlers.jsonPatchOp' : 'map[string]interface {}';
  throw badRequest(`error decoding patch: json: cannot unmarshal ${found} into Go value of type ${type}`);
}

function applyPatch(media: string, type: ResourceType, before: KubeObject, patch: unknown): DraftObject {
  if (media === 'application/json-patch+json') {
    try {
      return applyJsonPatch(before, patch as readonly JsonPatchOperation[], sameJson) as DraftObject;
    } catch (error) {
      if (!(error instanceof JsonPatchError)) throw error;
      // The reason goes into the server's log, not into its answer.
      const message = 'the server rejected our request due to an error in our request';
      throw new ApiStatus(422, 'Invalid', message, {});
    }
  }
  if (media === 'application/merge-patch+json') return applyMergePatch(before, patch) as DraftObject;
  return applyStrategicMergePatch(type, before, patch as Record<string, unknown>);
}

/** What a patch makes must fit into the Go structs again; the refusal shows all of it, with its keys in order. */
function refuseMisfit(type: ResourceType, subresource: string | undefined, patched: DraftObject): void {
  const why = misfit(subresource === 'scale' ? { kind: 'Scale' } : type, patched);
  if (why === undefined) return;
  const problem = invalidValue('patch', JSON.stringify(sortedKeys(patched)), why);
  const { details } = invalid(type, '', [problem]);
  const causes = details?.causes ?? [];
  throw new ApiStatus(422, 'Invalid', ` "" is invalid: ${problem.field}: ${problem.message}`, { causes });
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isMap(value)) return value;
  const names = Object.keys(value).toSorted();
  return Object.fromEntries(names.map((name) => [name, sortedKeys(value[name])]));
}

/** To a patch the server says that a uid is immutable, where a PUT is told of a lost race. */
function refuseOtherUid(type: ResourceType, current: KubeObject, patched: DraftObject): void {
  const uid = patched.metadata?.uid;
  if (!uid || uid === current.metadata.uid) return;
  const problem = invalidValue('metadata.uid', uid, 'field is immutable');
  throw invalid(type, current.metadata.name, [problem, problem]);
}
