/** Reads the page with which a kubelet answers for a folder below /var/log. */

/** The names of its entries, as Go's `http.FileServer` lists them; folders end with a slash. */
export function namesIn(page: string): readonly string[] {
  return [...page.matchAll(/<a href="([^"]*)">/g)].map(([, link = '']) => decoded(link.replaceAll('&amp;', '&')));
}

function decoded(link: string): string {
  try {
    return decodeURIComponent(link.replace(/^\.\//, ''));
  } catch {
    return link;
  }
}
