/** An answer of the API server, and the Status object that explains a refusal in its body. */
import type { IncomingHttpHeaders } from 'node:http';
import { isProtobuf, readStatus } from './protobuf/envelope.ts';
import { MalformedMessage } from './protobuf/reader.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty where `protobuf` is set. */
  readonly body: string;
  /** The body of an answer that was asked for as protobuf and came so; a refusal is turned into JSON. */
  readonly protobuf?: Buffer | undefined;
}

/** The answer with this body. */
export async function answerWith(status: number, headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
  if (!isProtobuf(headers['content-type'])) return { status, headers, body: body.toString('utf8') };
  if (status >= 200 && status <= 299) return { status, headers, body: '', protobuf: body };
  return { status, headers, body: await statusText(body) };
}

async function statusText(body: Buffer): Promise<string> {
  try {
    return JSON.stringify(await readStatus(body));
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    return '';
  }
}

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
}

/** `metav1.Status`, narrowed: absent texts are empty. */
export interface Status {
  readonly message: string;
  /** Machine-readable, such as `NotFound`; empty for errors that the server did not classify. */
  readonly reason: string;
  /** Kind or resource that the error is about, such as `pods` or `poddisruptionbudget`. */
  readonly kind: string;
  readonly name: string;
  readonly causes: readonly StatusCause[];
  readonly retryAfterSeconds: number | undefined;
}

interface WireStatus {
  kind?: string;
  message?: string;
  reason?: string;
  details?: {
    kind?: string;
    name?: string;
    causes?: { reason?: string; message?: string }[];
    retryAfterSeconds?: number;
  };
}

/** The Status in a body; undefined for anything else, such as a proxy's HTML or the plain text of a busy server. */
export function statusOf(body: string): Status | undefined {
  if (!body.trimStart().startsWith('{')) return undefined;
  let raw: WireStatus | null;
  try {
    raw = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (raw?.kind !== 'Status') return undefined;
  return {
    message: raw.message ?? '',
    reason: raw.reason ?? '',
    kind: raw.details?.kind ?? '',
    name: raw.details?.name ?? '',
    causes: (raw.details?.causes ?? []).map((cause) => ({ reason: cause.reason ?? '', message: cause.message ?? '' })),
    retryAfterSeconds: raw.details?.retryAfterSeconds || undefined,
  };
}

/**
 * How long the server asks us to wait, in ms: the header (seconds, or a date as some proxies send it, taken against the
 * answer's own Date), else the Status' `retryAfterSeconds`.
 */
export function retryAfterMs(answer: Answer): number | undefined {
  const header = answer.headers['retry-after'];
  if (header !== undefined) {
    const seconds = Number(header);
    if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
    const ms = Date.parse(header) - Date.parse(answer.headers.date ?? '');
    if (Number.isFinite(ms)) return Math.max(0, ms);
  }
  const seconds = statusOf(answer.body)?.retryAfterSeconds;
  return seconds === undefined ? undefined : seconds * 1000;
}

/** What a body says in one short line: the Status' message, an HTML page's title, or the beginning of the text. */
export function explanationOf(answer: Answer): string {
  const message = statusOf(answer.body)?.message;
  if (message) return message;
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(answer.body)?.[1];
  if (title !== undefined) return `an HTML page "${oneLine(title)}", probably of a proxy on the way`;
  const text = oneLine(answer.body.replaceAll(/<[^>]*>/g, ' '));
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
