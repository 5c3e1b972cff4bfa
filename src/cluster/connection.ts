/** How to reach one API server as one user: what the kubeconfig and the flags come to. */
import type { Kubectl } from '../cli/kubectl.ts';
import type { Identity } from './cluster.ts';

/** kubectl's connection flags; each overrides what the kubeconfig says. */
export interface ConnectionOptions {
  /** One file; without it `KUBECONFIG`, then `~/.kube/config`, then the pod's service account. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly certificateAuthority?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly tlsServerName?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly as?: string | undefined;
  readonly asGroups?: readonly string[] | undefined;
  readonly asUid?: string | undefined;
  readonly disableCompression?: boolean | undefined;
}

/** TLS settings of one connection; PEM data, never paths. Secret: never printed. */
export interface TlsMaterial {
  readonly ca: string | Buffer | undefined;
  readonly cert: string | Buffer | undefined;
  readonly key: string | Buffer | undefined;
  readonly servername: string | undefined;
  readonly rejectUnauthorized: boolean;
}

/** What one request needs to be us. */
export interface Credentials {
  /** Authorization and Impersonate-* headers; a repeated header is an array. Secret: never printed. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tls: TlsMaterial;
  /** Changes when `tls` does, so that connections made with the former are not reused. */
  readonly tlsFingerprint: string;
}

/** One API server and one user, ready to ask. */
export interface Connection {
  readonly identity: Identity;
  /** Writes commands of kubectl that reach this server as this user; secrets are left out. */
  readonly kubectl: Kubectl;
  /** Base URL, without a trailing slash; may carry a path (proxies such as Rancher's). */
  readonly server: string;
  /** Namespace of the context or of the flag; `default` without either. */
  readonly namespace: string;
  /** http(s):// or socks5:// URL of the proxy, from `proxy-url` or the environment; may hold a password. */
  readonly proxyUrl: string | undefined;
  readonly compression: boolean;
  /**
   * Current credentials; concurrent calls share one run of an exec plugin, its answer is kept until it expires.
   * `rejected` says that the server answered 401 to the last ones: whatever is cached is dropped.
   */
  credentials(options: { readonly signal: AbortSignal; readonly rejected?: boolean }): Promise<Credentials>;
}
