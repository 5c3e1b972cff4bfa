/** The `Warning:` headers by which an API server tells of deprecated or doubtful requests. */
import type { IncomingMessage } from 'node:http';

// RFC 7234 §5.5: code, agent, quoted text, optionally a quoted date; several may share a header.
const warning = /(\d{3}) (\S+) "((?:[^"\\]|\\.)*)"(?: "[^"]*")?/g;

/** The texts, without code and agent. Only 299 counts, as in client-go. */
export function warningsOf(response: IncomingMessage): string[] {
  return (response.headersDistinct['warning'] ?? []).flatMap((header) =>
    [...header.matchAll(warning)]
      .filter(([, code]) => code === '299')
      .map(([, , , text = '']) => text.replaceAll(/\\(.)/g, '$1')),
  );
}
