/** Asks an OpenID Connect provider for a new id-token. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import * as z from 'zod/mini';

export interface RefreshRequest {
  readonly issuerUrl: string;
  readonly clientId: string;
  /** Empty for public clients. Secret. */
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** PEM; undefined means the system's authorities. */
  readonly caPem: string | undefined;
  readonly signal: AbortSignal;
}

export interface RefreshedTokens {
  readonly idToken: string;
  /** Set when the provider replaced the refresh token: the former one may be void now. */
  readonly refreshToken: string | undefined;
}

const metadataSchema = z.object({ token_endpoint: z.string() });
const tokensSchema = z.object({ id_token: z.optional(z.string()), refresh_token: z.optional(z.string()) });

/**
 * Refreshes by discovery and the refresh_token grant, as client-go's `plugin/pkg/client/auth/oidc`.
 * Throws an Error whose message never holds a token.
 */
export async function refreshTokens(options: RefreshRequest): Promise<RefreshedTokens> {
  const wellKnown = `${options.issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const found = await send(wellKnown, { ...options, method: 'GET', headers: {}, body: '' });
  if (found.status !== 200) throw new Error(`${wellKnown} answered ${found.status}`);
  const metadata = metadataSchema.safeParse(json(found.body));
  if (!metadata.success) throw new Error(`${wellKnown} names no token_endpoint`);
  const endpoint = metadata.data.token_endpoint;

  const grant = { grant_type: 'refresh_token', refresh_token: options.refreshToken };
  const post = (headers: Record<string, string>, form: Record<string, string>) =>
    send(endpoint, {
      ...options,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
    });
  // As golang.org/x/oauth2: providers take the client's secret in a header or in the body; try both, header first.
  const pair = `${encodeURIComponent(options.clientId)}:${encodeURIComponent(options.clientSecret)}`;
  let answer = await post({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, grant);
  if (answer.status !== 200) {
    const secret = options.clientSecret === '' ? {} : { client_secret: options.clientSecret };
    answer = await post({}, { ...grant, client_id: options.clientId, ...secret });
  }
  if (answer.status !== 200) throw new Error(`${endpoint} answered ${answer.status}`);
  const tokens = tokensSchema.safeParse(json(answer.body));
  if (!tokens.success || tokens.data.id_token === undefined) {
    throw new Error(`${endpoint} answered without an id_token; was the scope "openid" asked for at login?`);
  }
  return { idToken: tokens.data.id_token, refreshToken: tokens.data.refresh_token };
}

interface Sent {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly caPem: string | undefined;
  readonly signal: AbortSignal;
}

function send(url: string, sent: Sent): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const secure = new URL(url).protocol === 'https:';
    const request = (secure ? httpsRequest : httpRequest)(
      url,
      {
        method: sent.method,
        headers: { accept: 'application/json', ...sent.headers },
        signal: sent.signal,
        ...(secure && sent.caPem !== undefined && { ca: sent.caPem }),
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(sent.body);
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
