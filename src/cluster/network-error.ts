/** Turns what Node says of sockets and TLS into an error that says which server, why and what next. */
import type { Kubectl } from '../cli/kubectl.ts';
import { ClusterError, type ClusterErrorCode } from '../errors.ts';

export interface Route {
  /** URL of the API server, fit to be printed. */
  readonly server: string;
  /** Writes commands that reach it. */
  readonly kubectl: Kubectl;
  /** Host of the proxy on the way, if any; its URL may hold a password. */
  readonly proxyHost: string | undefined;
}

interface Reason {
  readonly why: string;
  readonly hint?: string;
  /** Perhaps it is another server than the one that was meant. */
  readonly wrongServer?: true;
  readonly code?: ClusterErrorCode;
}

const wasCut = 'the connection was cut';
const trust = 'name the right CA with --certificate-authority, or fetch a fresh kubeconfig for this cluster';
const ownCertificate = 'fetch a fresh kubeconfig: the client certificate is not one that this server accepts';

const reasons: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: { why: 'connection refused', wrongServer: true },
  ENOTFOUND: { why: 'no such host', hint: 'check the name in the kubeconfig, DNS and VPN', wrongServer: true },
  EAI_AGAIN: { why: 'its name cannot be resolved at the moment', hint: 'check DNS and VPN, then try again' },
  ETIMEDOUT: { why: 'no answer to the attempt to connect', hint: 'check VPN and firewalls', wrongServer: true },
  EHOSTUNREACH: { why: 'no route to its host', hint: 'check VPN and firewalls' },
  ENETUNREACH: { why: 'no route to its network', hint: 'check VPN and firewalls' },
  ECONNRESET: {
    why: wasCut,
    hint: 'try again; if it stays so, look at proxies and load balancers on the way',
  },
  EPIPE: {
    why: wasCut,
    hint: 'try again; if it stays so, look at proxies and load balancers on the way',
  },
  ERR_STREAM_PREMATURE_CLOSE: {
    why: wasCut,
    hint: 'try again; if it stays so, look at proxies and load balancers on the way',
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    why: 'its certificate was signed by an unknown CA',
    hint: trust,
    code: 'cluster.certificate',
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    why: 'its certificate was signed by an unknown CA',
    hint: trust,
    code: 'cluster.certificate',
  },
  UNABLE_TO_GET_ISSUER_CERT: {
    why: 'its certificate was signed by an unknown CA',
    hint: trust,
    code: 'cluster.certificate',
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    why: 'its certificate was signed by an unknown CA',
    hint: trust,
    code: 'cluster.certificate',
  },
  CERT_SIGNATURE_FAILURE: {
    why: 'its certificate was signed by another CA of the same name',
    hint: trust,
    code: 'cluster.certificate',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: { why: 'its certificate is self-signed', hint: trust, code: 'cluster.certificate' },
  CERT_HAS_EXPIRED: {
    why: 'its certificate has expired',
    hint: 'renew it on the server (kubeadm certs check-expiration), and check the clock of this machine',
    code: 'cluster.certificate',
  },
  CERT_NOT_YET_VALID: {
    why: 'its certificate is not valid yet',
    hint: 'check the clock of this machine',
    code: 'cluster.certificate',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: 'its certificate was issued for other names',
    hint: 'use a name that the certificate holds, or say which with --tls-server-name',
    code: 'cluster.certificate',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    why: 'it does not speak TLS',
    hint: 'use http:// in the URL of the server, or the right port',
    code: 'cluster.invalid',
  },
  EPROTO: { why: 'it does not speak TLS as we do', wrongServer: true, code: 'cluster.invalid' },
  ERR_INVALID_CHAR: {
    why: 'the credentials hold characters that HTTP does not allow',
    hint: 'look for line breaks in the token of the kubeconfig',
    code: 'cluster.credentials',
  },
  HPE_INVALID_CONSTANT: { why: 'it does not speak HTTP', wrongServer: true, code: 'cluster.invalid' },
};

/** True where a connection was cut, as a server does with one that it thought idle. */
export function isReset(error: Error): boolean {
  const code = codeOf(error);
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Node's error as ours; one that is ours already passes. The message never holds credentials. */
export function networkError(error: Error, route: Route): ClusterError {
  if (error instanceof ClusterError) return error;
  const code = codeOf(error);
  const via = route.proxyHost === undefined ? '' : ` through the proxy ${route.proxyHost}`;
  const {
    why,
    hint,
    wrongServer,
    code: kind = 'cluster.unreachable',
  } = reasons[isPlainHttp(error) ? 'ERR_SSL_WRONG_VERSION_NUMBER' : code] ?? otherReason(error, code, route);
  return new ClusterError(
    `cannot reach the API server ${route.server}${via}: ${why}${code === '' ? '' : ` (${code})`}`,
    {
      code: kind,
      hint: [hint, wrongServer && rightServer(route)].filter(Boolean).join('; '),
      cause: error,
    },
  );
}

function rightServer({ kubectl }: Route): string {
  return `is it running, and is it the right one? ${kubectl('config', 'view', '--minify')}`;
}

/** There was a connection, and it was cut, or a gateway gave up waiting for the answer to it. */
export function isCut({ cause, code, status }: ClusterError): boolean {
  if (code === 'cluster.timeout' && status === 504) return true;
  return cause instanceof Error && reasons[codeOf(cause)]?.why === wasCut;
}

/** OpenSSL's words for an answer that is no TLS; Node's code differs from version to version. */
function isPlainHttp(error: Error): boolean {
  return /wrong version number|packet length too long/i.test(error.message);
}

function otherReason(error: Error, code: string, route: Route): Reason {
  // Alerts that a TLS server sends for the client's certificate, such as ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED.
  const alert = /^ERR_SSL_.*ALERT_(.*)$/.exec(code)?.[1];
  if (alert !== undefined && /CERT|UNKNOWN_CA|ACCESS_DENIED/.test(alert)) {
    return { why: 'it refused the client certificate', hint: ownCertificate, code: 'cluster.certificate' };
  }
  if (/^(ERR_(OSSL|TLS|SSL)_|CERT_|UNABLE_TO_|INVALID_|HOSTNAME_)/.test(code)) {
    return {
      why: 'TLS failed',
      hint: 'check the CA, the client certificate and its key',
      wrongServer: true,
      code: 'cluster.certificate',
    };
  }
  const refusal = /^Bad response: (\d+)$/.exec(error.message)?.[1];
  if (refusal !== undefined && route.proxyHost !== undefined) {
    const hint =
      refusal === '407'
        ? 'put user and password into the proxy URL'
        : 'check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY';
    return { why: `the proxy answered ${refusal}`, hint };
  }
  return { why: oneLine(error.message), wrongServer: true };
}

/** Node's code; an AggregateError (several addresses of one host) may only have it in its parts. */
function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) {
    const [first] = error.errors as unknown[];
    return first instanceof Error ? codeOf(first) : '';
  }
  return error.message === 'socket hang up' ? 'ECONNRESET' : '';
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
