// Rooms for tests of placements: nodes by name, pods with what a test says of their spec.
import type { Node } from '../../src/cluster/node.ts';
import type { Pod, PodScheduling } from '../../src/cluster/pod.ts';
import type { PersistentVolume } from '../../src/cluster/volume.ts';
import type { Placement, Room } from '../../src/capacity/placement.ts';
import { placePods } from '../../src/capacity/place.ts';
import { aNode, aPod } from '../support/objects.ts';

export function node(name: string, differences: Partial<Node> = {}): Node {
  return aNode({ name, ...differences, labels: { 'kubernetes.io/hostname': name, ...differences.labels } });
}

/** A pod that says `scheduling` of where it may run. */
export function pod(
  name: string,
  nodeName: string,
  { scheduling, ...differences }: Partial<Omit<Pod, 'scheduling'>> & { scheduling?: Partial<PodScheduling> } = {},
): Pod {
  const plain = aPod({ name, nodeName, ...differences });
  return { ...plain, scheduling: { ...plain.scheduling, ...scheduling } };
}

export function volume(name: string, differences: Partial<PersistentVolume> = {}): PersistentVolume {
  return {
    name,
    uid: `uid-of-${name}`,
    resourceVersion: '1',
    labels: {},
    annotations: {},
    finalizers: [],
    creationTimestamp: undefined,
    deletionTimestamp: undefined,
    generation: 1,
    local: false,
    nodeTerms: [],
    claim: undefined,
    ...differences,
  };
}

export function claimOf(claimName: string): Pod['volumes'][number] {
  return { name: claimName, kind: 'persistentVolumeClaim', inMemory: false, claimName };
}

export function room(nodes: readonly Node[], pods: readonly Pod[], volumes: Room['volumes'] = new Map()): Room {
  return { nodes, pods, volumes };
}

/** Where the pods of `gone` would go, by name of the pod: the node's name, or the verdict and its reason. */
export function placed(where: Room, gone = 'gone'): Record<string, string> {
  const leaving = where.pods.filter(({ nodeName }) => nodeName === gone);
  const placements = placePods(where, new Set([gone]), leaving);
  return Object.fromEntries(leaving.map(({ name, uid }) => [name, textOf(placements.get(uid))]));
}

function textOf(placement: Placement | undefined): string {
  if (!placement) return 'not answered';
  return placement.verdict === 'fits' ? placement.node : `${placement.verdict}: ${placement.reason}`;
}
