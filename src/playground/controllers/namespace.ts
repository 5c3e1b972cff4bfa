/** Plays the namespace controller: empties a terminating namespace, says what remains, then lets it go. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, ResourceType } from '../objects.ts';
import type { ControllerWorld } from '../ports.ts';
import { resourceTypes } from '../resources.ts';
import { withCondition } from './conditions.ts';
import { observe } from './informer.ts';
import { events, namespaces, pods, type Condition } from './models.ts';
import { createQueue } from './queue.ts';
import { nowText } from './times.ts';

// The real one gives late arrivals this long before it looks at a namespace (namespaceDeletionGracePeriod).
const graceMs = 5_000;

const contents = resourceTypes.filter((type) => type.namespaced);
/** Everything but pods, which go first, and alone (OrderedNamespaceDeletion). */
const others = contents.filter((type) => type !== pods);

const fine: readonly (readonly [type: string, reason: string, message: string])[] = [
  ['NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'],
  ['NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  [
    'NamespaceDeletionContentFailure',
    'ContentDeleted',
    'All content successfully deleted, may be waiting on finalization',
  ],
  ['NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'],
  ['NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
];

interface Namespace extends KubeObject {
  readonly spec?: { readonly finalizers?: readonly string[] };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

export function namespaceController(world: ControllerWorld): void {
  const { store, registry, clock, signal } = world;
  const terminating = new Set<string>();
  /** Those that are being emptied. */
  const begun = new Set<string>();
  const queue = createQueue(world, sync);

  observe(world, [namespaces], ({ kind, object }) => {
    const { name, deletionTimestamp } = object.metadata;
    if (kind === 'deleted') {
      terminating.delete(name);
      begun.delete(name);
    } else if (deletionTimestamp !== undefined && !terminating.has(name)) {
      terminating.add(name);
      queue.addAfter(name, graceMs);
    }
  });
  const stop = store.subscribe(({ kind, object }) => {
    const { namespace } = object.metadata;
    if (kind === 'deleted' && namespace !== undefined && begun.has(namespace)) queue.add(namespace);
  });
  signal.addEventListener('abort', stop);

  function sync(name: string): void {
    const namespace: Namespace | undefined = store.get(namespaces, undefined, name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    begun.add(name);
    const remaining = new Map<ResourceType, readonly KubeObject[]>();
    empty(name, pods, remaining);
    if (!remaining.has(pods)) for (const type of others) empty(name, type, remaining);
    writeStatus(name, remaining);
    if (remaining.size === 0) finalize(name);
  }

  function empty(namespace: string, type: ResourceType, remaining: Map<ResourceType, readonly KubeObject[]>): void {
    for (const { metadata } of store.list(type, namespace)) {
      if (metadata.deletionTimestamp !== undefined) continue;
      registry.delete(type, namespace, metadata.name, {
        propagationPolicy: 'Background',
        preconditions: { uid: metadata.uid },
      });
    }
    const left = store.list(type, namespace);
    if (left.length > 0) remaining.set(type, left);
  }

  function writeStatus(name: string, remaining: ReadonlyMap<ResourceType, readonly KubeObject[]>): void {
    const resources = [...remaining].map(
      ([{ plural, group }, objects]) => `${plural}.${group} has ${String(objects.length)} resource instances`,
    );
    const finalizers = new Map<string, number>();
    for (const finalizer of [...remaining.values()].flat().flatMap(({ metadata }) => metadata.finalizers ?? [])) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
    const held = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${String(count)} resource instances`);
    registry.modify(
      namespaces,
      undefined,
      name,
      (current) => {
        const { status } = current as Namespace;
        let conditions = status?.conditions;
        for (const [type, reason, message] of fine) {
          let condition: Condition = { type, status: 'False', reason, message };
          if (type === 'NamespaceContentRemaining' && resources.length > 0) {
            const text = `Some resources are remaining: ${resources.sort().join(', ')}`;
            condition = { type, status: 'True', reason: 'SomeResourcesRemain', message: text };
          }
          if (type === 'NamespaceFinalizersRemaining' && held.length > 0) {
            const text = `Some content in the namespace has finalizers remaining: ${held.sort().join(', ')}`;
            condition = { type, status: 'True', reason: 'SomeFinalizersRemain', message: text };
          }
          conditions = withCondition(conditions, condition, nowText(clock));
        }
        return isDeepStrictEqual(conditions, status?.conditions)
          ? current
          : { ...current, status: { ...status, conditions } };
      },
      { subresource: 'status' },
    );
  }

  /** What the finalize subresource does: an update cannot take the namespace's own finalizer away. */
  function finalize(name: string): void {
    const namespace: Namespace | undefined = store.get(namespaces, undefined, name);
    if (!namespace) return;
    const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes');
    store.put(namespaces, { ...namespace, spec: { ...namespace.spec, finalizers } });
    if (finalizers.length > 0 || namespace.metadata.finalizers?.length) return;
    // Events about the end of its content may have come since.
    for (const { metadata } of store.list(events, name)) store.remove(events, name, metadata.name);
    registry.delete(namespaces, undefined, name);
  }
}
