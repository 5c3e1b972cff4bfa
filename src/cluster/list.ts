/** Lists of any size: page by page, started again when the server forgot the pages. */
import { ClusterError } from '../errors.ts';
import type { ApiResponse } from './response.ts';
import type { Transport } from './transport.ts';

export interface ListOptions<T = unknown, U = T> {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  /** Objects a page; 0 asks for all at once. */
  readonly chunkSize?: number | undefined;
  readonly signal: AbortSignal;
  /** Applied page by page, so that a long list never stands in memory as it came; without it objects stay raw. */
  readonly narrow?: ((raw: T) => U) | undefined;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** Of the list as a whole: a watch from here misses nothing. */
  readonly resourceVersion: string;
}

interface WireList<T> {
  items?: T[] | null;
  metadata?: { resourceVersion?: string; continue?: string };
}

/** kubectl's page. */
export const defaultChunkSize = 500;

/**
 * Reads a list to its end; `T` is `Wire<…>` of what the path holds.
 * @throws ClusterError for every answer but 200
 */
export async function listAll<T, U = T>(transport: Transport, options: ListOptions<T, U>): Promise<Listed<U>> {
  const chunkSize = options.chunkSize ?? defaultChunkSize;
  try {
    return await listPages(transport, options, chunkSize);
  } catch (error) {
    if (!isExpired(error)) throw error;
  }
  // etcd compacted the revision of the first page away (5 min). A list that takes longer than that asks for all at once.
  try {
    return await listPages(transport, options, chunkSize);
  } catch (error) {
    if (!isExpired(error)) throw error;
    return listPages(transport, options, 0);
  }
}

async function listPages<T, U>(
  transport: Transport,
  options: ListOptions<T, U>,
  chunkSize: number,
): Promise<Listed<U>> {
  const { path, query, signal, narrow = (raw: T) => raw as unknown as U } = options;
  const ask = (next: string | undefined): Promise<ApiResponse> =>
    transport.request({
      method: 'GET',
      path,
      query: { ...query, limit: chunkSize > 0 ? chunkSize : undefined, continue: next },
      signal,
    });
  const items: U[] = [];
  let coming: Promise<ApiResponse> | undefined = ask(undefined);
  let resourceVersion = '';
  while (coming) {
    const response = await coming;
    if (response.status !== 200) throw response.error();
    // The server makes the next page while this one is parsed and narrowed.
    const early = continueOf(response.text());
    coming = early === undefined ? undefined : ask(early);
    // Should this page be of no use, nobody waits for the next one.
    coming?.catch(() => {});
    // The request only leaves when we let go, and parsing does not: a turn of the event loop, no time.
    if (coming) await new Promise((resolve) => void setImmediate(resolve));
    const page: WireList<T> = response.json();
    const next = page.metadata?.continue;
    if (!coming && next) coming = ask(next);
    resourceVersion = page.metadata?.resourceVersion ?? '';
    for (const item of page.items ?? []) items.push(narrow(item));
  }
  return { items, resourceVersion };
}

/** A list's own metadata stands before its items, if the server keeps to the order of all its versions. */
const listHead = /^\{"kind":"\w+","apiVersion":"[\w./]+","metadata":\{[^{}]*?"continue":"([\w-]+=*)"[,}]/;

/** Where the next page begins, told from the first words of this one; undefined when it does not say so there. */
function continueOf(text: string): string | undefined {
  return listHead.exec(text.slice(0, 4096))?.[1];
}

function isExpired(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'cluster.expired';
}
