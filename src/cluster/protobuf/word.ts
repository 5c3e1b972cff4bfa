/** Reads texts that come again and again, such as the labels of thousands of pods, without making each anew. */

export interface WordReader {
  /** The UTF-8 text between these offsets. */
  read(bytes: Buffer, start: number, end: number): string;
}

const slots = 8192;
const longest = 80;

/** Remembers the last text of each slot; which slot, their bytes say. None with other characters than ASCII is kept. */
export function createWordReader(): WordReader {
  const known: (string | undefined)[] = Array.from({ length: slots });
  return {
    read(bytes, start, end) {
      const length = end - start;
      if (length === 0) return '';
      if (length > longest) return bytes.toString('utf8', start, end);
      let hash = length;
      for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
      const slot = (hash ^ (hash >>> 15)) & (slots - 1);
      const former = known[slot];
      if (former !== undefined && isSame(former, bytes, start, length)) return former;
      const fresh = bytes.toString('utf8', start, end);
      // What has as many units as bytes is plain ASCII, or has U+FFFD for bytes that are no UTF-8 and equals no byte.
      if (fresh.length === length) known[slot] = fresh;
      return fresh;
    },
  };
}

/** Of the texts that are kept: in ASCII a unit is a byte. */
function isSame(text: string, bytes: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let at = 0; at < length; at += 1) if (text.charCodeAt(at) !== bytes[start + at]) return false;
  return true;
}
