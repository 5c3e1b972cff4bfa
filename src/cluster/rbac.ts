/** Turns "forbidden" into the RBAC rule that is missing. */
import type { Kubectl } from '../cli/kubectl.ts';

// Kubernetes: pkg/authorization, `forbiddenMessage` in apiserver's responsewriters.
const resourceText =
  /User "([^"]*)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/;
const pathText = /User "([^"]*)" cannot (\S+) path "([^"]+)"/;

/** What to do about a 403 by its text; undefined when the text is not RBAC's, such as an admission plugin's refusal. */
export function rbacHint(message: string, kubectl: Kubectl): string | undefined {
  const refused = resourceText.exec(message);
  if (refused) {
    const [, user = '', verb = '', resource = '', group = '', namespace] = refused;
    const [kind = resource, subresource] = resource.split('/');
    const rule = `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`;
    const scope = namespace === undefined ? 'a ClusterRole' : `a Role in namespace ${namespace}`;
    const check = kubectl(
      'auth',
      'can-i',
      verb,
      group === '' ? kind : `${kind}.${group}`,
      ...(subresource === undefined ? [] : [`--subresource=${subresource}`]),
      ...(namespace === undefined ? [] : ['-n', namespace]),
    );
    return `${whoAmI(user)}ask for the rule ${rule} in ${scope}; check with: ${check}`;
  }
  const path = pathText.exec(message);
  if (path) {
    const [, user = '', verb = '', url = ''] = path;
    const rule = `{nonResourceURLs: ["${url}"], verbs: ["${verb}"]}`;
    return `${whoAmI(user)}ask for the rule ${rule} in a ClusterRole; check with: ${kubectl('auth', 'can-i', verb, url)}`;
  }
  return undefined;
}

/** The API server calls those anonymous who sent no credentials that it knows. */
function whoAmI(user: string): string {
  return user === 'system:anonymous'
    ? 'the server took us for an anonymous user: the kubeconfig has no valid credentials for it; with them, '
    : '';
}
