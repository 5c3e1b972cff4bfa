/** Lists of any size: page by page, started again when the server forgot the pages. */
import { ClusterError } from '../errors.ts';
import { openPage, type Page } from './list-page.ts';
import { protobufOrJson } from './protobuf/envelope.ts';
import { MalformedMessage } from './protobuf/reader.ts';
import type { Message } from './protobuf/table.ts';
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
  /**
   * Asks for protobuf, of which no more than this message is read: `narrow` must look at nothing else. Servers that have
   * only JSON answer with that.
   */
  readonly protobuf?: { readonly kind: string; readonly item: Message } | undefined;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** Of the list as a whole: a watch from here misses nothing. */
  readonly resourceVersion: string;
}

/**
 * kubectl's page. Measured as protobuf: 250, 500 and 1,000 take about 200 MB for 30,000 pods, and fewer pages cost the
 * server less.
 */
export const defaultChunkSize = 500;

/**
 * Reads a list to its end; `T` is `Wire<…>` of what the path holds.
 * @throws ClusterError for every answer but 200
 */
export async function listAll<T, U = T>(transport: Transport, options: ListOptions<T, U>): Promise<Listed<U>> {
  try {
    return await listPatiently(transport, options);
  } catch (error) {
    // Something on the way does not leave protobuf as it is.
    if (!(error instanceof MalformedMessage)) throw error;
    return listPatiently(transport, { ...options, protobuf: undefined });
  }
}

async function listPatiently<T, U>(transport: Transport, options: ListOptions<T, U>): Promise<Listed<U>> {
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
  const { path, query, protobuf, signal, narrow = (raw: T) => raw as unknown as U } = options;
  const ask = (next: string | undefined): Promise<ApiResponse> =>
    transport.request({
      method: 'GET',
      path,
      query: { ...query, limit: chunkSize > 0 ? chunkSize : undefined, continue: next },
      accept: protobuf && protobufOrJson,
      signal,
    });
  const items: U[] = [];
  let coming: Promise<ApiResponse> | undefined = ask(undefined);
  let resourceVersion = '';
  while (coming) {
    const response = await coming;
    if (response.status !== 200) throw response.error();
    const page: Page<T> = await openPage<T>(response, protobuf);
    // The server makes the next page while this one is read and narrowed.
    coming = page.next === undefined ? undefined : ask(page.next);
    // Should this page be of no use, nobody waits for the next one.
    coming?.catch(() => {});
    // The request only leaves when we let go, and reading does not: a turn of the event loop, no time.
    if (coming) await new Promise((resolve) => void setImmediate(resolve));
    const read = page.read();
    if (!coming && read.next !== undefined) coming = ask(read.next);
    resourceVersion = read.resourceVersion;
    for (const item of read.items) items.push(narrow(item));
  }
  return { items, resourceVersion };
}

function isExpired(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'cluster.expired';
}
