/** Client certificates: do they fit their key, and are they valid now? */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { ClusterError } from '../../errors.ts';

/** A client certificate (leaf first) and its key, both PEM. Secret: never printed. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Reads a pair, or says in one line what is wrong with it. `names` are what the two are called in the message. */
export function readPair(
  cert: string,
  key: string,
  names: { readonly cert: string; readonly key: string },
): CertificatePair | { readonly problem: string } {
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(cert);
  } catch {
    return { problem: `${names.cert} holds no PEM certificate` };
  }
  let fits: boolean;
  try {
    fits = leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    return {
      problem: /ENCRYPTED/.test(key)
        ? `${names.key} is encrypted; Kubernetes clients need a plain key`
        : `${names.key} holds no PEM private key`,
    };
  }
  if (!fits) return { problem: `${names.key} is not the key of ${names.cert}` };
  return { cert, key, notBeforeMs: Date.parse(leaf.validFrom), notAfterMs: Date.parse(leaf.validTo) };
}

/** Throws `cluster.certificate` when the pair is not valid at `nowMs`; `owner` such as `user "admin"`. */
export function assertValidNow(pair: CertificatePair, nowMs: number, owner: string): void {
  if (nowMs > pair.notAfterMs) {
    throw new ClusterError(`the client certificate of ${owner} expired on ${date(pair.notAfterMs)}`, {
      code: 'cluster.certificate',
      hint: 'Renew it; for the administrator of a kubeadm cluster: kubeadm certs renew admin.conf, on a control-plane node.',
    });
  }
  if (nowMs < pair.notBeforeMs) {
    throw new ClusterError(
      `the client certificate of ${owner} is valid only from ${date(pair.notBeforeMs)}, and it is ${date(nowMs)} here`,
      { code: 'cluster.certificate', hint: 'Check the clock of this machine.' },
    );
  }
}

function date(ms: number): string {
  return new Date(ms).toISOString().replace('.000', '');
}
