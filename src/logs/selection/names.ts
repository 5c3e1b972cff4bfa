/** Tests of names: by equality, part, glob; and the lists of them that queries hold. */

export type NameTest = (name: string) => boolean;

/** What a text came to, or one sentence that says what is wrong with it. */
export type Compiled<T> = { readonly value: T } | { readonly problem: string };

/** Compiles a Go regular expression, unanchored. */
export type CompileRegexp = (pattern: string) => Compiled<{ test(text: string): boolean }>;

/** Any of several tests; undefined for none at all. */
export function anyOf(tests: readonly NameTest[]): NameTest | undefined {
  if (tests.length < 2) return tests[0];
  return (name) => tests.some((test) => test(name));
}

/** A glob over the whole name, in which `*` stands for anything, also nothing; all other characters for themselves. */
export function compileGlob(glob: string): NameTest {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (name) => name === glob;
  return (name) => {
    if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
    const end = name.length - tail.length;
    let from = head.length;
    // Taking each part where it first occurs leaves the most room for those after it.
    for (const part of rest) {
      const at = name.indexOf(part, from);
      if (at === -1 || at + part.length > end) return false;
      from = at + part.length;
    }
    return true;
  };
}

/** Every pattern compiled; what is wrong with any of them goes to `problem`, under the name of the flag. */
export function compilePatterns(
  patterns: readonly string[],
  flag: string,
  compile: CompileRegexp,
  problem: (text: string) => void,
): NameTest | undefined {
  const tests: NameTest[] = [];
  for (const pattern of patterns) {
    const compiled = compile(pattern);
    if ('problem' in compiled) problem(`${flag}: ${compiled.problem}`);
    else tests.push((name) => compiled.value.test(name));
  }
  return anyOf(tests);
}

/**
 * Cuts a regular expression at the commas that separate alternatives, which are those outside of `{}`, `[]`, `()` and
 * `\Q…\E` that are neither escaped nor repeated nor beside a `|`. No name in Kubernetes holds a comma: where such a comma
 * stood for itself, what is beside it could match nothing, so nothing that an expression matched is lost.
 */
export function splitPattern(pattern: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < pattern.length;) {
    const char = pattern[at];
    if (char === '\\') at = afterEscape(pattern, at);
    else if (char === '[') at = afterClass(pattern, at);
    else if (char === '{') at = afterBraces(pattern, at);
    else {
      if (char === '(') depth += 1;
      else if (char === ')') depth -= 1;
      else if (char === ',' && depth <= 0 && pattern[at - 1] !== '|' && !/^[?*+{|]/.test(pattern.slice(at + 1))) {
        parts.push(pattern.slice(start, at));
        start = at + 1;
      }
      at += 1;
    }
  }
  parts.push(pattern.slice(start));
  return parts.filter((part) => part !== '');
}

function afterEscape(pattern: string, at: number): number {
  if (pattern[at + 1] !== 'Q') return at + 2;
  const end = pattern.indexOf('\\E', at + 2);
  return end === -1 ? pattern.length : end + 2;
}

function afterBraces(pattern: string, at: number): number {
  // Braces that are no repetition stand for themselves.
  return at + (/^\{\d*,?\d*\}/.exec(pattern.slice(at))?.[0].length ?? 1);
}

/** A `]` right after the opening stands for itself; `[:alpha:]` is a class within the class. */
function afterClass(pattern: string, open: number): number {
  let at = open + 1;
  if (pattern[at] === '^') at += 1;
  if (pattern[at] === ']') at += 1;
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '\\') at += 2;
    else if (pattern.startsWith('[:', at) && pattern.includes(':]', at)) at = pattern.indexOf(':]', at) + 2;
    else at += 1;
  }
  return at + 1;
}
