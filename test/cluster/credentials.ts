// The certificates and kubeconfigs of a new cluster: its servers, its controllers, its administrator.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureAuthority, issueCertificate } from './certificates.ts';
import type { CertificateRequest } from './certificates.ts';
import { writeKubeconfig } from './kubeconfig.ts';

/**
 * Fills `pki/` and the `*.kubeconfig` files of a run's folder.
 * @param folder the run's folder, existing
 * @param server URL of the API server to be
 */
export function writeCredentials(folder: string, server: string): void {
  const pki = join(folder, 'pki');
  ensureAuthority(pki);
  const authority = readFileSync(join(pki, 'ca.crt'), 'utf8');
  const intoPki = (name: string, request: CertificateRequest): void => {
    const pair = issueCertificate(pki, request);
    writeFileSync(join(pki, `${name}.crt`), pair.certificate);
    writeFileSync(join(pki, `${name}.key`), pair.key, { mode: 0o600 });
  };
  const subjectAltNames = ['IP:127.0.0.1', 'DNS:localhost'];
  intoPki('apiserver', { commonName: 'kube-apiserver', subjectAltNames });
  intoPki('kwok', { commonName: 'kwok', subjectAltNames });
  intoPki('kubelet-client', { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] });
  const users: Record<string, CertificateRequest> = {
    admin: { commonName: 'kmaint-test-admin', organizations: ['system:masters'] },
    'controller-manager': { commonName: 'system:kube-controller-manager' },
    scheduler: { commonName: 'system:kube-scheduler' },
    kwok: { commonName: 'kwok', organizations: ['system:masters'] },
  };
  for (const [user, request] of Object.entries(users)) {
    writeKubeconfig(join(folder, `${user}.kubeconfig`), server, authority, user, issueCertificate(pki, request));
  }
}
