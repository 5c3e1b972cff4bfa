/** The flags that every verb takes: kubectl's connection flags, and how kmaint talks. */
import { requestTimeoutFlag } from './duration.ts';
import { booleanFlag, choiceFlag, countFlag, listFlag, textFlag, type AnyFlag } from './flag.ts';

/** Flags that say which cluster, as whom; a command that is printed for the user to run next repeats them. */
export const connectionFlags = {
  kubeconfig: textFlag({ name: 'kubeconfig', about: 'The kubeconfig file to use' }, 'file'),
  context: textFlag({ name: 'context', about: 'The context of the kubeconfig', completes: 'contexts' }, 'name'),
  cluster: textFlag({ name: 'cluster', about: 'The cluster of the kubeconfig', completes: 'clusters' }, 'name'),
  user: textFlag({ name: 'user', about: 'The user of the kubeconfig', completes: 'users' }, 'name'),
  namespace: textFlag(
    { name: 'namespace', short: 'n', about: 'The namespace, where a verb has one', completes: 'namespaces' },
    'name',
  ),
  server: textFlag({ name: 'server', short: 's', about: 'Address and port of the API server' }, 'url'),
  token: textFlag({ name: 'token', about: 'Bearer token for the API server' }, 'token', { secret: true }),
  certificateAuthority: textFlag(
    { name: 'certificate-authority', about: 'File with the certificates of the authority that signs the API server' },
    'file',
  ),
  clientCertificate: textFlag({ name: 'client-certificate', about: 'File with the client certificate' }, 'file'),
  clientKey: textFlag({ name: 'client-key', about: 'File with the key of the client certificate' }, 'file'),
  tlsServerName: textFlag({ name: 'tls-server-name', about: 'Name to expect in the server certificate' }, 'name'),
  insecureSkipTlsVerify: booleanFlag(
    {
      name: 'insecure-skip-tls-verify',
      about: 'Do not check the server certificate: anybody in between can read along',
    },
    false,
    { onlyFlag: 'it gives up the check of who the server is' },
  ),
  as: textFlag({ name: 'as', about: 'User to impersonate' }, 'name'),
  asGroup: listFlag({ name: 'as-group', about: 'Group to impersonate; may be repeated' }, 'name'),
  asUid: textFlag({ name: 'as-uid', about: 'UID to impersonate' }, 'uid'),
  disableCompression: booleanFlag({ name: 'disable-compression', about: 'Ask for uncompressed answers' }),
} as const;

/** Flags that say how kmaint talks and waits. */
export const conversationFlags = {
  requestTimeout: requestTimeoutFlag({
    name: 'request-timeout',
    about: 'Give up a single request after this; 0: never',
  }),
  output: choiceFlag(
    { name: 'output', short: 'o', about: 'Text, one JSON object at the end, or one JSON object a line' },
    ['text', 'json', 'ndjson'],
    'text',
  ),
  progress: choiceFlag(
    { name: 'progress', about: 'How progress is shown on stderr' },
    ['auto', 'live', 'plain', 'quiet'],
    'auto',
  ),
  color: choiceFlag({ name: 'color', about: 'When to use colours' }, ['auto', 'always', 'never'], 'auto'),
  yes: booleanFlag({ name: 'yes', short: 'y', about: 'Do not ask' }, false, { onlyFlag: 'it is your consent' }),
  config: textFlag(
    { name: 'config', about: 'Settings file, instead of kmaint/config.yaml in the XDG configuration folder' },
    'file',
  ),
  warningsAsErrors: booleanFlag({
    name: 'warnings-as-errors',
    about: 'End with exit code 1 when the API server sent a warning',
  }),
  verbose: countFlag({ name: 'verbose', short: 'v', about: 'Say more; -vv also traces requests' }),
  quiet: booleanFlag({ name: 'quiet', short: 'q', about: 'Only answers and errors; the same as --progress quiet' }),
} as const;

/** All global flags, in the order of the help. */
export const globalFlags: readonly AnyFlag[] = [...Object.values(connectionFlags), ...Object.values(conversationFlags)];
