// Kubeconfigs of other users than the administrator: with a certificate of any name and dates, or a token.

import { issueCertificate } from './certificates.ts';
import type { CertificateRequest } from './certificates.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Api } from '../support/api.ts';

/** Writes a kubeconfig for the user named in the certificate to `file`. */
export function writeCertificateUser(
  api: Api,
  certificateFolder: string,
  file: string,
  request: CertificateRequest,
): void {
  const pair = issueCertificate(certificateFolder, request);
  writeKubeconfig(file, api.server, api.authority, request.commonName, pair);
}

/**
 * Creates a service account, writes a kubeconfig with a fresh token of it to `file`; works on any cluster.
 * @returns the account's user name, for role bindings: `system:serviceaccount:NAMESPACE:NAME`
 */
export async function writeTokenUser(api: Api, file: string, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await api.create(path, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
  const { status } = await api.create<{ status: { token: string } }>(`${path}/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  });
  writeKubeconfig(file, api.server, api.authority, name, { token: status.token });
  return `system:serviceaccount:${namespace}:${name}`;
}
