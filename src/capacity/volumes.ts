/** What a pod's volumes say about where its replacement can run. */
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import type { PersistentVolume } from '../cluster/volume.ts';
import type { Board } from './board.ts';
import { matchesTerms } from './node-affinity.ts';
import type { RoomVolumes } from './placement.ts';

/** A pod's persistent volumes, as far as they are known. */
export interface PodVolumes {
  readonly bound: readonly { readonly claim: string; readonly volume: PersistentVolume }[];
  /** Why kmaint cannot judge some of them: whole clauses. */
  readonly doubts: readonly string[];
}

const none: PodVolumes = { bound: [], doubts: [] };

/** Looks up the pod's claims. */
export function volumesOf(pod: Pod, known: RoomVolumes | undefined): PodVolumes {
  if (pod.volumes.every(({ kind }) => kind !== 'persistentVolumeClaim' && kind !== 'ephemeral')) return none;
  const bound: { claim: string; volume: PersistentVolume }[] = [];
  const doubts: string[] = [];
  for (const { name, kind, claimName } of pod.volumes) {
    if (kind === 'ephemeral') doubts.push(`its ephemeral volume ${name} is made anew for the replacement`);
    if (kind !== 'persistentVolumeClaim' || claimName === undefined) continue;
    const claim = `${pod.namespace}/${claimName}`;
    const volume = known?.get(claim);
    if (volume === undefined) doubts.push(`the volume of its claim ${claim} could not be read`);
    else if (volume === 'unbound') doubts.push(`its claim ${claim} is not bound to a volume yet`);
    else {
      bound.push({ claim, volume });
      if (isOnAnyNodesDisk(volume)) {
        doubts.push(`its volume ${volume.name} is a directory of one node that does not say which`);
      }
    }
  }
  return { bound, doubts };
}

/** A hostPath volume without node affinity: the scheduler would start the pod elsewhere, where its data is not. */
function isOnAnyNodesDisk({ local, nodeTerms }: PersistentVolume): boolean {
  return local && nodeTerms.length === 0;
}

/** Whether the node reaches the volume: by the volume's node affinity and, for old in-tree volumes, by its zone labels. */
export function reaches(node: Node, volume: PersistentVolume): boolean {
  return (volume.nodeTerms.length === 0 || matchesTerms(volume.nodeTerms, node)) && inItsZone(node, volume);
}

const zoneLabels = [
  ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'],
  ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'],
] as const;

/** Semantics: plugin VolumeZone; a node without any such label is in no zone and reaches all. */
function inItsZone(node: Node, volume: PersistentVolume): boolean {
  if (zoneLabels.flat().every((label) => node.labels[label] === undefined)) return true;
  return zoneLabels.every(([label, former]) =>
    [label, former].every((key) => {
      const wanted = volume.labels[key];
      const zone = node.labels[key] ?? node.labels[label];
      // A volume of several zones has them joined.
      return wanted === undefined || (zone !== undefined && wanted.split('__').includes(zone));
    }),
  );
}

/**
 * The reason why no remaining node can ever take the replacement: a volume that only nodes of the run reach, a local
 * one above all.
 */
export function heldBack({ bound }: PodVolumes, board: Board): string | undefined {
  for (const { claim, volume } of bound) {
    const near = board.sites.filter(({ node }) => reaches(node, volume));
    if (near.some(({ draining }) => !draining)) continue;
    const name = `its volume ${volume.name} (claim ${claim})`;
    if (near.length === 0) return `no node of the cluster reaches ${name}`;
    const names = near.map(({ node }) => node.name).join(', ');
    return volume.local
      ? `${name} is on the disk of ${names}: the replacement stays Pending until that node takes pods again`
      : `only ${names} can reach ${name}: the replacement stays Pending until a node there takes pods again`;
  }
  return undefined;
}
