/** Tells whether credentials have run out, without telling what they are. */
import { X509Certificate } from 'node:crypto';
import type { Credentials } from './connection.ts';

/** Why a server may not know us: the client certificate or the bearer token has expired; undefined if not. */
export function expiryOf(credentials: Credentials, nowMs: number): string | undefined {
  const certificateMs = certificateExpiryMs(credentials.tls.cert);
  if (certificateMs !== undefined && certificateMs < nowMs)
    return `the client certificate expired on ${day(certificateMs)}`;
  const tokenMs = tokenExpiryMs(credentials.headers);
  if (tokenMs !== undefined && tokenMs < nowMs) return `the token expired on ${day(tokenMs)}`;
  return undefined;
}

function certificateExpiryMs(cert: string | Buffer | undefined): number | undefined {
  if (cert === undefined) return undefined;
  try {
    return Date.parse(new X509Certificate(cert).validTo);
  } catch {
    return undefined;
  }
}

/** `exp` of a JSON Web Token (service accounts, OIDC); other tokens do not say. */
function tokenExpiryMs(headers: Credentials['headers']): number | undefined {
  const header = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const payload = /^Bearer [^.]+\.([^.]+)\./.exec(typeof header === 'string' ? header : '')?.[1];
  if (payload === undefined) return undefined;
  try {
    const claims: { exp?: unknown } | null = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return typeof claims?.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

function day(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
