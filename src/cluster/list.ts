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
    const page: WireList<T> = readPage(await coming);
    const next = page.metadata?.continue;
    resourceVersion = page.metadata?.resourceVersion ?? '';
    // The server makes the next page while this one is narrowed.
    coming = next ? ask(next) : undefined;
    // Should narrowing throw, nobody waits for it any more.
    coming?.catch(() => {});
    for (const item of page.items ?? []) items.push(narrow(item));
  }
  return { items, resourceVersion };
}

/** A function of its own, so that the text of a page is not kept until the next one is there. */
function readPage<T>(response: ApiResponse): WireList<T> {
  if (response.status !== 200) throw response.error();
  return response.json();
}

function isExpired(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'cluster.expired';
}
