/** Reads the room of a cluster: all nodes and pods, and what is known of volumes. */
import type { Cluster } from '../cluster/cluster.ts';
import type { PersistentVolume, VolumeClaim } from '../cluster/volume.ts';
import { ClusterError } from '../errors.ts';
import type { Report } from '../report/report.ts';
import type { Room, RoomVolumes } from './placement.ts';

/**
 * Reads nodes, pods and, where some pod has a claim, volumes; volumes that may not be read are unknown, said once.
 *
 * @throws ClusterError when nodes or pods cannot be read, or volumes for another reason than a lack of rights
 */
export async function readRoom(
  { cluster, report }: { readonly cluster: Cluster; readonly report: Report },
  { chunkSize, signal }: { readonly chunkSize?: number | undefined; readonly signal: AbortSignal },
): Promise<Room> {
  const [nodes, pods] = await Promise.all([
    cluster.listNodes({ chunkSize, signal }),
    cluster.listPods({ chunkSize, signal }),
  ]);
  const claimed = pods.some(({ volumes }) => volumes.some(({ kind }) => kind === 'persistentVolumeClaim'));
  if (!claimed) return { nodes, pods, volumes: new Map() };
  try {
    const [claims, persistentVolumes] = await Promise.all([
      cluster.listClaims({ signal }),
      cluster.listPersistentVolumes({ signal }),
    ]);
    return { nodes, pods, volumes: boundVolumes(claims, persistentVolumes) };
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') throw error;
    const message = `volumes may not be read, so it is unknown where pods with claims can run (${error.message})`;
    report.emit({ type: 'warning', message });
    return { nodes, pods, volumes: undefined };
  }
}

/** A claim whose volume is not in the list is left out: it is unknown. */
export function boundVolumes(
  claims: readonly VolumeClaim[],
  persistentVolumes: readonly PersistentVolume[],
): RoomVolumes {
  const byName = new Map(persistentVolumes.map((volume) => [volume.name, volume]));
  const known = new Map<string, PersistentVolume | 'unbound'>();
  for (const { namespace, name, volumeName } of claims) {
    const volume = volumeName === undefined ? 'unbound' : byName.get(volumeName);
    if (volume) known.set(`${namespace}/${name}`, volume);
  }
  return known;
}
