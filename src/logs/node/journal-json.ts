/** Reads what `journalctl --output=json` prints. */
import { array, looseObject, nullable, number, optional, safeParse, string, union } from 'zod/mini';

const form = looseObject({
  __REALTIME_TIMESTAMP: string(),
  _HOSTNAME: optional(string()),
  _SYSTEMD_UNIT: optional(string()),
  UNIT: optional(string()),
  SYSLOG_IDENTIFIER: optional(string()),
  // Bytes where it is no text; null where it is too long.
  MESSAGE: optional(nullable(union([string(), array(number())]))),
});

/** One entry in the form of `-o json`; undefined for text that is none. `node` is the journal's own without one. */
export function entryOfJson(
  text: string,
  node: string | undefined,
): { readonly timestamp: string; readonly node: string; readonly unit: string; readonly message: string } | undefined {
  const parsed = safeParse(form, jsonOf(text));
  if (!parsed.success) return undefined;
  const { MESSAGE: message = '', ...entry } = parsed.data;
  return {
    timestamp: timestampOf(entry.__REALTIME_TIMESTAMP),
    node: node ?? entry._HOSTNAME ?? '',
    // What systemd says of a unit carries its name as UNIT.
    unit: (entry.UNIT ?? entry._SYSTEMD_UNIT ?? entry.SYSLOG_IDENTIFIER ?? '').replace(/\.service$/, ''),
    message: typeof message === 'string' ? message : Buffer.from(message ?? []).toString('utf8'),
  };
}

/** Microseconds since the epoch, as RFC 3339. */
function timestampOf(microseconds: string): string {
  const ms = Number(microseconds.slice(0, -3));
  return `${new Date(ms).toISOString().slice(0, 23)}${microseconds.slice(-3)}Z`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
