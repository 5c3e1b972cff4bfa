/** Finds where two programs printed different things. */

export interface Printed {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * One sentence for each difference, none when there is none. The lines of stderr may come in any order. With `tag`, the
 * lines of stdout may be interleaved: those that have the same tag have to be the same in the same order, those without
 * one the same in any.
 */
export function differences(left: Printed, right: Printed, tag: RegExp | undefined): readonly string[] {
  const found: string[] = [];
  if (left.code !== right.code) found.push(`ends with ${String(left.code)} and ${String(right.code)}`);
  const stdout = tag
    ? byStream(left.stdout.toString('latin1'), right.stdout.toString('latin1'), tag)
    : firstDifference(left.stdout.toString('latin1'), right.stdout.toString('latin1'));
  if (stdout !== undefined) found.push(`stdout: ${stdout}`);
  const stderr = firstDifference(sortedLines(left.stderr), sortedLines(right.stderr));
  if (stderr !== undefined) found.push(`stderr: ${stderr}`);
  return found;
}

function sortedLines(bytes: Buffer): string {
  return bytes.toString('latin1').split('\n').sort().join('\n');
}

function byStream(left: string, right: string, tag: RegExp): string | undefined {
  const lefts = streamsOf(left, tag);
  const rights = streamsOf(right, tag);
  for (const name of [...new Set([...lefts.keys(), ...rights.keys()])].sort()) {
    const untagged = name === '';
    const ofLeft = lefts.get(name) ?? [];
    const ofRight = rights.get(name) ?? [];
    const found = firstDifference(
      (untagged ? ofLeft.toSorted() : ofLeft).join('\n'),
      (untagged ? ofRight.toSorted() : ofRight).join('\n'),
    );
    if (found !== undefined) return `${untagged ? 'lines without a tag' : name}: ${found}`;
  }
  return undefined;
}

function streamsOf(output: string, tag: RegExp): ReadonlyMap<string, readonly string[]> {
  const streams = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const name = tag.exec(line)?.[0] ?? '';
    const lines = streams.get(name);
    if (lines) lines.push(line);
    else streams.set(name, [line]);
  }
  return streams;
}

const shownBefore = 30;
const shownAfter = 50;

/** Where two texts part, with what is around it; undefined where they are the same. */
function firstDifference(left: string, right: string): string | undefined {
  if (left === right) return undefined;
  let at = 0;
  while (left[at] === right[at]) at += 1;
  const line = left.slice(0, at).split('\n').length;
  const shown = (text: string): string =>
    JSON.stringify(Buffer.from(text.slice(Math.max(0, at - shownBefore), at + shownAfter), 'latin1').toString('utf8'));
  return `line ${String(line)}, byte ${String(at)} (of ${String(left.length)} and ${String(right.length)})\n      left  ${shown(left)}\n      right ${shown(right)}`;
}

/** The same with one bit of stdout turned, or a byte more where there is none: no comparison may overlook it. */
export function altered({ code, stdout, stderr }: Printed, place: number): Printed {
  if (stdout.length === 0) return { code, stdout: Buffer.from('x'), stderr };
  const changed = Buffer.from(stdout);
  const at = place % changed.length;
  changed[at] = (changed[at] ?? 0) ^ 1;
  return { code, stdout: changed, stderr };
}
