/** DELETE of an object or of a collection (apiserver pkg/endpoints/handlers/delete.go). */
import type { KubeObject, ResourceType } from '../objects.ts';
import type { DeleteRequest } from '../ports.ts';
import { invalid, invalidValue } from '../registry-errors.ts';
import { readMap } from './body.ts';
import type { Answer, ApiRequest, ApiWorld, Target } from './handler.ts';
import { currentObjects } from './list.ts';
import { decodeDeleteOptions, isProtobuf } from './protobuf.ts';
import { readDryRun, type ListOptions } from './query-options.ts';
import { listAnswer, objectAnswer } from './represent.ts';

// ReturnDeletedObject in their storage: a DELETE shows the last state instead of a Status.
const returned = new Set(
  'Pod Namespace Service ServiceAccount ResourceQuota PersistentVolume PersistentVolumeClaim StorageClass VolumeAttachment CSINode'.split(
    ' ',
  ),
);

type Policy = NonNullable<DeleteRequest['propagationPolicy']>;
const policies: readonly string[] = ['Foreground', 'Background', 'Orphan'] satisfies Policy[];

/** The options in the body, or in the query when there is none. */
export async function readDeleteRequest(request: ApiRequest): Promise<DeleteRequest> {
  const body = await request.readBody();
  const decoded =
    body.length === 0
      ? {}
      : isProtobuf(request.headers['content-type'])
        ? await decodeDeleteOptions(body)
        : fromJson(await readMap(request, 'DeleteOptions'));
  const { query } = request;
  const grace = query.get('gracePeriodSeconds');
  const merged: DeleteRequest = {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    propagationPolicy: policyOf(
      query.get('propagationPolicy') ?? undefined,
      query.get('orphanDependents') ?? undefined,
    ),
    ...dropUndefined(decoded),
  };
  return { ...merged, dryRun: readDryRun(query, 'DeleteOptions') || decoded.dryRun === true };
}

function fromJson(options: Record<string, unknown>): DeleteRequest {
  const { gracePeriodSeconds, preconditions, propagationPolicy, orphanDependents, dryRun } = options as {
    gracePeriodSeconds?: number | null;
    preconditions?: { uid?: string | null; resourceVersion?: string | null } | null;
    propagationPolicy?: string | null;
    orphanDependents?: boolean | null;
    dryRun?: string[] | null;
  };
  return {
    gracePeriodSeconds: gracePeriodSeconds ?? undefined,
    preconditions: preconditions
      ? { uid: preconditions.uid ?? undefined, resourceVersion: preconditions.resourceVersion ?? undefined }
      : undefined,
    propagationPolicy: policyOf(propagationPolicy ?? undefined, orphanDependents?.toString()),
    dryRun: readDryRun(new URLSearchParams(), 'DeleteOptions', dryRun ?? []),
  };
}

function policyOf(policy: string | undefined, orphan: string | undefined): Policy | undefined {
  const options = { group: 'meta.k8s.io', kind: 'DeleteOptions' };
  const field = 'propagationPolicy';
  if (policy !== undefined && orphan !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    throw invalid(options, '', [invalidValue(field, policy, why)]);
  }
  if (policy !== undefined && !policies.includes(policy)) {
    const supported = [...policies, 'nil'].map((known) => JSON.stringify(known)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: ${supported}`;
    throw invalid(options, '', [{ reason: 'FieldValueNotSupported', field, message }]);
  }
  if (orphan !== undefined) return orphan === 'true' ? 'Orphan' : 'Background';
  return policy as Policy | undefined;
}

function dropUndefined(request: DeleteRequest): DeleteRequest {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
}

export async function deleteObject(request: ApiRequest, world: ApiWorld, target: Target): Promise<Answer> {
  const { type, namespace, name } = target;
  const asked = await readDeleteRequest(request);
  const { object, removed } = world.registry.delete(type, namespace, name, asked);
  if (!removed || returned.has(type.kind)) return objectAnswer(request, world, type, object);
  return { status: 200, json: success(type, object) };
}

function success(type: ResourceType, { metadata }: KubeObject): object {
  const group = type.group === '' ? {} : { group: type.group };
  const details = { name: metadata.name, ...group, kind: type.plural, uid: metadata.uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

/** Deletes all that the selectors match, and shows what that was. */
export async function deleteCollection(
  request: ApiRequest,
  world: ApiWorld,
  type: ResourceType,
  namespace: string | undefined,
  options: ListOptions,
): Promise<Answer> {
  const asked = await readDeleteRequest(request);
  const { store, registry } = world;
  const objects = currentObjects(world, type, namespace, options);
  const resourceVersion = String(store.revision);
  for (const { metadata } of objects) {
    // A listener may have taken it away meanwhile, such as the last of a set.
    if (store.get(type, metadata.namespace, metadata.name))
      registry.delete(type, metadata.namespace, metadata.name, asked);
  }
  return listAnswer(request, world, type, objects, { resourceVersion });
}
