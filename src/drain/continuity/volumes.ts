/** `--wait-volumes`: goes on only when the volumes of the pods that left are detached from the node. */
import type { Pod } from '../../cluster/pod.ts';
import type { VolumeAttachment } from '../../cluster/volume.ts';
import { ClusterError } from '../../errors.ts';
import { counted } from '../../report/counting.ts';
import type { ContinuityContext, WaitLimit, WaitOutcome } from './context.ts';
import { claimsOf, readClaimNames, type ClaimNames } from './staying-volumes.ts';
import { waitUntil } from './waiting.ts';

/** Volumes that are named; the others are counted. */
const mostVolumes = 5;

export type VolumesOutcome =
  | WaitOutcome
  /** Not waited for, with a warning that says why: nothing is known about the volumes. */
  | { readonly kind: 'unknown'; readonly message: string };

/**
 * The attachments to this node that have to go. One that exists still counts, whatever its status says: the object is
 * removed last. Volumes whose claims pods that stay mount are left out; inline ones never, for nothing tells whose they
 * are.
 */
export function attachmentsToGo(
  attachments: readonly VolumeAttachment[],
  node: string,
  claims: ClaimNames,
  stayingClaims: ReadonlySet<string>,
): readonly VolumeAttachment[] {
  return attachments.filter(({ nodeName, volumeName }) => {
    if (nodeName !== node) return false;
    const claim = volumeName === undefined ? undefined : claims.byVolume.get(volumeName);
    return claim === undefined || !stayingClaims.has(claim);
  });
}

/**
 * Waits until no VolumeAttachment of the node is left but those of volumes that the pods `staying` use, and the node's
 * own status lists no more volumes than these pods mount.
 *
 * @param staying the pods that the drain leaves on the node
 * @throws the signal's reason when it aborts
 */
export async function awaitVolumes(
  context: ContinuityContext,
  staying: readonly Pod[],
  limit: WaitLimit,
): Promise<VolumesOutcome> {
  const stayingClaims = claimsOf(staying.filter(({ finished }) => !finished));
  let claims: ClaimNames | undefined;
  let unknown: string | undefined;
  const outcome = await waitUntil(context, 'volumes', limit, async (signal) => {
    try {
      claims ??= await knownClaims(context, stayingClaims, signal);
      return await lookAt(context, claims, stayingClaims, signal);
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') throw error;
      unknown = error.message;
      return undefined;
    }
  });
  if (unknown === undefined) return outcome;
  const message = `volumes of ${context.node} are not waited for, because whether they are detached is unknown (${unknown})`;
  context.report.emit({ type: 'warning', message });
  return { kind: 'unknown', message };
}

/** Names of claims are a courtesy, unless they are needed to tell the volumes that stay from those that go. */
async function knownClaims(
  { cluster }: ContinuityContext,
  stayingClaims: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ClaimNames> {
  const claims = await readClaimNames(cluster, signal);
  if (claims) return claims;
  if (stayingClaims.size === 0) return { byVolume: new Map() };
  throw new ClusterError(
    'neither PersistentVolumeClaims nor PersistentVolumes may be listed, so volumes of pods that stay cannot be told apart',
    { code: 'cluster.forbidden', status: 403 },
  );
}

async function lookAt(
  { cluster, node }: ContinuityContext,
  claims: ClaimNames,
  stayingClaims: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const left = attachmentsToGo(await cluster.listVolumeAttachments({ signal }), node, claims, stayingClaims);
  if (left.length > 0) {
    const names = left.slice(0, mostVolumes).map((attachment) => nameOf(attachment, claims));
    const more = left.length - names.length;
    return `${counted(left.length, 'volume')} still attached: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  }
  // Volumes of other kinds than CSI have no attachment; the node's status names them in a way that claims do not.
  const listed = (await cluster.getNode(node, { signal }))?.volumesAttached ?? [];
  if (listed.length <= stayingClaims.size) return undefined;
  const others = listed.length - stayingClaims.size;
  return `${counted(others, 'volume')} still in the node's status: ${listed.slice(0, mostVolumes).join(', ')}`;
}

function nameOf({ name, volumeName }: VolumeAttachment, claims: ClaimNames): string {
  if (volumeName === undefined) return `an inline volume (VolumeAttachment ${name})`;
  const claim = claims.byVolume.get(volumeName);
  return claim === undefined ? volumeName : `${volumeName} (claim ${claim})`;
}
