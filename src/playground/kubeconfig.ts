/** The kubeconfig of a playground. */

export interface KubeconfigContent {
  readonly url: string;
  /** PEM text of the authority that signed the server's certificate. */
  readonly ca: string;
  /** Known to whoever can read the file, so that other users of the machine stay out. */
  readonly token: string;
}

/** One cluster, one user, one context, as YAML. */
export function kubeconfigText({ url, ca, token }: KubeconfigContent): string {
  return `apiVersion: v1
kind: Config
current-context: playground
clusters:
  - name: playground
    cluster:
      server: ${url}
      certificate-authority-data: ${Buffer.from(ca).toString('base64')}
contexts:
  - name: playground
    context:
      cluster: playground
      user: playground-admin
      namespace: default
users:
  - name: playground-admin
    user:
      token: ${token}
`;
}
