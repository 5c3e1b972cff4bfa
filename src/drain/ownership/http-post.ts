/** POSTs a text to a URL of the user, outside of the cluster. */
import http from 'node:http';
import https from 'node:https';

/**
 * Sends `body` as JSON and resolves to the status of the answer; redirects are not followed, the answer's body is not
 * read. Rejects when there was no answer, with the signal's reason when it aborted. Messages never hold the URL.
 */
export type Post = (url: string, body: string, options: { readonly signal: AbortSignal }) => Promise<number>;

/** {@link Post} on a connection of its own. User and password of the URL become basic authentication. */
export const httpPost: Post = (url, body, { signal }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const target = URL.canParse(url) ? new URL(url) : undefined;
    if (!target) throw new Error('this is not a URL');
    const { request } = target.protocol === 'https:' ? https : http;
    const outgoing = request(target, {
      method: 'POST',
      agent: false,
      signal,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'kmaint',
      },
    });
    outgoing.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    outgoing.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    outgoing.end(body);
  });
