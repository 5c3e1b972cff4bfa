/** Reads the files that a chosen cluster and user refer to, and checks them, before anything is sent. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import { readPair, type CertificatePair } from './certificate.ts';
import { reasonOf } from './file-error.ts';
import type { ClusterEntry, UserEntry } from './file.ts';
import { ReloadedFile } from './reloaded-file.ts';
import type { Selection } from './select.ts';
import { systemAuthorities } from './system-authorities.ts';

/** Gives the client certificate as it is now. */
export type PairSource = (options: {
  readonly signal: AbortSignal;
  readonly fresh?: boolean;
}) => Promise<CertificatePair>;

export interface Material {
  /** The authorities that the kubeconfig or a flag names (PEM). */
  readonly caPem: string | undefined;
  /** The machine's own, where neither names any; undefined leaves the choice to Node. */
  readonly systemPem: string | undefined;
  readonly certificate: PairSource | undefined;
  /** What the token file held at the start. Secret: never printed. */
  readonly tokenFileText: string | undefined;
}

/** Reads all files of a selection; what is wrong with them goes to `problems`, one line each. */
export async function readMaterial(
  { cluster, user, clusterName }: Selection,
  world: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
  problems: string[],
): Promise<Material> {
  const { signal } = world;
  const of = clusterName === undefined ? '' : `cluster "${clusterName}": `;
  const found: string[] = [];
  const [caPem, certificate, tokenFileText] = await Promise.all([
    readAuthority(cluster, signal, found),
    readClientCertificate(user, world.clock, signal, problems),
    readToken(user, signal, problems),
  ]);
  problems.push(...found.map((problem) => `${of}${problem}`));
  const trusting = cluster['insecure-skip-tls-verify'] === true;
  const systemPem = caPem === undefined && !trusting ? await systemAuthorities(world.env, signal) : undefined;
  return { caPem, systemPem, certificate, tokenFileText };
}

async function readToken(user: UserEntry, signal: AbortSignal, problems: string[]): Promise<string | undefined> {
  const path = user.tokenFile ?? '';
  if (path === '') return undefined;
  try {
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    signal.throwIfAborted();
    // A token of its own is the entry's second string.
    if ((user.token ?? '') === '') problems.push(`tokenFile ${path}: ${reasonOf(error)}`);
    return undefined;
  }
}

/** The authorities to trust (PEM), or undefined for the system's; problems go to `problems`. */
async function readAuthority(
  cluster: ClusterEntry,
  signal: AbortSignal,
  problems: string[],
): Promise<string | undefined> {
  const data = cluster['certificate-authority-data'] ?? '';
  const path = cluster['certificate-authority'] ?? '';
  if (data === '' && path === '') return undefined;
  const name = data === '' ? `certificate-authority ${path}` : 'certificate-authority-data';
  try {
    const pem = data === '' ? await readFile(path, { encoding: 'utf8', signal }) : decode(data);
    if (!isCertificate(pem)) problems.push(`${name} holds no PEM certificate`);
    return pem;
  } catch (error) {
    signal.throwIfAborted();
    problems.push(`${name}: ${reasonOf(error)}`);
    return undefined;
  }
}

/**
 * The user's client certificate, or undefined when there is none; problems go to `problems`. Where both halves are
 * files, they are read again once a minute; a rotation caught half-way keeps the former pair.
 */
async function readClientCertificate(
  user: UserEntry,
  clock: Clock,
  signal: AbortSignal,
  problems: string[],
): Promise<PairSource | undefined> {
  const cert = half(user, 'client-certificate', clock);
  const key = half(user, 'client-key', clock);
  if (!cert || !key) return undefined;
  const names = { cert: cert.name, key: key.name };

  const texts = await Promise.all(
    [cert, key].map(async (file) => {
      try {
        return await file.read({ signal });
      } catch (error) {
        signal.throwIfAborted();
        problems.push(`${file.name}: ${reasonOf(error)}`);
        return undefined;
      }
    }),
  );
  const [certPem, keyPem] = texts;
  if (certPem === undefined || keyPem === undefined) return undefined;
  const first = readPair(certPem, keyPem, names);
  if ('problem' in first) {
    problems.push(first.problem);
    return undefined;
  }
  let current = { certPem, keyPem, pair: first };
  return async (options) => {
    const [nextCert, nextKey] = await Promise.all([cert.read(options), key.read(options)]);
    if (nextCert !== current.certPem || nextKey !== current.keyPem) {
      const next = readPair(nextCert, nextKey, names);
      if (!('problem' in next)) current = { certPem: nextCert, keyPem: nextKey, pair: next };
    }
    return current.pair;
  };
}

interface Half {
  readonly name: string;
  read(options: { readonly signal: AbortSignal; readonly fresh?: boolean }): Promise<string>;
}

function half(user: UserEntry, field: 'client-certificate' | 'client-key', clock: Clock): Half | undefined {
  const data = user[`${field}-data`] ?? '';
  if (data !== '') {
    const pem = decode(data);
    return { name: `${field}-data`, read: async () => pem };
  }
  const path = user[field] ?? '';
  if (path === '') return undefined;
  const file = new ReloadedFile(path, clock);
  return { name: `${field} ${path}`, read: (options) => file.read(options) };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
