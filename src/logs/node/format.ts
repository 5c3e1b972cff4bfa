/** How entries of a node's journal are printed. */
import { neutraliser, neutraliseJson } from '../format/neutralise.ts';
import { bytesOf, type ByteString } from '../line.ts';
import type { NodeOutput } from './options.ts';
import { stampLength } from './stamp.ts';

/** An entry as it is printed, with its line feeds. */
export type EntryFormat = (stamp: string, entry: ByteString) => ByteString;

export interface EntryLook {
  readonly output: NodeOutput;
  readonly node: string;
  /** The node's name stands before every line. */
  readonly prefixed: boolean;
  /** The one unit that was asked for; of several, each entry says itself who wrote it. */
  readonly unit: string | undefined;
  readonly file: string | undefined;
  /** Control characters are made visible. */
  readonly terminal: boolean;
}

export function entryFormat(look: EntryLook): EntryFormat {
  const { output, terminal } = look;
  if (output === 'json') {
    const format = jsonOf(look);
    return terminal ? (stamp, entry) => neutraliseJson(format(stamp, entry)) : format;
  }
  const text = texts[output];
  const prefix = look.prefixed ? `${look.node} ` : '';
  const neutral = terminal ? neutraliser('escape') : undefined;
  return (stamp, entry) => {
    const shown = text(stamp, entry);
    const lines = prefix === '' || !shown.includes('\n') ? shown : shown.replaceAll('\n', `\n${prefix}`);
    return neutral ? neutral(`${prefix}${lines}\n`) : `${prefix}${lines}\n`;
  };
}

const texts: Readonly<Record<Exclude<NodeOutput, 'json'>, EntryFormat>> = {
  'short-precise': (_, entry) => entry,
  'short-iso-precise': (stamp, entry) =>
    stamp === '' ? entry : `${stamp.slice(0, -1)}+00:00${entry.slice(stampLength)}`,
  cat: (stamp, entry) => (stamp === '' ? entry : messageOf(entry)),
};

/** Put together by hand: all but time and message is the same in every line. */
function jsonOf({ node, unit, file }: EntryLook): EntryFormat {
  const head = `"node":${json(node)},`;
  const ofUnit = unit === undefined ? undefined : `"unit":${json(unit)},`;
  const plain = `{${head}${ofUnit ?? ''}${file === undefined ? '' : `"file":${json(file)},`}"message":`;
  const writer = (entry: ByteString): string => {
    const name = writerOf(entry);
    return name === undefined ? '' : `"unit":${jsonOfBytes(name)},`;
  };
  return (stamp, entry) =>
    stamp === ''
      ? `${plain}${jsonOfBytes(entry)}}\n`
      : `{"timestamp":"${stamp}",${head}${ofUnit ?? writer(entry)}"message":${jsonOfBytes(messageOf(entry))}}\n`;
}

function json(text: string): ByteString {
  return bytesOf(JSON.stringify(text));
}

// oxlint-disable-next-line no-control-regex -- all of ASCII
const ascii = /^[\x00-\x7f]*$/;

function jsonOfBytes(bytes: ByteString): ByteString {
  return ascii.test(bytes) ? JSON.stringify(bytes) : json(Buffer.from(bytes, 'latin1').toString('utf8'));
}

/** Where the host's name ends: after `Nov 21 02:16:18.123456 node `. */
function afterHost(entry: ByteString): number {
  return entry.indexOf(' ', stampLength + 1) + 1;
}

/** `kubelet` of `… node kubelet[812]: message`; undefined where no name is. */
function writerOf(entry: ByteString): string | undefined {
  const start = afterHost(entry);
  const end = start === 0 ? -1 : entry.indexOf(': ', start);
  return end === -1 ? undefined : entry.slice(start, end).replace(/\[\d+\]$/, '');
}

/** Without time, host and name, and without the indentation by which further lines are put below the first. */
export function messageOf(entry: ByteString): ByteString {
  const name = afterHost(entry);
  const start = entry.indexOf(': ', name) + 2;
  // A message may be empty, and what looks like its beginning be in a line further down.
  const lineEnd = entry.indexOf('\n');
  if (start === 1 || name === 0 || (lineEnd !== -1 && start > lineEnd + 1)) return entry.slice(stampLength + 1);
  if (lineEnd === -1) return entry.slice(start);
  const indentation = new RegExp(`\n {0,${start}}`, 'g');
  return entry.slice(start).replace(indentation, '\n');
}
