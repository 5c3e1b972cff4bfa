/** What is known of the room on other nodes, and what came of looking for a place there. */
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import type { PersistentVolume } from '../cluster/volume.ts';

/** Whether the replacement of a pod that leaves would find a node. */
export type Placement =
  /** A witness, no promise: the scheduler may choose another node, and others may take the room first. */
  | { readonly verdict: 'fits'; readonly node: string }
  | { readonly verdict: 'does-not-fit'; readonly reason: string }
  /** Something decides that kmaint cannot judge. */
  | { readonly verdict: 'unknown'; readonly reason: string };

/** By `namespace/claimName`: the bound volume, or `unbound`; a claim that is missing could not be read. */
export type RoomVolumes = ReadonlyMap<string, PersistentVolume | 'unbound'>;

/** The whole cluster, as far as places are concerned. */
export interface Room {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  /** Undefined when volumes could not be read. */
  readonly volumes: RoomVolumes | undefined;
}
