/** Compares compiled patterns with RE2. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { bytesOf } from '../../../src/logs/line.ts';
import { compileGoRegexp, type GoRegexp } from '../../../src/logs/regexp/go-regexp.ts';
import { compileRe2 } from '../../../src/logs/regexp/re2.ts';
import { goPattern, someText } from './patterns.ts';

/** Fails with the smallest pattern and text on which they differ. */
export function expectSameAnswers(numRuns: number): void {
  let [valid, found] = [0, 0];
  fc.assert(
    fc.property(goPattern, fc.array(someText, { minLength: 1, maxLength: 4 }), (pattern, texts) => {
      const compiled = compileGoRegexp(pattern);
      const reference = compileRe2(pattern);
      expect('value' in compiled).toBe('value' in reference);
      if (!('value' in compiled) || !('value' in reference)) return;
      valid += 1;
      for (const text of texts) {
        const spans = reference.value.matches(text);
        found += spans.length > 0 ? 1 : 0;
        expect({ text, ...answersOf(compiled.value, text) }).toEqual({
          text,
          matches: spans,
          test: spans.length > 0,
          line: spans.length > 0,
        });
      }
    }),
    // The same patterns each time: a rare one that is slow to compile must not come up in a release.
    { numRuns, seed: 20261121 },
  );
  // Else the property would say little.
  expect(valid).toBeGreaterThan(numRuns / 2);
  expect(found).toBeGreaterThan(numRuns / 2);
}

function answersOf(compiled: GoRegexp, text: string): object {
  return { matches: compiled.matches(text), test: compiled.test(text), line: lineAnswer(compiled, text) };
}

/** A line holds no line feed, and may be looked at as bytes. */
function lineAnswer(compiled: GoRegexp, text: string): boolean {
  const message = bytesOf(text);
  return text.includes('\n')
    ? compiled.test(text)
    : compiled.testLine({ timestamp: '', message, ascii: message === text });
}
