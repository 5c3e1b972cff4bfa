/** The default and the json output of stern once more, byte by byte and from Go's documentation, to compare with. */
import type { LogSource } from '../../../src/logs/line.ts';

/** One character at a place, as `utf8.DecodeRune` reads it; an invalid byte is -1 of one byte. */
function decodeRune(bytes: Buffer, at: number): { readonly rune: number; readonly size: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { rune: first, size: 1 };
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (size === 0 || first > 0xf4 || at + size > bytes.length) return { rune: -1, size: 1 };
  let rune = first & (0xff >> (size + 1));
  for (let next = at + 1; next < at + size; next += 1) {
    const byte = bytes[next] ?? 0;
    if (byte >> 6 !== 0b10) return { rune: -1, size: 1 };
    rune = (rune << 6) | (byte & 0x3f);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][size] ?? 0;
  const valid = rune >= least && rune <= 0x10ffff && !(rune >= 0xd800 && rune <= 0xdfff);
  return valid ? { rune, size } : { rune: -1, size: 1 };
}

const escapes = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x3c, '\\u003c'],
  [0x3e, '\\u003e'],
  [0x26, '\\u0026'],
  [0x2028, '\\u2028'],
  [0x2029, '\\u2029'],
  [-1, '\\ufffd'],
]);

function quoted(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('"')];
  for (let at = 0; at < bytes.length;) {
    const { rune, size } = decodeRune(bytes, at);
    const control = rune >= 0 && rune < 0x20 ? `\\u${rune.toString(16).padStart(4, '0')}` : undefined;
    const escape = escapes.get(rune) ?? control;
    parts.push(escape === undefined ? bytes.subarray(at, at + size) : Buffer.from(escape));
    at += size;
  }
  return Buffer.concat([...parts, Buffer.from('"')]);
}

function quotedMap(map: Readonly<Record<string, string>>): Buffer {
  const keys = Object.keys(map).map((key) => Buffer.from(key));
  if (keys.length === 0) return Buffer.from('null');
  keys.sort((a, b) => Buffer.compare(a, b));
  const parts = keys.flatMap((key, index) => [
    Buffer.from(index === 0 ? '{' : ','),
    quoted(key),
    Buffer.from(':'),
    quoted(Buffer.from(map[key.toString()] ?? '')),
  ]);
  return Buffer.concat([...parts, Buffer.from('}')]);
}

export function slowDefault(source: LogSource, message: Buffer, showNamespace: boolean): Buffer {
  const names = showNamespace ? [source.namespace, source.pod, source.container] : [source.pod, source.container];
  const parts = names.flatMap((name) => [Buffer.from(name), Buffer.from(' ')]);
  return Buffer.concat([...parts, message, Buffer.from('\n')]);
}

export function slowJson(source: LogSource, message: Buffer): Buffer {
  const fields: [string, Buffer][] = [
    ['message', quoted(message)],
    ['nodeName', quoted(Buffer.from(source.node))],
    ['namespace', quoted(Buffer.from(source.namespace))],
    ['podName', quoted(Buffer.from(source.pod))],
    ['containerName', quoted(Buffer.from(source.container))],
    ['labels', quotedMap(source.labels)],
    ['annotations', quotedMap(source.annotations)],
  ];
  const parts = fields.flatMap(([name, value], index) => [Buffer.from(`${index === 0 ? '{' : ','}"${name}":`), value]);
  return Buffer.concat([...parts, Buffer.from('}\n')]);
}
