/** What an output format is made of. */
import type { ByteString, LogLine, LogSource } from '../line.ts';

/**
 * Prints one line. `content` is what takes the message's place: with its timestamp before it, where one was asked for,
 * and already harmless where that is the output's wish. Undefined: nothing is printed.
 */
export type Render = (content: ByteString, line: LogLine) => ByteString | undefined;

export interface Output {
  readonly renderFor: (source: LogSource) => Render;
  /** What stands before every message, where a printed line is that, the message and a line feed. */
  readonly prefixFor: ((source: LogSource) => ByteString) | undefined;
  /**
   * Where control characters are looked for: in the message; in what is printed, because only there they appear; or, in
   * JSON, which escapes most of them itself, in what is printed and in JSON's own way.
   */
  readonly harmless: 'message' | 'printed' | 'json';
}

/** An output of a prefix, the message and a line feed. */
export function prefixed(prefixFor: (source: LogSource) => ByteString): Output {
  return {
    renderFor(source) {
      const prefix = prefixFor(source);
      return prefix === '' ? (content) => `${content}\n` : (content) => `${prefix + content}\n`;
    },
    prefixFor,
    harmless: 'message',
  };
}
