/** A line of a log, and the container it comes from. */

/**
 * Bytes as a string of one character each (`latin1`): the quickest form in which Node splits, cuts and joins them, and no
 * byte is lost that is not UTF-8. What is to be matched or shown as text is decoded first ({@link textOf}).
 */
export type ByteString = string;

/** Whose log it is: one run of one container, by identity. */
export interface LogSource {
  /** The kubeconfig's context, where several are followed. */
  readonly context: string | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly containerId: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The name of its pod says which it is: no other container of the pod is read that could be meant. */
  readonly sole?: boolean | undefined;
  /** Of its node; undefined: not asked for, or not to be had. */
  readonly place?: NodePlace | undefined;
}

/** What the labels of a node say of it; undefined where they say nothing. */
export interface NodePlace {
  readonly region: string | undefined;
  readonly zone: string | undefined;
  readonly os: string | undefined;
  readonly arch: string | undefined;
}

export interface LogLine {
  /** As the server wrote it, RFC 3339 with nine digits; empty when the line came without. */
  readonly timestamp: string;
  /** Without its line feed; a carriage return before it stays. */
  readonly message: ByteString;
  /** No byte of it is above 127: then it is its own text. */
  readonly ascii: boolean;
}

/** No byte of it is above 127. */
export function isAscii(bytes: ByteString): boolean {
  return !/[\x80-\xff]/.test(bytes);
}

/** The line as text; bytes that are no UTF-8 become U+FFFD, as Go's encoders have it. */
export function textOf({ message, ascii }: LogLine): string {
  return ascii ? message : Buffer.from(message, 'latin1').toString('utf8');
}

/** Text in the form of lines. */
export function bytesOf(text: string): ByteString {
  return isAsciiText(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function isAsciiText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  return /^[\x00-\x7f]*$/.test(text);
}

/** Keeps a line or drops it. */
export type LineTest = (line: LogLine) => boolean;

/** A line as it is printed, with whatever ends it; undefined: nothing is printed. */
export type LineFormat = (line: LogLine) => ByteString | undefined;

/** How lines are printed; made once for each source, for what comes before the message is the same in all of them. */
export interface Format {
  readonly forSource: (source: LogSource) => LineFormat;
  /**
   * What stands before every message of the source, where a printed line is just that, the message and a line feed:
   * then whole chunks are printed at once. Undefined for formats that look into lines.
   */
  readonly prefixFor: ((source: LogSource) => ByteString) | undefined;
}
