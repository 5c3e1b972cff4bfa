/** What passes between the HTTP server of the playground and the parts that answer: a request, an answer, a world. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../clock.ts';
import type { ResourceType } from '../objects.ts';
import type { Registry, Store } from '../ports.ts';

export interface ApiRequest {
  /** In capitals. */
  readonly method: string;
  /** As it came, without the query; its segments are still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The whole body, empty when there is none; may be called again. */
  readBody(): Promise<Buffer>;
  /** Aborts when the client has gone or the server closes. */
  readonly signal: AbortSignal;
}

/** Where a stream is written to. */
export interface Sink {
  /** Resolves when there is room for more; rejects when nobody listens any longer. */
  write(chunk: string | Buffer): Promise<void>;
  /** Breaks the connection instead of ending the answer properly. */
  destroy(): void;
}

/** An answer; exactly one of `json`, `text` and `stream` is its body. */
export interface Answer {
  readonly status: number;
  /** Besides content-type (application/json unless said here) and content-length. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An object, to be serialised. */
  readonly json?: object;
  /** Text as it is: JSON that was serialised already, or another type when the headers say so. */
  readonly text?: string;
  /** Writes the body bit by bit; the answer ends when it resolves. The request's signal aborts when the client goes. */
  readonly stream?: (sink: Sink) => Promise<void>;
}

/** What everything that answers is given. */
export interface ApiWorld {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
}

/** The object that a subresource belongs to, as the path names it. */
export interface Target {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Answers for `log`, and other subresources that are no part of the object. Refusals are thrown as ApiStatus. */
export type Subresource = (request: ApiRequest, target: Target, world: ApiWorld) => Promise<Answer>;
