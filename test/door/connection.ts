/** Connections for tests of the transport: fixed credentials, or those of a kubeconfig with a client certificate or token. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { Connection, Credentials } from '../../src/cluster/connection.ts';

export interface ConnectionParts {
  readonly headers?: Credentials['headers'];
  readonly tls?: Partial<Credentials['tls']>;
  readonly proxyUrl?: string;
  readonly compression?: boolean;
  /** Answers every call; without it the same credentials each time. */
  readonly credentials?: Connection['credentials'];
}

/** A connection to `server`. */
export function connectionTo(server: string, parts: ConnectionParts = {}): Connection {
  return {
    identity: { context: 'test', server, user: 'tester' },
    kubectl: kubectlFor('test'),
    server,
    namespace: 'default',
    proxyUrl: parts.proxyUrl,
    compression: parts.compression ?? true,
    credentials: parts.credentials ?? (() => Promise.resolve(credentialsOf(parts))),
  };
}

/** The credentials that {@link connectionTo} gives. */
export function credentialsOf({ headers = {}, tls = {} }: ConnectionParts, tlsFingerprint = 'one'): Credentials {
  return {
    headers,
    tls: { ca: undefined, cert: undefined, key: undefined, servername: undefined, rejectUnauthorized: true, ...tls },
    tlsFingerprint,
  };
}

interface Kubeconfig {
  clusters: { cluster: Record<string, string | undefined> }[];
  users: { user: Record<string, string | undefined> }[];
}

/** The connection of a kubeconfig that holds one cluster and one user. */
export function connectionOf(kubeconfig: string, parts: ConnectionParts = {}): Connection {
  const { clusters, users } = load(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const cluster = clusters[0]?.cluster ?? {};
  const user = users[0]?.user ?? {};
  const token = user['token'];
  return connectionTo(cluster['server'] ?? '', {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    tls: {
      ca: pem(cluster, 'certificate-authority'),
      cert: pem(user, 'client-certificate'),
      key: pem(user, 'client-key'),
    },
    ...parts,
  });
}

function pem(entry: Record<string, string | undefined>, field: string): string | undefined {
  const data = entry[`${field}-data`];
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  const file = entry[field];
  return file === undefined ? undefined : readFileSync(file, 'utf8');
}
