/** What goes to a credential plugin and what comes back: the ExecCredential of client.authentication.k8s.io. */
import * as z from 'zod/mini';
import { readPair, type CertificatePair } from './certificate.ts';
import type { ClusterEntry, ExecEntry } from './file.ts';
import { typeProblems, withoutNulls } from './problems.ts';

const clusterExtension = 'client.authentication.k8s.io/exec';

/** The value of KUBERNETES_EXEC_INFO. Source: client-go `rest.ConfigToExecCluster`. */
export function execInfo(
  exec: ExecEntry,
  interactive: boolean,
  cluster: ClusterEntry,
  caPem: string | undefined,
): string {
  const extension = cluster.extensions?.find(({ name }) => name === clusterExtension)?.extension;
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    spec: {
      ...(exec.provideClusterInfo === true && {
        cluster: {
          server: cluster.server,
          'tls-server-name': cluster['tls-server-name'] || undefined,
          'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'] || undefined,
          'certificate-authority-data': caPem === undefined ? undefined : Buffer.from(caPem).toString('base64'),
          'proxy-url': cluster['proxy-url'] || undefined,
          'disable-compression': cluster['disable-compression'] || undefined,
          config: extension ?? null,
        },
      }),
      interactive,
    },
  });
}

/** What a plugin hands out. Secret: never printed. */
export interface ExecAnswer {
  readonly token: string | undefined;
  readonly pair: CertificatePair | undefined;
  /** Milliseconds since the epoch; undefined for an answer that is good until the server says otherwise. */
  readonly expiresAtMs: number | undefined;
}

const answerSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  status: z.optional(
    z.object({
      expirationTimestamp: z.optional(z.string()),
      token: z.optional(z.string()),
      clientCertificateData: z.optional(z.string()),
      clientKeyData: z.optional(z.string()),
    }),
  ),
});

/** Reads a plugin's stdout, or says in one line what is wrong with it without quoting it. */
export function readAnswer(stdout: string, apiVersion: string | undefined): ExecAnswer | { readonly problem: string } {
  let raw: unknown;
  try {
    raw = withoutNulls(JSON.parse(stdout));
  } catch {
    return { problem: stdout.trim() === '' ? 'printed nothing' : 'did not print JSON' };
  }
  const parsed = answerSchema.safeParse(raw);
  if (!parsed.success)
    return { problem: `printed no ExecCredential: ${typeProblems(parsed.error.issues, raw).join('; ')}` };
  const { data } = parsed;
  if (data.kind !== 'ExecCredential') return { problem: `printed a ${data.kind}, not an ExecCredential` };
  if (data.apiVersion !== apiVersion) {
    return { problem: `is configured to use ${apiVersion}, but answered with ${data.apiVersion}` };
  }
  if (!data.status) return { problem: 'answered without a status' };
  const { token = '', clientCertificateData = '', clientKeyData = '', expirationTimestamp = '' } = data.status;
  if (token === '' && clientCertificateData === '' && clientKeyData === '') {
    return { problem: 'answered with neither a token nor a client certificate' };
  }
  if ((clientCertificateData === '') !== (clientKeyData === '')) {
    return { problem: 'answered with only one of client certificate and key' };
  }
  const expiresAtMs = expirationTimestamp === '' ? undefined : Date.parse(expirationTimestamp);
  if (Number.isNaN(expiresAtMs)) return { problem: 'answered with an expirationTimestamp that is no RFC 3339 time' };
  const pair =
    clientCertificateData === ''
      ? undefined
      : readPair(clientCertificateData, clientKeyData, { cert: 'clientCertificateData', key: 'clientKeyData' });
  if (pair && 'problem' in pair) return { problem: `answered with a broken certificate: ${pair.problem}` };
  return { token: token === '' ? undefined : token, pair, expiresAtMs };
}
