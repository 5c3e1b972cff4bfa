/** Puts together what one request needs to be us: headers and TLS settings as they are now. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Connection, TlsMaterial } from '../connection.ts';
import type { Authorize } from './authorization.ts';
import { assertValidNow } from './certificate.ts';
import type { ClusterEntry, UserEntry } from './file.ts';
import { impersonationHeaders } from './impersonation.ts';
import type { Material } from './material.ts';

export interface CredentialsInput {
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  /** What messages call the user. */
  readonly owner: string;
  /** Undefined over plain http. */
  readonly material: Material | undefined;
  readonly authorize: Authorize;
  readonly clock: Clock;
}

/** The `credentials` of a connection. Throws `cluster.certificate` when nothing but an expired certificate is left to show. */
export function credentialsOf(input: CredentialsInput): Connection['credentials'] {
  const { cluster, material } = input;
  const impersonation = impersonationHeaders(input.user);
  const servername = cluster['tls-server-name'] === '' ? undefined : cluster['tls-server-name'];
  const fingerprintOf = rememberedFingerprint();
  return async ({ signal, rejected = false }) => {
    const proof = await input.authorize({ signal, rejected });
    const pair = proof.pair ?? (await material?.certificate?.({ signal, fresh: rejected }));
    // With a token beside it the server may still accept us.
    if (pair && proof.authorization === undefined) assertValidNow(pair, input.clock.now(), input.owner);
    const tls: TlsMaterial = {
      ca: material?.caPem ?? material?.systemPem,
      cert: pair?.cert,
      key: pair?.key,
      servername,
      rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
    };
    return {
      headers: { ...(proof.authorization !== undefined && { Authorization: proof.authorization }), ...impersonation },
      tls,
      tlsFingerprint: fingerprintOf(tls),
    };
  };
}

/** A machine's own authorities are hundreds of kilobytes: too much to be gone through for each of 200 streams. */
function rememberedFingerprint(): (tls: TlsMaterial) => string {
  let last: TlsMaterial | undefined;
  let known = '';
  return (tls) => {
    if (!last || !isSame(last, tls)) known = fingerprint(tls);
    last = tls;
    return known;
  };
}

function isSame(one: TlsMaterial, other: TlsMaterial): boolean {
  return (
    one.ca === other.ca &&
    one.cert === other.cert &&
    one.key === other.key &&
    one.servername === other.servername &&
    one.rejectUnauthorized === other.rejectUnauthorized
  );
}

function fingerprint({ ca, cert, key, servername, rejectUnauthorized }: TlsMaterial): string {
  const parts = [ca, cert, key].map((part) => part?.toString());
  return createHash('sha256')
    .update(JSON.stringify([...parts, servername, rejectUnauthorized]))
    .digest('base64url');
}
