/** ControllerRevisions: the pod templates that a StatefulSet or DaemonSet has had (pkg/controller/history). */
import type { KubeObject } from '../objects.ts';
import type { ControllerWorld } from '../ports.ts';
import { ApiStatus } from '../status.ts';
import { controllerRevisions, type Labels, type PodTemplate } from './models.ts';
import { controllerReference } from './pod-control.ts';
import { canonicalJson, templateHash } from './template-hash.ts';

export interface Revision extends KubeObject {
  readonly revision: number;
  readonly data: { readonly spec: { readonly template: PodTemplate & { readonly $patch?: string } } };
}

interface Workload extends KubeObject {
  readonly spec: { readonly template: PodTemplate; readonly revisionHistoryLimit?: number };
}

/** All revisions of the workload, the oldest first. */
export function revisionsOf({ store }: ControllerWorld, owner: KubeObject): readonly Revision[] {
  return (store.controlledBy(owner.metadata.uid) as readonly Revision[])
    .filter(({ kind }) => kind === 'ControllerRevision')
    .sort((a, b) => a.revision - b.revision);
}

export function templateOf({ data }: Revision): PodTemplate {
  const { $patch: _patch, ...template } = data.spec.template;
  return template;
}

/**
 * The revision of the current template: the newest one where that is equal; an older equal one, numbered anew (a
 * rollback); else a new one. `hashLabel` is where the hash stands: each kind has its own label.
 */
export function currentRevision(
  world: ControllerWorld,
  owner: Workload,
  hashLabel: string,
  collisionCount: number | undefined,
  annotations: Labels,
): Revision {
  const { registry } = world;
  const { namespace, name } = owner.metadata;
  const all = revisionsOf(world, owner);
  const wanted = canonicalJson(owner.spec.template);
  const next = (all.at(-1)?.revision ?? 0) + 1;
  const equal = all.findLast((revision) => canonicalJson(cachedTemplate(revision)) === wanted);
  if (equal) {
    if (equal === all.at(-1)) return equal;
    return registry.modify(controllerRevisions, namespace, equal.metadata.name, (current) => ({
      ...current,
      revision: next,
    })) as Revision;
  }
  const hash = templateHash(owner.spec.template, collisionCount);
  const draft = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...owner.spec.template.metadata?.labels, [hashLabel]: hash },
      annotations: { ...owner.metadata.annotations, ...annotations },
      ownerReferences: [controllerReference(owner)],
    },
    data: { spec: { template: { ...owner.spec.template, $patch: 'replace' } } },
    revision: next,
  };
  return registry.create(controllerRevisions, draft, { namespace }) as Revision;
}

/** Is the refusal one of a name that another template's revision has? */
export function isCollision(error: unknown): boolean {
  return (
    error instanceof ApiStatus && error.reason === 'AlreadyExists' && error.details?.kind === 'controllerrevisions'
  );
}

/** Deletes the oldest revisions that no pod is of, beyond `revisionHistoryLimit`. */
export function truncateRevisions(world: ControllerWorld, owner: Workload, live: ReadonlySet<string>): void {
  const unused = revisionsOf(world, owner).filter(({ metadata }) => !live.has(metadata.name));
  const excess = unused.length - (owner.spec.revisionHistoryLimit ?? 10);
  for (const { metadata } of unused.slice(0, Math.max(0, excess))) {
    world.registry.delete(controllerRevisions, metadata.namespace, metadata.name);
  }
}

const templates = new WeakMap<object, PodTemplate>();

function cachedTemplate(revision: Revision): PodTemplate {
  const known = templates.get(revision.data);
  if (known) return known;
  const template = templateOf(revision);
  templates.set(revision.data, template);
  return template;
}
