/** Chooses cluster, user and namespace from a kubeconfig and the flags that override it. */
import type { ConnectionOptions } from '../connection.ts';
import type { ClusterEntry, Kubeconfig, UserEntry } from './file.ts';
import { closest } from '../../closest.ts';

/** What was chosen, flags already laid over it. */
export interface Selection {
  readonly contextName: string | undefined;
  readonly clusterName: string | undefined;
  readonly userName: string | undefined;
  /** Of the flag or the context; undefined when neither names one. */
  readonly namespace: string | undefined;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  /** Which flag, if any, says who we are instead of the user's entry. */
  readonly userFlag: 'token' | 'client certificate' | undefined;
}

/** `none`: neither a file nor a flag says which cluster; the pod's own may be meant. */
export type Choice =
  | { readonly kind: 'chosen'; readonly selection: Selection }
  | { readonly kind: 'none'; readonly selection: Selection }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/**
 * Follows client-go's `clientcmd.DirectClientConfig` with two deliberate exceptions: a context whose cluster or user
 * does not exist is an error (kubectl falls back to localhost:8080 or to anonymous), and `--token` or
 * `--client-certificate` replace every other way of the user to authenticate (kubectl sends both, and the API server
 * then believes the certificate). File paths of flags must be absolute.
 */
export function select(
  kubeconfig: Kubeconfig,
  options: ConnectionOptions,
  env: { readonly KUBERNETES_MASTER?: string | undefined },
): Choice {
  const problems: string[] = [];
  const contextName = set(options.context) ?? kubeconfig.currentContext;
  const context = contextName === undefined ? undefined : kubeconfig.contexts.get(contextName);
  if (contextName !== undefined && context === undefined) {
    const source = set(options.context) === undefined ? 'current-context' : '--context';
    problems.push(unknownEntry(`${source}: context`, contextName, kubeconfig.contexts));
  }

  const clusterName = set(options.cluster) ?? set(context?.cluster);
  const userName = set(options.user) ?? set(context?.user);
  const of = (flag: string | undefined, kind: string) =>
    set(flag) === undefined ? `context "${contextName}": ${kind}` : `--${kind}: ${kind}`;
  if (clusterName !== undefined && !kubeconfig.clusters.has(clusterName)) {
    problems.push(unknownEntry(of(options.cluster, 'cluster'), clusterName, kubeconfig.clusters));
  }
  if (userName !== undefined && !kubeconfig.users.has(userName)) {
    problems.push(unknownEntry(of(options.user, 'user'), userName, kubeconfig.users));
  }

  const base = clusterName === undefined ? undefined : kubeconfig.clusters.get(clusterName);
  const userBase = userName === undefined ? undefined : kubeconfig.users.get(userName);
  const userFlag =
    set(options.clientCertificate) !== undefined
      ? 'client certificate'
      : set(options.token) !== undefined
        ? 'token'
        : undefined;
  const selection: Selection = {
    contextName: context && contextName,
    clusterName,
    userName,
    namespace: set(options.namespace) ?? set(context?.namespace),
    cluster: overrideCluster({ server: set(env.KUBERNETES_MASTER), ...withoutEmpty(base ?? {}) }, options),
    user: overrideUser(userBase ?? {}, options),
    userFlag,
  };
  if (problems.length === 0 && selection.cluster.server === undefined) {
    if (clusterName !== undefined) problems.push(`cluster "${clusterName}" has no server`);
    else if (context !== undefined) problems.push(`context "${contextName}" names no cluster`);
    else return { kind: 'none', selection };
  }
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'chosen', selection };
}

/** Source: client-go `getCluster`: what a flag says about trust replaces all that the file says about it. */
export function overrideCluster(cluster: ClusterEntry, options: ConnectionOptions): ClusterEntry {
  const merged: ClusterEntry = { ...cluster };
  const server = set(options.server);
  const tlsServerName = set(options.tlsServerName);
  const ca = set(options.certificateAuthority);
  if (server !== undefined) merged.server = server;
  if (server !== undefined || tlsServerName !== undefined) merged['tls-server-name'] = tlsServerName;
  if (options.insecureSkipTlsVerify === true || ca !== undefined) {
    merged['insecure-skip-tls-verify'] = options.insecureSkipTlsVerify ?? false;
    merged['certificate-authority'] = ca;
    merged['certificate-authority-data'] = undefined;
  }
  if (options.disableCompression === true) merged['disable-compression'] = true;
  return merged;
}

/** Lays the flags that say who we are over a user's entry. */
export function overrideUser(user: UserEntry, options: ConnectionOptions): UserEntry {
  const token = set(options.token);
  const certificate = set(options.clientCertificate);
  const key = set(options.clientKey);
  const { as, 'as-uid': asUid, 'as-groups': asGroups, 'as-user-extra': asExtra } = user;
  const impersonation: UserEntry = {
    as: set(options.as) ?? as,
    'as-uid': set(options.asUid) ?? asUid,
    'as-groups': options.asGroups !== undefined && options.asGroups.length > 0 ? [...options.asGroups] : asGroups,
    'as-user-extra': asExtra,
  };
  let merged: UserEntry = user;
  if (certificate !== undefined) {
    // The key may still be the file's: certificates are renewed for the same key.
    merged = {
      'client-certificate': certificate,
      'client-key': user['client-key'],
      'client-key-data': user['client-key-data'],
    };
  } else if (token !== undefined) merged = {};
  if (key !== undefined) merged = { ...merged, 'client-key': key, 'client-key-data': undefined };
  return { ...merged, ...(token !== undefined && { token }), ...impersonation };
}

function unknownEntry(what: string, name: string, known: ReadonlyMap<string, unknown>): string {
  const names = [...known.keys()].toSorted();
  const exist = names.length === 0 ? 'none exists' : `there ${names.length === 1 ? 'is' : 'are'}: ${listed(names)}`;
  const meant = closest(name, names);
  return `${what} "${name}" does not exist;${meant === undefined ? '' : ` did you mean "${meant}"?`} ${exist}`;
}

/** A cluster-admin's kubeconfig can hold hundreds. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

/** To Go an empty string is an unset one. */
function set(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function withoutEmpty(cluster: ClusterEntry): ClusterEntry {
  return Object.fromEntries(Object.entries(cluster).filter(([, value]) => value !== ''));
}
