/** Finds the pods of a node and the objects of a controller without walking all objects. */
import type { KubeObject, ResourceType } from './objects.ts';

type Group = Map<string, KubeObject>;

export class StoreIndex {
  readonly #byNode = new Map<string, Group>();
  readonly #byController = new Map<string, Group>();

  /** Takes note that `previous` has become `current`; either may be missing. */
  replace(type: ResourceType, previous: KubeObject | undefined, current: KubeObject | undefined): void {
    const id = (current ?? previous)?.metadata.uid ?? '';
    if (type.group === '' && type.plural === 'pods') {
      move(this.#byNode, id, nodeNameOf(previous), nodeNameOf(current), current);
    }
    move(this.#byController, id, controllerOf(previous), controllerOf(current), current);
  }

  podsOnNode(nodeName: string): readonly KubeObject[] {
    return [...(this.#byNode.get(nodeName)?.values() ?? [])];
  }

  controlledBy(uid: string): readonly KubeObject[] {
    return [...(this.#byController.get(uid)?.values() ?? [])];
  }
}

function nodeNameOf(pod: KubeObject | undefined): string | undefined {
  const name = (pod?.['spec'] as { nodeName?: string } | undefined)?.nodeName;
  return name === '' ? undefined : name;
}

function controllerOf(object: KubeObject | undefined): string | undefined {
  return object?.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid;
}

function move(
  groups: Map<string, Group>,
  id: string,
  from: string | undefined,
  to: string | undefined,
  object: KubeObject | undefined,
): void {
  if (from !== undefined && from !== to) {
    const group = groups.get(from);
    group?.delete(id);
    if (group?.size === 0) groups.delete(from);
  }
  if (to === undefined || !object) return;
  let group = groups.get(to);
  if (!group) groups.set(to, (group = new Map()));
  group.set(id, object);
}
