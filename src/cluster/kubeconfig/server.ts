/** The API server's address as kubectl reads it. */

export interface Server {
  /** With scheme, without trailing slash, query and credentials. */
  readonly url: string;
  /** Go sends credentials only over TLS. */
  readonly secure: boolean;
  /** `user:password` written into the address. Secret: never printed. */
  readonly userInfo: string | undefined;
}

/** Reads an address; without a scheme it is plain http, as in client-go's `rest.DefaultServerURL`. */
export function parseServer(address: string): Server {
  const text = withScheme(address.trim());
  const url = new URL(text);
  // The port is kept as written; URL drops the scheme's own, and the address is shown to people who compare it.
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(text)?.[1] ?? url.host;
  const at = authority.lastIndexOf('@');
  const userInfo = at < 0 ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    url: `${url.protocol}//${authority.slice(at + 1)}${url.pathname.replace(/\/+$/, '')}`,
    secure: url.protocol === 'https:',
    userInfo,
  };
}

/** What is wrong with an address, if anything; never quotes it when it holds a password. */
export function serverProblem(address: string): string | undefined {
  const trimmed = address.trim();
  const shown = trimmed.includes('@') ? '' : ` "${trimmed}"`;
  const url = URL.canParse(withScheme(trimmed)) ? new URL(withScheme(trimmed)) : undefined;
  if (!url || url.host === '') return `${shown.trimStart()} is not a URL`.trimStart();
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return `${shown.trimStart()} must be an https or http URL`.trimStart();
  if (withScheme(trimmed) !== trimmed && url.pathname !== '/') {
    return `${shown.trimStart()} must be a URL or host:port`.trimStart();
  }
  return undefined;
}

function withScheme(address: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
}
