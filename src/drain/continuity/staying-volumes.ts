/** Which persistent volumes the pods that stay on the node keep in use, and what the claims of volumes are called. */
import type { Cluster } from '../../cluster/cluster.ts';
import { podName, type Pod } from '../../cluster/pod.ts';
import { ClusterError } from '../../errors.ts';

export interface ClaimNames {
  /** `namespace/name` of the claim by the name of its PersistentVolume. */
  readonly byVolume: ReadonlyMap<string, string>;
}

/**
 * Reads which claim each volume is bound to, from the claims, or where those may not be read from the volumes. Undefined
 * when neither may be.
 */
export async function readClaimNames(cluster: Cluster, signal: AbortSignal): Promise<ClaimNames | undefined> {
  const byClaims = await orForbidden(async () => {
    const claims = await cluster.listClaims({ signal });
    return claims.flatMap((claim): [string, string][] =>
      claim.volumeName === undefined ? [] : [[claim.volumeName, podName(claim)]],
    );
  });
  const pairs =
    byClaims ??
    (await orForbidden(async () => {
      const volumes = await cluster.listPersistentVolumes({ signal });
      return volumes.flatMap(({ name, claim }): [string, string][] => (claim ? [[name, podName(claim)]] : []));
    }));
  return pairs && { byVolume: new Map(pairs) };
}

/** `namespace/name` of every claim that these pods mount; an ephemeral volume's is named after pod and volume. */
export function claimsOf(pods: readonly Pod[]): ReadonlySet<string> {
  return new Set(
    pods.flatMap(({ namespace, name, volumes }) =>
      volumes.flatMap((volume) => {
        if (volume.kind === 'ephemeral') return [`${namespace}/${name}-${volume.name}`];
        return volume.claimName === undefined ? [] : [`${namespace}/${volume.claimName}`];
      }),
    ),
  );
}

async function orForbidden<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') throw error;
    return undefined;
  }
}
