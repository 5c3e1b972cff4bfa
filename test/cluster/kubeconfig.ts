// Writes kubeconfig files for the test cluster: one user, one context.

import { writeFileSync } from 'node:fs';
import type { KeyPair } from './certificates.ts';

/** How somebody is let in. */
export type Credentials = KeyPair | { readonly token: string };

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/**
 * A kubeconfig whose context, cluster and namespace are the same for every user, as YAML (JSON is YAML too).
 * @param server URL of the API server
 * @param authority PEM text of the certificate authority
 * @param user name of the user's entry
 */
export function kubeconfigText(server: string, authority: string, user: string, credentials: Credentials): string {
  const name = 'kmaint-test';
  const entry =
    'token' in credentials
      ? { token: credentials.token }
      : { 'client-certificate-data': base64(credentials.certificate), 'client-key-data': base64(credentials.key) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [{ name: user, user: entry }],
    contexts: [{ name, context: { cluster: name, user, namespace: 'default' } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Writes {@link kubeconfigText} to a file that only its owner can read. */
export function writeKubeconfig(
  file: string,
  server: string,
  authority: string,
  user: string,
  credentials: Credentials,
): void {
  writeFileSync(file, kubeconfigText(server, authority, user, credentials), { mode: 0o600 });
}
