/** The headers that ask the API server to treat us as somebody else. */
import type { UserEntry } from './file.ts';

/** Impersonate-* headers of a user; none without `as`. Source: client-go `transport.NewImpersonatingRoundTripper`. */
export function impersonationHeaders(user: UserEntry): Record<string, string | readonly string[]> {
  if (user.as === undefined || user.as === '') return {};
  const headers: Record<string, string | readonly string[]> = { 'Impersonate-User': headerValue(user.as) };
  if (user['as-uid'] !== undefined && user['as-uid'] !== '') headers['Impersonate-Uid'] = headerValue(user['as-uid']);
  const groups = user['as-groups'] ?? [];
  if (groups.length > 0) headers['Impersonate-Group'] = groups.map((group) => headerValue(group));
  for (const [key, values] of Object.entries(user['as-user-extra'] ?? {})) {
    if (values.length > 0) headers[`Impersonate-Extra-${escapeKey(key)}`] = values.map((value) => headerValue(value));
  }
  return headers;
}

/** Go sends header values as UTF-8 bytes, Node as latin1: without this, `jürgen` would be another user. */
export function headerValue(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Percent-encodes every byte that a header's name cannot carry, and `%` itself. */
function escapeKey(key: string): string {
  return [...Buffer.from(key, 'utf8')]
    .map((byte) => {
      const character = String.fromCodePoint(byte);
      const legal = /[A-Za-z0-9!#$&'*+\-.^_`|~]/.test(character);
      return legal ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
