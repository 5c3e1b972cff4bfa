/** Finds the fields of a line: JSON, klog or logfmt. */
import { isFields, type FieldValue, type Fields } from './field-path.ts';
import { logfmtFields, pairsOf, unquoted } from './logfmt.ts';

/** @returns undefined for a line that is none of these: plain text */
export function parseFields(text: string): Fields | undefined {
  return jsonFields(text) ?? klogFields(text) ?? logfmtFields(text);
}

/** Only an object has fields; whatever surely is none is not parsed. */
function jsonFields(text: string): Fields | undefined {
  const start = text.indexOf('{');
  if (start < 0 || (start > 0 && text.slice(0, start).trim() !== '')) return undefined;
  const end = text.lastIndexOf('}');
  if (end < start || (end + 1 < text.length && text.slice(end + 1).trim() !== '')) return undefined;
  try {
    const value = JSON.parse(text) as FieldValue;
    return isFields(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

const klogHeader = /^([IWEF])(\d{4} \d{2}:\d{2}:\d{2}\.\d+) +(\d+) ([^\s:\]]+:\d+)\] /;
const quotedMessage = /"((?:[^"\\]|\\.)*)"(?=\s|$)/y;

const klogLevels: Readonly<Record<string, string>> = { I: 'info', W: 'warn', E: 'error', F: 'fatal' };

/** `E1121 10:00:00.123456 1 file.go:12] msg`; structured klog puts the message into quotes, and pairs behind it. */
function klogFields(text: string): Fields | undefined {
  const match = klogHeader.exec(text);
  if (!match) return undefined;
  const [header, letter = '', time = '', pid = '', caller = ''] = match;
  const basic = { level: klogLevels[letter] ?? 'info', time, pid: Number(pid), caller };
  quotedMessage.lastIndex = header.length;
  const message = quotedMessage.exec(text);
  if (!message) return { ...basic, msg: text.slice(header.length) };
  return { ...pairsOf(text, header.length + message[0].length), ...basic, msg: unquoted(message[1] ?? '') };
}
