/** An answer that was read to its end, as callers of the transport get it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ClusterError } from '../errors.ts';
import type { Answer } from './answer.ts';
import { answerError, unreadableError, type Asked } from './api-error.ts';

export interface ApiResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  text(): string;
  /** The body, where it was asked for as protobuf and came so; then there is no text. */
  readonly protobuf: Buffer | undefined;
  /**
   * What JSON.parse gives; the receiver declares it as `Wire<…>`.
   * @throws ClusterError when the body is no JSON, as a proxy's login page is not
   */
  json(): ReturnType<JSON['parse']>;
  /** The error that this answer is, for whoever did not expect its status. */
  error(): ClusterError;
}

/** Wraps the answer to `asked`. */
export function responseOf(asked: Asked, answer: Answer): ApiResponse {
  return {
    status: answer.status,
    headers: answer.headers,
    text: () => answer.body,
    protobuf: answer.protobuf,
    json() {
      try {
        return JSON.parse(answer.body);
      } catch {
        throw unreadableError(asked, answer);
      }
    },
    error: () => answerError(asked, answer),
  };
}
