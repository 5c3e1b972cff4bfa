/** Lines of a program come as they are said, whatever pieces they arrive in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { LineTap } from '../../src/process/line-tap.ts';
import { programRunner } from '../../src/process/run.ts';

function tapped(chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const tap = new LineTap((line) => lines.push(line));
  for (const chunk of chunks) tap.push(chunk);
  tap.end();
  return lines;
}

describe('lines', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['a\nb\n', ['a', 'b']],
    ['a\r\n\nb', ['a', '', 'b']],
    ['10%\r20%\r30%\r\ndone', ['30%', 'done']],
    ['x'.repeat(40_000), ['x'.repeat(16_384), 'x'.repeat(16_384), 'x'.repeat(7232)]],
  ])('of %j', (text, lines) => expect(tapped([Buffer.from(text)])).toEqual(lines));

  it('are the same wherever the bytes are cut', () => {
    const texts = fc.array(fc.constantFrom('a', 'é', '😀', '\n', '\r\n', ' '), { maxLength: 30 });
    fc.assert(
      fc.property(texts, fc.array(fc.nat(100)), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
        const chunks = [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
        expect(tapped(chunks)).toEqual(tapped([bytes]));
      }),
    );
  });

  it('of a real program keep no memory of what was said, and none is lost', async () => {
    let lines = 0;
    let bytes = 0;
    const script = `const line = 'y'.repeat(99) + '\\n'; let left = 50;
      (function more() { if (left-- > 0) process.stdout.write(line.repeat(2000), more); else process.stderr.write('end'); })();`;
    const outcome = await programRunner(realClock)({
      file: process.execPath,
      args: ['-e', script],
      env: {},
      cwd: process.cwd(),
      stdin: 'ignore',
      stderr: 'pipe',
      signal: new AbortController().signal,
      onLine: (line) => {
        lines += 1;
        bytes += line.length;
      },
    });
    expect(outcome).toEqual({ kind: 'exited', exitCode: 0, stdout: '', stderr: '' });
    expect([lines, bytes]).toEqual([100_001, 9_900_003]);
  });
});
