/** The connection flags of a run, for commands of kubectl that its messages suggest. */
import { resolve } from 'node:path';
import type { ConnectionOptions } from '../connection.ts';

type Key = Exclude<keyof ConnectionOptions, 'context' | 'namespace' | 'token' | 'disableCompression'>;

/** Those with a text. The context is not among them, for it is named in any case; the token is a secret. */
const flags = [
  ['kubeconfig', '--kubeconfig'],
  ['cluster', '--cluster'],
  ['user', '--user'],
  ['server', '--server'],
  ['certificateAuthority', '--certificate-authority'],
  ['clientCertificate', '--client-certificate'],
  ['clientKey', '--client-key'],
  ['tlsServerName', '--tls-server-name'],
  ['as', '--as'],
  ['asUid', '--as-uid'],
] as const satisfies readonly (readonly [Key, string])[];
const files: ReadonlySet<Key> = new Set(['kubeconfig', 'certificateAuthority', 'clientCertificate', 'clientKey']);

/** Which cluster and as whom, in words of a command line; files with their whole path, for a terminal in another folder. */
export function givenFlags(options: ConnectionOptions, workingDirectory: string): readonly string[] {
  const texts = flags.flatMap(([key, flag]) => {
    const value = options[key] ?? '';
    return value === '' ? [] : [flag, files.has(key) ? resolve(workingDirectory, value) : value];
  });
  return [
    ...texts,
    ...(options.asGroups ?? []).flatMap((group) => ['--as-group', group]),
    ...(options.insecureSkipTlsVerify === true ? ['--insecure-skip-tls-verify'] : []),
  ];
}
