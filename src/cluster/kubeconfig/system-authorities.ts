/** The certificate authorities that this machine trusts, for servers whose kubeconfig names none. */
import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';

// Where Go's crypto/x509 looks on Linux; Node carries its own list and does not look there.
const linuxBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** PEM of `SSL_CERT_FILE` or of the system's bundle; undefined leaves the choice to Node. */
export async function systemAuthorities(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const chosen = env['SSL_CERT_FILE'] ?? '';
  const paths = chosen === '' ? (process.platform === 'linux' ? linuxBundles : []) : [chosen];
  const texts = await Promise.all(
    paths.map((path) => readFile(path, { encoding: 'utf8', signal }).catch(() => undefined)),
  );
  signal.throwIfAborted();
  const bundle = texts.find((text) => text !== undefined);
  if (bundle !== undefined || process.platform === 'linux') return bundle;
  // Keychain and Windows store: Node 22.15 and later can read them.
  const listed = 'getCACertificates' in tls ? tls.getCACertificates : undefined;
  return typeof listed === 'function' ? asPem(Reflect.apply(listed, tls, ['system'])) : undefined;
}

function asPem(list: unknown): string | undefined {
  return Array.isArray(list) && list.length > 0 ? list.join('\n') : undefined;
}
