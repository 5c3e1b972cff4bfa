/** Opens the log of a node through the API server (KEP-2258, NodeLogQuery) and says how it was answered. */
import type { IncomingMessage } from 'node:http';
import { ClusterError } from '../errors.ts';
import type { Transport } from './transport.ts';

/** Units of the node's journal; what is undefined is not sent. */
export interface NodeUnitsQuery {
  readonly kind: 'units';
  /** One to four names of `[a-zA-Z0-9_@-]`, without `.service`. */
  readonly units: readonly string[];
  /** RFC 3339; the kubelet knows whole seconds. */
  readonly sinceTime?: string | undefined;
  readonly untilTime?: string | undefined;
  /** Up to 100000. */
  readonly tailLines?: number | undefined;
  /** 0 is the running boot, -1 the one before. */
  readonly boot?: number | undefined;
  /** PCRE2, as in `journalctl --grep`. */
  readonly pattern?: string | undefined;
}

/** A file below /var/log, whole: the kubelet filters none. */
export interface NodeFileQuery {
  readonly kind: 'file';
  /** Below /var/log, without a slash before it. */
  readonly path: string;
}

/** A folder below /var/log: a page of HTML with a link to each of its files. */
export interface NodeFolderQuery {
  readonly kind: 'folder';
  /** Without a slash before or behind it. */
  readonly path: string;
}

export type NodeLogQuery = NodeUnitsQuery | NodeFileQuery | NodeFolderQuery;

/** How the node's log was answered; every expected answer is a member, none an exception. */
export type NodeLogAnswer =
  /** Text, until the kubelet has no more or cuts it off after 30 s. Whoever gets it reads or destroys it. */
  | { readonly kind: 'stream'; readonly body: IncomingMessage }
  /** The kubelet takes no queries, or serves no logs at all. */
  | { readonly kind: 'not-enabled'; readonly message: string }
  | { readonly kind: 'no-node'; readonly message: string }
  | { readonly kind: 'no-file'; readonly message: string }
  /** The user may not, or the API server may not ask the kubelet. */
  | { readonly kind: 'forbidden'; readonly error: ClusterError }
  /** The node has no log of that name, or no journal; said by the kubelet in words, as a success. */
  | { readonly kind: 'no-log'; readonly message: string }
  /** journalctl does not take the pattern or the times; said in words, too. */
  | { readonly kind: 'bad-query'; readonly message: string }
  /** The unit writes to a file, of which the kubelet shows all or nothing: ask again without options. */
  | { readonly kind: 'is-file'; readonly message: string }
  /** Worth another try. */
  | { readonly kind: 'transient'; readonly message: string; readonly retryAfterMs: number | undefined }
  /** Will not get better by itself. */
  | { readonly kind: 'refused'; readonly error: ClusterError };

/** The kubelet may say nothing for the 30 s that it allows a journal to be searched. */
const silenceMs = 45_000;

/** Needs `get` on `nodes/proxy`. Throws only the signal's reason. */
export async function openNodeLog(
  transport: Transport,
  node: string,
  query: NodeLogQuery,
  signal: AbortSignal,
): Promise<NodeLogAnswer> {
  try {
    const path = `/api/v1/nodes/${encodeURIComponent(node)}/proxy/logs/${restOf(query)}`;
    // To a kubelet that is asked for JSON alone, its own logs are not acceptable (406).
    const body = await transport.stream({ method: 'GET', path, accept: '*/*', signal, timeoutMs: silenceMs });
    const refusal = refusalOf(body, await beginningOf(body), query);
    if (signal.aborted) throw signal.reason;
    if (!refusal) return { kind: 'stream', body };
    body.destroy();
    return refusal;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (!(error instanceof ClusterError)) throw error;
    return answerOf(error, query);
  }
}

function restOf(query: NodeLogQuery): string {
  if (query.kind !== 'units') {
    return query.path.split('/').map(encodeURIComponent).join('/') + (query.kind === 'folder' ? '/' : '');
  }
  const { kind: _, units, ...options } = query;
  const words = new URLSearchParams(units.map((unit): [string, string] => ['query', unit]));
  for (const [name, value] of Object.entries(options)) if (value !== undefined) words.set(name, String(value));
  return `?${words.toString()}`;
}

function answerOf(error: ClusterError, { kind }: NodeLogQuery): NodeLogAnswer {
  const { message, status } = error;
  if (error.code === 'cluster.not-found') return { kind: 'no-node', message };
  // Without a Status it is the kubelet's own 404: the handler, or the file, is not there.
  if (status === 404) return { kind: kind === 'units' ? 'not-enabled' : 'no-file', message };
  // "logs endpoint is disabled." where enableSystemLogHandler is off.
  if (status === 405) return { kind: 'not-enabled', message };
  if (error.code === 'cluster.forbidden') return { kind: 'forbidden', error };
  if (error.transient) return { kind: 'transient', message, retryAfterMs: error.retryAfterMs };
  return { kind: 'refused', error };
}

/** The first bytes as text, which stay to be read; empty for an empty or broken body. */
function beginningOf(body: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const settle = (text: string): void => {
      body.off('readable', look);
      body.off('close', none);
      resolve(text);
    };
    const none = (): void => settle('');
    function look(): void {
      const chunk = body.read() as Buffer | null;
      if (chunk) body.unshift(chunk);
      settle(chunk?.toString('latin1', 0, 2000) ?? '');
    }
    body.once('readable', look);
    body.once('close', none);
  });
}

/** What the kubelet says in words although the answer is a success; undefined where the text is a log. */
function refusalOf(body: IncomingMessage, beginning: string, { kind }: NodeLogQuery): NodeLogAnswer | undefined {
  if (kind === 'folder') return undefined;
  // A kubelet that knows no queries overlooks them, and lists the folder.
  const html = body.headers['content-type']?.startsWith('text/html') === true;
  if (html && /^(?:<!doctype html>\s*(?:<meta[^>]*>\s*)*)?<pre>/i.test(beginning)) {
    return { kind: 'not-enabled', message: 'the kubelet answers with a list of the files in /var/log' };
  }
  return kind === 'file' ? undefined : spokenRefusal(beginning);
}

export interface SpokenRefusal {
  readonly kind: 'no-log' | 'bad-query' | 'is-file';
  readonly message: string;
}

/** A kubelet's or journalctl's own words among the lines of a log; undefined for all that is none. */
export function spokenRefusal(text: string): SpokenRefusal | undefined {
  const [message = ''] = text.trimStart().split('\n', 1);
  for (const [kind, words] of spoken) if (words.test(message)) return { kind, message };
  return undefined;
}

const spoken: readonly (readonly [SpokenRefusal['kind'], RegExp])[] = [
  ['is-file', /^options present and query resolved to log files/],
  ['bad-query', /^(?:Bad pattern "|Failed to parse timestamp: |--since= must be before --until=)/],
  [
    'no-log',
    /^(?:failed to get logs for |failed to get logging cmd: |log not found for |error: journal output not available|No journal files were (?:found|opened))/,
  ],
];
