/** `--columns`: what stands before each message, chosen one by one. */
import { bytesOf, type ByteString, type LogSource } from '../line.ts';
import type { ColumnName } from '../options.ts';
import type { Look } from './look.ts';
import { prefixed, type Output } from './output.ts';
import type { Stamp } from './timestamp.ts';

/**
 * The columns in the order given, a space after each, then the message; one that a line has nothing for is a hyphen.
 * A dot has the colour of its pod, and so has the pod's name; without colours there is no dot, for it would say nothing.
 */
export function columnsOutput(look: Look, columns: readonly ColumnName[], stampIn: () => Stamp): Output {
  const shown = columns.filter((column) => column !== 'dot' || look.coloured);
  if (!shown.includes('timestamp')) return prefixed((source) => textOfColumns(look, shown, source));
  return {
    renderFor(source) {
      const stamp = stampIn();
      const parts = split(shown).map((part) => textOfColumns(look, part, source));
      return (content, { timestamp }) => `${parts.join(`${stamp(timestamp) ?? missing} `)}${content}\n`;
    },
    prefixFor: undefined,
    harmless: 'message',
  };
}

const missing = '-';

/** What stands between the timestamps; they alone differ from line to line. */
function split(columns: readonly ColumnName[]): readonly (readonly ColumnName[])[] {
  const parts: ColumnName[][] = [[]];
  for (const column of columns) {
    if (column === 'timestamp') parts.push([]);
    else parts.at(-1)?.push(column);
  }
  return parts;
}

function textOfColumns(look: Look, columns: readonly ColumnName[], source: LogSource): ByteString {
  return bytesOf(columns.map((column) => `${textOfColumn(look, column, source)} `).join(''));
}

function textOfColumn(look: Look, column: ColumnName, source: LogSource): string {
  const [pod, container] = look.inksFor(source);
  switch (column) {
    case 'timestamp':
      return '';
    case 'dot':
      return pod.wrap('\u25cf');
    case 'context':
      return source.context ?? missing;
    case 'node':
      return source.node === '' ? missing : source.node;
    case 'region':
    case 'zone':
    case 'os':
    case 'arch':
      return source.place?.[column] ?? missing;
    case 'namespace':
      return source.namespace;
    case 'pod':
      return pod.wrap(source.pod);
    case 'container':
      return container.wrap(source.container);
  }
}
