/** The API server's rules in front of the store: what may be created, changed and deleted, and what comes of it. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { admitted, completeStatus, initialStatus, withDefaults } from './defaults.ts';
import { clientMeta, generatedName, sameJson, serverMeta, timestamp, withoutNulls } from './meta.ts';
import { apiVersionOf, type DraftObject, type KubeObject, type ObjectMeta, type ResourceType } from './objects.ts';
import type { Registry, Store } from './ports.ts';
import { checkNamespace, freeClusterIp, priorityOf } from './registry-admission.ts';
import { imagesAgain, statusProblems } from './registry-changes.ts';
import { checkPreconditions, mayGo, planDeletion } from './registry-delete.ts';
import { alreadyExists, badRequest, conflict, forbidden, invalid, invalidValue, notFound } from './registry-errors.ts';
import { scaleOf, withScale } from './registry-scale.ts';
import { withoutZeros } from './registry-zeros.ts';
import { ApiStatus } from './status.ts';
import { metaProblems, metaUpdateProblems } from './validation-meta.ts';
import { specProblems, updateProblems } from './validation.ts';

// Kinds whose strategies count generations; the others never show one.
const withGeneration = new Set(
  'Pod Deployment ReplicaSet StatefulSet DaemonSet Job CronJob ReplicationController PodDisruptionBudget PriorityClass'.split(
    ' ',
  ),
);
// AllowUnconditionalUpdate() is false in their strategies: an update must say what it has seen.
const needsVersion = new Set(['PodDisruptionBudget', 'Lease', 'VolumeAttachment', 'CSINode']);
const lastingNamespaces = new Set(['default', 'kube-system', 'kube-public']);
// etcd's keys of kinds that the server stores under another name.
const storageNames: Readonly<Record<string, string>> = {
  nodes: 'minions',
  services: 'services/specs',
  endpoints: 'services/endpoints',
  replicationcontrollers: 'controllers',
};
const generateAttempts = 8;

/** The rules, in front of this store, at this clock's time. */
export function createRegistry(store: Store, clock: Clock): Registry {
  function freshName(type: ResourceType, namespace: string | undefined, base: string): string {
    let name = generatedName(base);
    for (let attempt = 1; attempt < generateAttempts && store.get(type, namespace, name); attempt += 1) {
      name = generatedName(base);
    }
    return name;
  }

  const create: Registry['create'] = (type, rawDraft, options = {}) => {
    const draft = withoutZeros(type, withoutNulls(rawDraft));
    const meta = draft.metadata ?? {};
    const namespace = type.namespaced ? (options.namespace ?? meta.namespace) : undefined;
    if (meta.namespace !== undefined && namespace !== undefined && meta.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    if (meta.resourceVersion) {
      throw new ApiStatus(500, '', 'resourceVersion should not be set on objects to be created');
    }
    const name = meta.name || (meta.generateName ? freshName(type, namespace, meta.generateName) : '');
    if (namespace !== undefined) checkNamespace(store, type, namespace, name);

    const metadata: ObjectMeta = {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: randomUUID(),
      resourceVersion: '',
      ...(withGeneration.has(type.kind) ? { generation: 1 } : {}),
      creationTimestamp: timestamp(clock.now()),
      ...clientMeta(draft),
    };
    const named = { ...draft, apiVersion: apiVersionOf(type), kind: type.kind, metadata };
    const complete = admitted(type, withDefaults(type, named), {
      priority: () => priorityOf(store, type, draft, name),
      clusterIp: () => freeClusterIp(store),
    });
    const problems = [...metaProblems(type, complete), ...specProblems(type, complete)];
    if (problems.length > 0) throw invalid(type, meta.name ?? '', problems);
    const existing = store.get(type, namespace, name);
    if (existing) throw alreadyExists(type, name, existing.metadata.deletionTimestamp !== undefined);

    const status = initialStatus(type, complete);
    const { status: _sent, ...rest } = complete;
    const object: KubeObject = status === undefined ? complete : { ...rest, status };
    return options.dryRun === true ? unversioned(object) : store.put(type, object);
  };

  const update: Registry['update'] = (type, rawObject, options = {}) => {
    const object = withoutZeros(type, withoutNulls(rawObject));
    const name = object.metadata?.name ?? '';
    const namespace = type.namespaced ? (options.namespace ?? object.metadata?.namespace) : undefined;
    const current = store.get(type, namespace, name);
    if (!current) throw notFound(type, name);
    checkVersion(type, current, object);
    if (options.subresource === 'scale') {
      const scaled = apply(type, current, withScale(type, current, object), undefined, options.dryRun === true);
      return scaleOf(type, scaled);
    }
    return apply(type, current, object, options.subresource, options.dryRun === true);
  };

  /** Replaces `current`, whose version the caller has seen, by what becomes of `sent`. */
  function apply(
    type: ResourceType,
    current: KubeObject,
    sent: DraftObject,
    subresource: 'status' | undefined,
    dryRun: boolean,
  ): KubeObject {
    const next = subresource === 'status' ? statusReplaced(type, current, sent) : specReplaced(type, current, sent);
    const metadata = metaProblems(type, next);
    const spec = subresource === 'status' ? [] : specProblems(type, next);
    const problems = [
      ...metaUpdateProblems(current, next, sent.metadata?.uid),
      // A change is checked as an object of its own and as a change: the server says what is wrong twice.
      ...metadata,
      ...metadata,
      ...spec,
      ...imagesAgain(type, current, next, spec),
      ...(subresource === 'status' ? statusProblems(type, next) : updateProblems(type, current, next)),
    ];
    if (problems.length > 0) throw invalid(type, current.metadata.name, problems);
    if (sameJson(next, current)) return current;
    if (mayGo(type, next)) {
      if (!dryRun) store.remove(type, current.metadata.namespace, current.metadata.name);
      return next;
    }
    return dryRun ? next : store.put(type, next);
  }

  return {
    create,
    update,

    modify(type, namespace, name, change, options = {}) {
      const current = store.get(type, namespace, name);
      if (!current) return undefined;
      const changed = change(current);
      return changed === current
        ? current
        : apply(type, current, withoutZeros(type, withoutNulls(changed)), options.subresource, false);
    },

    delete(type, namespace, name, request = {}) {
      const current = store.get(type, namespace, name);
      if (!current) throw notFound(type, name);
      if (type.kind === 'Namespace' && lastingNamespaces.has(name)) {
        throw forbidden(type, name, 'this namespace may not be deleted');
      }
      checkPreconditions(type, current, request);
      const { next, remove } = planDeletion(type, current, request, clock.now());
      if (request.dryRun === true) return { object: next, removed: remove };
      // A pod is marked first and removed then, in two steps, as the server does; watches see both.
      const marked = sameJson(next, current) ? current : store.put(type, next);
      if (!remove) return { object: marked, removed: false };
      return { object: store.remove(type, namespace, name) ?? marked, removed: true };
    },
  };
}

function unversioned(object: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as ObjectMeta };
}

/** Optimistic locking: a version must be the current one, a uid must be this object's. */
function checkVersion(type: ResourceType, current: KubeObject, sent: DraftObject): void {
  const { resourceVersion, uid } = sent.metadata ?? {};
  const { name, namespace } = current.metadata;
  if (!resourceVersion && needsVersion.has(type.kind)) {
    throw invalid({ group: type.group, kind: type.plural }, name, [
      invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
  }
  if (uid && uid !== current.metadata.uid) {
    const key = ['/registry', storageNames[type.plural] ?? type.plural, namespace, name].filter(Boolean).join('/');
    const what = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    throw conflict(type, name, what);
  }
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw conflict(type, name);
}

function specReplaced(type: ResourceType, current: KubeObject, sent: DraftObject): KubeObject {
  const { status: _sent, ...fields } = sent;
  const named = {
    ...fields,
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: mergedMeta(current, sent),
  } as KubeObject;
  const complete = withDefaults(type, keepAllocated(type, current, named));
  const { status } = current;
  const next = status === undefined && !type.subresources.includes('status') ? complete : { ...complete, status };
  return bumpGeneration(type, current, next);
}

/** What the server has given an object once stays when an update does not speak of it. */
function keepAllocated(type: ResourceType, current: KubeObject, next: KubeObject): KubeObject {
  const before = (current['spec'] ?? {}) as Record<string, unknown>;
  const after = (next['spec'] ?? {}) as Record<string, unknown>;
  if (type.kind === 'Pod') {
    // plugin Priority
    const { priority = before['priority'], preemptionPolicy = before['preemptionPolicy'] } = after;
    const kept = {
      ...(priority === undefined ? {} : { priority }),
      ...(preemptionPolicy === undefined ? {} : { preemptionPolicy }),
    };
    return { ...next, spec: { ...after, ...kept } };
  }
  if (type.kind === 'Service' && after['clusterIP'] === undefined && before['clusterIP'] !== undefined) {
    return { ...next, spec: { ...after, clusterIP: before['clusterIP'], clusterIPs: before['clusterIPs'] } };
  }
  return next;
}

function statusReplaced(type: ResourceType, current: KubeObject, sent: DraftObject): KubeObject {
  const metadata = mergedMeta(current, sent);
  return { ...current, metadata, status: completeStatus(type, sent['status'] ?? {}) };
}

function mergedMeta(current: KubeObject, sent: DraftObject): ObjectMeta {
  const generateName = current.metadata.generateName;
  return {
    ...serverMeta(current.metadata),
    ...(generateName === undefined ? {} : { generateName }),
    ...clientMeta(sent),
  } as ObjectMeta;
}

/** A new generation for a new spec; of a Deployment for new annotations too (pkg/registry/apps/deployment/strategy.go). */
function bumpGeneration(type: ResourceType, current: KubeObject, next: KubeObject): KubeObject {
  const { generation } = current.metadata;
  if (generation === undefined) return next;
  const same =
    sameJson(current['spec'], next['spec']) &&
    (type.kind !== 'Deployment' || sameJson(current.metadata.annotations, next.metadata.annotations));
  return same ? next : { ...next, metadata: { ...next.metadata, generation: generation + 1 } };
}
