/** Finds what is wrong with a chosen cluster and user before anything is sent, all of it at once. */
import { serverProblem } from './server.ts';
import { proxyProblem } from './proxy.ts';
import type { ExecEntry, UserEntry } from './file.ts';
import type { Selection } from './select.ts';

/** apiVersions of exec plugins that kubectl speaks. */
export const execApiVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** Source: client-go `clientcmd.ConfirmUsable`, `transport.TLSConfigFor` and `plugin/pkg/client/auth`. No line quotes a secret. */
export function selectionProblems({ cluster, clusterName, user, userName, userFlag }: Selection): string[] {
  const problems: string[] = [];
  const ofCluster = clusterName === undefined ? 'cluster' : `cluster "${clusterName}"`;
  const ofUser = userName === undefined || userFlag !== undefined ? 'user' : `user "${userName}"`;

  const server = serverProblem(cluster.server ?? '');
  if (server !== undefined) problems.push(`${ofCluster}: server ${server}`);
  const proxy = has(cluster['proxy-url']) ? proxyProblem(cluster['proxy-url'] ?? '') : undefined;
  if (proxy !== undefined) problems.push(`${ofCluster}: proxy-url ${proxy}`);
  const ca = has(cluster['certificate-authority']);
  const caData = has(cluster['certificate-authority-data']);
  if (ca && caData) {
    problems.push(`${ofCluster}: certificate-authority and certificate-authority-data are both set; keep one`);
  }
  if (cluster['insecure-skip-tls-verify'] === true && (ca || caData)) {
    problems.push(`${ofCluster}: insecure-skip-tls-verify and a certificate authority exclude each other`);
  }
  problems.push(...userProblems(user).map((problem) => `${ofUser}: ${problem}`));
  return problems;
}

function userProblems(user: UserEntry): string[] {
  const problems: string[] = [];
  if ((has(user.token) || has(user.tokenFile)) && (has(user.username) || has(user.password))) {
    problems.push('has both a token and a user name with password; only one is allowed');
  }
  const certificate = has(user['client-certificate']);
  const certificateData = has(user['client-certificate-data']);
  if (certificate && certificateData) {
    problems.push('client-certificate and client-certificate-data are both set; keep one');
  }
  if (certificate || certificateData) {
    const key = has(user['client-key']);
    const keyData = has(user['client-key-data']);
    if (key && keyData) problems.push('client-key and client-key-data are both set; keep one');
    if (!key && !keyData) problems.push('has a client certificate but no client-key for it');
  }
  if (user.exec && user['auth-provider']) problems.push('exec and auth-provider are both set; keep one');
  if (user.exec) problems.push(...execProblems(user.exec));
  if (user['auth-provider']) problems.push(...authProviderProblems(user['auth-provider']));
  const groups = user['as-groups'] ?? [];
  const extra = Object.keys(user['as-user-extra'] ?? {});
  if (!has(user.as) && (has(user['as-uid']) || groups.length > 0 || extra.length > 0)) {
    problems.push('impersonating a group, uid or extra needs a user to impersonate: add --as');
  }
  const impersonated = [
    user.as ?? '',
    user['as-uid'] ?? '',
    ...groups,
    ...Object.values(user['as-user-extra'] ?? {}).flat(),
  ];
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  if (impersonated.some((text) => /[\u0000-\u0008\u000a-\u001f\u007f]/.test(text))) {
    problems.push('a name to impersonate holds a line break or another control character');
  }
  // oxlint-disable-next-line no-control-regex -- as above
  if (/[\u0000-\u001f\u007f]/.test((user.token ?? '').trim())) {
    problems.push('the token holds a line break or another control character');
  }
  return problems;
}

function execProblems(exec: ExecEntry): string[] {
  const problems: string[] = [];
  if (!has(exec.command)) problems.push('exec: command is missing');
  if (!has(exec.apiVersion)) problems.push('exec: apiVersion is missing');
  else if (!execApiVersions.includes(exec.apiVersion ?? '')) {
    problems.push(
      `exec: apiVersion "${exec.apiVersion}" is none of ${execApiVersions.join(', ')}; update the plugin's entry`,
    );
  }
  if ((exec.env ?? []).some(({ name }) => !has(name))) problems.push('exec: an env entry has no name');
  const mode = interactiveMode(exec);
  if (mode === undefined) problems.push('exec: interactiveMode is missing; it must be Never, IfAvailable or Always');
  else if (!['Never', 'IfAvailable', 'Always'].includes(mode)) {
    problems.push(`exec: interactiveMode "${mode}" is none of Never, IfAvailable, Always`);
  }
  return problems;
}

/** v1beta1 may leave it out, and means IfAvailable. */
export function interactiveMode(exec: ExecEntry): string | undefined {
  if (has(exec.interactiveMode)) return exec.interactiveMode;
  return exec.apiVersion === 'client.authentication.k8s.io/v1beta1' ? 'IfAvailable' : undefined;
}

function authProviderProblems(provider: NonNullable<UserEntry['auth-provider']>): string[] {
  switch (provider.name) {
    case 'oidc':
      return ['idp-issuer-url', 'client-id']
        .filter((key) => !has(provider.config?.[key]))
        .map((key) => `auth-provider oidc: ${key} is missing`);
    case 'gcp':
      return ['auth-provider gcp was removed from Kubernetes; use the exec plugin gke-gcloud-auth-plugin'];
    case 'azure':
      return ['auth-provider azure was removed from Kubernetes; use the exec plugin kubelogin'];
    default:
      return [`auth-provider "${provider.name}" is not known; use an exec plugin`];
  }
}

function has(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}
