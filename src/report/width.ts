/** How much of a terminal's line a text takes up, without the tables that a precise answer needs. */

/** Cells of a text without colours: never too few, because every character beyond ASCII counts as two. */
export function displayWidth(text: string): number {
  let cells = 0;
  for (const character of text) cells += cellsOf(character);
  return cells;
}

/** Cuts text to one line of at most `width` cells and marks the cut by `...`. */
export function clip(text: string, width: number): string {
  const flat = text.replaceAll('\n', ' ');
  if (displayWidth(flat) <= width) return flat;
  const mark = '.'.repeat(Math.min(3, Math.max(0, width)));
  let room = width - mark.length;
  let kept = '';
  for (const character of flat) {
    room -= cellsOf(character);
    if (room < 0) break;
    kept += character;
  }
  return kept + mark;
}

/** Cuts text to one line of at most `width` cells by taking out its middle: both ends of a pod's name tell pods apart. */
export function clipMiddle(text: string, width: number): string {
  const flat = text.replaceAll('\n', ' ');
  if (displayWidth(flat) <= width) return flat;
  const room = width - 3;
  if (room < 2) return clip(flat, width);
  const characters = Array.from(flat);
  const start = fitting(characters, Math.ceil(room / 2));
  const end = fitting(characters.toReversed(), Math.floor(room / 2)).toReversed();
  return `${start.join('')}...${end.join('')}`;
}

/** As many of the first characters as fit. */
function fitting(characters: readonly string[], room: number): string[] {
  const kept: string[] = [];
  let left = room;
  for (const character of characters) {
    left -= cellsOf(character);
    if (left < 0) break;
    kept.push(character);
  }
  return kept;
}

function cellsOf(character: string): number {
  return (character.codePointAt(0) ?? 0) < 0x7f ? 1 : 2;
}
