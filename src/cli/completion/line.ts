/** The words of a command line that is still being typed, as bash hands it over. */

export interface TypedLine {
  /** Without quotes; the last one is the word at the cursor, perhaps empty. */
  readonly words: readonly string[];
  /** How much of the last word has no quote before it that is still open. */
  readonly outside: number;
}

/** Splits by bash's rules of quoting; variables and substitutions are left as they were typed. */
export function wordsOfLine(line: string): TypedLine {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  let quotedFrom = 0;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (quote !== '' && char === quote) quote = '';
    else if (quote === "'") word = (word ?? '') + char;
    else if (char === '\\') {
      at += 1;
      const next = line[at] ?? '';
      word = (word ?? '') + (quote === '' || '"\\$`'.includes(next) ? next : char + next);
    } else if (quote !== '') word = (word ?? '') + char;
    else if (char === "'" || char === '"') {
      quote = char;
      word ??= '';
      quotedFrom = word.length;
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  const last = word ?? '';
  return { words: [...words, last], outside: quote === '' ? last.length : quotedFrom };
}

/**
 * How much of the word at the cursor bash leaves alone: it puts what is chosen in the place of what stands behind the last
 * of these marks, or from an `@` on, with which names of hosts begin there.
 *
 * @param breaks COMP_WORDBREAKS of the shell
 */
export function untouched({ words, outside }: TypedLine, breaks: string): number {
  const word = words.at(-1)?.slice(0, outside) ?? '';
  const behind = ['=', ':'].filter((mark) => breaks.includes(mark)).map((mark) => word.lastIndexOf(mark) + 1);
  return Math.max(0, ...behind, breaks.includes('@') ? word.lastIndexOf('@') : 0);
}
