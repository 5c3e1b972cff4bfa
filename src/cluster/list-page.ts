/** One page of a list, as JSON or protobuf: where the next one begins is known before its objects are read. */
import { openList } from './protobuf/envelope.ts';
import type { Message } from './protobuf/table.ts';
import type { ApiResponse } from './response.ts';

export interface Page<T> {
  /** Where the next page begins, as far as that is known without reading this one. */
  readonly next: string | undefined;
  /** @throws ClusterError or MalformedMessage, also while the items are read */
  read(): PageContent<T>;
}

export interface PageContent<T> {
  readonly items: Iterable<T>;
  /** Undefined for the last page. */
  readonly next: string | undefined;
  readonly resourceVersion: string;
}

interface WireList<T> {
  items?: T[] | null;
  metadata?: { resourceVersion?: string; continue?: string };
}

/**
 * The page in this answer; `protobuf` is what was asked for.
 * @throws MalformedMessage
 */
export async function openPage<T>(
  response: ApiResponse,
  protobuf: { readonly kind: string; readonly item: Message } | undefined,
): Promise<Page<T>> {
  if (!response.protobuf || !protobuf) return jsonPage(response);
  const { kind, item } = protobuf;
  const page = await openList(response.protobuf, kind, item);
  const next = page.continue || undefined;
  const { resourceVersion } = page;
  return { next, read: () => ({ items: page.items() as Iterable<T>, next, resourceVersion }) };
}

function jsonPage<T>(response: ApiResponse): Page<T> {
  return {
    next: continueOf(response.text()),
    read() {
      const { items, metadata }: WireList<T> = response.json();
      return {
        items: items ?? [],
        next: metadata?.continue || undefined,
        resourceVersion: metadata?.resourceVersion ?? '',
      };
    },
  };
}

/** A list's own metadata stands before its items, if the server keeps to the order of all its versions. */
const listHead = /^\{"kind":"\w+","apiVersion":"[\w./]+","metadata":\{[^{}]*?"continue":"([\w-]+=*)"[,}]/;

/** Where the next page begins, told from the first words of this one; undefined when it does not say so there. */
function continueOf(text: string): string | undefined {
  return listHead.exec(text.slice(0, 4096))?.[1];
}
