// A small client of the Kubernetes API for tests; shares nothing with src, so that the two cannot be wrong together.

import { readFileSync } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from 'js-yaml';

/** A field of any object whose shape a test knows better than the compiler. */
export type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };

/** Any Kubernetes object; give a narrower type to {@link Api.get} where a test reads more than the metadata. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    deletionTimestamp?: string;
    creationTimestamp?: string;
    ownerReferences?: { kind: string; name: string; uid: string; apiVersion: string; controller?: boolean }[];
  };
}

/** The server's answer as it came: any status, headers in lower case, JSON parsed, anything else as text. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: unknown;
}

/** How a single request differs from the plainest one. */
export interface RequestOptions {
  readonly contentType?: string;
  readonly headers?: Record<string, string>;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

/** Thrown by the short verbs when the server answers with anything but 2xx. */
export class ApiError extends Error {
  readonly answer: ApiAnswer;
  constructor(method: string, path: string, answer: ApiAnswer) {
    super(`${method} ${path}: ${String(answer.status)} ${JSON.stringify(answer.body)}`);
    this.answer = answer;
  }
}

/** One user's door to one API server. Paths are the API's, e.g. `/api/v1/nodes/node1`. */
export interface Api {
  /** URL of the server, without a path. */
  readonly server: string;
  /** PEM text of the certificate authority. */
  readonly authority: string;
  /** Any request, any answer; rejects only when there is none. */
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
  /** The object, an {@link ApiError} when it is not there. */
  get<T = KubeObject>(path: string): Promise<T>;
  /** The object, or undefined on 404. */
  find<T = KubeObject>(path: string): Promise<T | undefined>;
  /** The items of a list, in one page. */
  list<T = KubeObject>(path: string): Promise<T[]>;
  create<T = KubeObject>(path: string, body: unknown): Promise<T>;
  /** A merge patch, unless `contentType` says otherwise. */
  patch<T = KubeObject>(path: string, body: unknown, contentType?: string): Promise<T>;
  /** Deletes an object or a collection; one that is gone already is no error. */
  delete(path: string, options?: unknown): Promise<void>;
  /** The answer's body as it comes, for passing on what somebody else asked. */
  stream(method: string, path: string, headers: OutgoingHttpHeaders, body: string): Promise<IncomingMessage>;
  /** Gives up the connections. */
  close(): void;
}

interface KubeconfigFile {
  'current-context': string;
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: { name: string; cluster: Record<string, string | undefined> }[];
  users: { name: string; user: Record<string, string | undefined> }[];
}

function named<T extends { name: string }>(entries: readonly T[], name: string, what: string): T {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`the kubeconfig has no ${what} ${name}`);
  return found;
}

/** The PEM text of `FIELD-data`, or of the file that `FIELD` names. */
function pem(entry: Record<string, string | undefined>, field: string, folder: string): string | undefined {
  const data = entry[`${field}-data`];
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  const file = entry[field];
  return file === undefined ? undefined : readFileSync(resolve(folder, file), 'utf8');
}

/** JSON parsed, other text as it is; a watch's events, one a line, as an array. */
function parsed(text: string, contentType: string | undefined, isWatch: boolean): unknown {
  if (contentType?.startsWith('application/json') !== true || text === '') return text;
  if (!isWatch) return JSON.parse(text);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line): unknown => JSON.parse(line));
}

/**
 * Opens a kubeconfig's current context: client certificates and tokens, as data or in files.
 * @throws {Error} when the file cannot be read or lacks an entry
 */
export function connect(kubeconfig: string): Api {
  const config = load(readFileSync(kubeconfig, 'utf8')) as KubeconfigFile;
  const { context } = named(config.contexts, config['current-context'], 'context');
  const { cluster } = named(config.clusters, context.cluster, 'cluster');
  const { user } = named(config.users, context.user, 'user');
  const folder = dirname(kubeconfig);
  const server = (cluster['server'] ?? '').replace(/\/+$/, '');
  const authority = pem(cluster, 'certificate-authority', folder) ?? '';
  const key = pem(user, 'client-key', folder);
  const cert = pem(user, 'client-certificate', folder);
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 32,
    ...(authority === '' ? {} : { ca: authority }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
  const authorization: Record<string, string> =
    user['token'] === undefined ? {} : { authorization: `Bearer ${user['token']}` };

  function request(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<ApiAnswer> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers: Record<string, string> = { accept: 'application/json', ...authorization, ...options.headers };
    if (payload !== undefined) {
      headers['content-type'] = options.contentType ?? 'application/json';
      // Said by hand: Node frames the body of a DELETE neither by length nor by chunks, and spoils the connection.
      headers['content-length'] = String(Buffer.byteLength(payload));
    }
    return new Promise((resolveAnswer, reject) => {
      const outgoing = httpsRequest(`${server}${path}`, { method, agent, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          try {
            const answer = parsed(text, incoming.headers['content-type'], path.includes('watch='));
            resolveAnswer({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: answer });
          } catch (error) {
            reject(error);
          }
        });
      });
      const timeoutMs = options.timeoutMs ?? 30_000;
      outgoing.setTimeout(timeoutMs, () =>
        outgoing.destroy(new Error(`${method} ${path}: silent for ${String(timeoutMs)} ms`)),
      );
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  }

  async function expectOk(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<unknown> {
    const answer = await request(method, path, body, options);
    if (answer.status < 200 || answer.status > 299) throw new ApiError(method, path, answer);
    return answer.body;
  }

  async function find<T>(path: string): Promise<T | undefined> {
    const answer = await request('GET', path);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new ApiError('GET', path, answer);
    return answer.body as T;
  }

  return {
    server,
    authority,
    request,
    find,
    get: async <T>(path: string) => (await expectOk('GET', path)) as T,
    list: async <T>(path: string) => ((await expectOk('GET', path)) as { items: T[] }).items,
    create: async <T>(path: string, body: unknown) => (await expectOk('POST', path, body)) as T,
    patch: async <T>(path: string, body: unknown, contentType = 'application/merge-patch+json') =>
      (await expectOk('PATCH', path, body, { contentType })) as T,
    delete: async (path, options) => {
      const answer = await request('DELETE', path, options);
      if (answer.status !== 404 && (answer.status < 200 || answer.status > 299)) {
        throw new ApiError('DELETE', path, answer);
      }
    },
    stream: (method, path, headers, body) =>
      new Promise((resolveAnswer, reject) => {
        const asked = { ...headers, ...authorization, 'content-length': String(Buffer.byteLength(body)) };
        httpsRequest(`${server}${path}`, { method, agent, headers: asked }, resolveAnswer)
          .on('error', reject)
          .end(body);
      }),
    close: () => agent.destroy(),
  };
}

/**
 * Asks again and again until `probe` has an answer.
 * @param what named in the error, e.g. `3 nodes to be Ready`
 * @param probe the answer, or undefined for "not yet"
 * @param timing default: every 50 ms, for 30 s
 * @throws {Error} when the time is up, with what `describe` says of the last state
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  timing: { readonly everyMs?: number; readonly timeoutMs?: number; readonly describe?: () => Promise<string> } = {},
): Promise<T> {
  const timeoutMs = timing.timeoutMs ?? 30_000;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() >= deadline) {
      // oxlint-disable-next-line no-await-in-loop
      const state = timing.describe === undefined ? '' : `: ${await timing.describe()}`;
      throw new Error(`waited ${String(timeoutMs)} ms in vain for ${what}${state}`);
    }
    // oxlint-disable-next-line no-await-in-loop
    await sleep(timing.everyMs ?? 50);
  }
}
