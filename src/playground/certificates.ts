/** The playground's own certificate authority, made anew for each playground, and the certificate of its server. */

export interface ServerIdentity {
  /** PEM texts. */
  readonly key: string;
  readonly cert: string;
  /** Of the authority: what clients have to trust. Its key is forgotten. */
  readonly ca: string;
}

/** From an hour ago, for clocks that differ, to a year from now: a playground does not live that long. */
const validFromMs = -3_600_000;
const validForMs = 365 * 86_400_000;

/** Makes both; elliptic curves, because a pair of RSA keys alone takes longer than everything else at the start. */
export async function makeServerIdentity(nowMs: number): Promise<ServerIdentity> {
  // Loaded late: half a megabyte that only a playground needs.
  const { generate } = await import('selfsigned');
  const options = {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs + validFromMs),
    notAfterDate: new Date(nowMs + validForMs),
  } as const;
  const authority = await generate([{ name: 'commonName', value: 'kmaint-playground-ca' }], {
    ...options,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'kube-apiserver' }], {
    ...options,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: server.private, cert: server.cert, ca: authority.cert };
}
