/** The words of a command line that is still being typed, as bash hands it over. */

export interface TypedLine {
  /** Without quotes; the last one is the word at the cursor, perhaps empty. */
  readonly words: readonly string[];
  /** The last word has a quote that is not closed. */
  readonly quoted: boolean;
}

/** Splits by bash's rules of quoting; variables and substitutions are left as they were typed. */
export function wordsOfLine(line: string): TypedLine {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
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
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  return { words: [...words, word ?? ''], quoted: quote !== '' };
}

/**
 * How much of the word at the cursor bash leaves alone: it puts what is chosen in the place of what stands behind the last
 * of these characters.
 *
 * @param breaks COMP_WORDBREAKS of the shell
 */
export function untouched({ words, quoted }: TypedLine, breaks: string): number {
  if (quoted) return 0;
  const word = words.at(-1) ?? '';
  return Math.max(...['=', ':'].filter((char) => breaks.includes(char)).map((char) => word.lastIndexOf(char)), -1) + 1;
}
