/** URLs of one API server, whose own may carry a path. */

/** The server as it may be printed: without the user and password that a URL may hold. */
export function serverUrl(base: URL): string {
  return `${base.protocol}//${base.host}${base.pathname.replace(/\/$/, '')}`;
}

/** `path` below the server's base path, with a query; undefined values are left out. */
export function urlOf(
  base: URL,
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>> = {},
): URL {
  const url = new URL(serverUrl(base) + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}
