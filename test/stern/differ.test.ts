import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { altered, differences, type Printed } from './differ.ts';
import { tagPattern } from './corpus.ts';

const printed = (stdout: string, stderr = '', code = 0): Printed => ({
  code,
  stdout: Buffer.from(stdout),
  stderr: Buffer.from(stderr),
});

describe('differences', () => {
  it('are none between equal outputs, whatever the order of stderr', () => {
    expect(differences(printed('a\nb\n', 'x\ny\n'), printed('a\nb\n', 'y\nx\n'), undefined)).toEqual([]);
  });

  it.each<[string, Printed, Printed]>([
    ['a byte', printed('a\n'), printed('b\n')],
    ['an order', printed('a\nb\n'), printed('b\na\n')],
    ['a last line feed', printed('a\n'), printed('a')],
    ['an empty line', printed('a\n\nb\n'), printed('a\nb\n')],
    ['nothing at all', printed('a\n'), printed('')],
    ['a line of stderr', printed('', 'x\n'), printed('', 'x\nx\n')],
    ['an exit code', printed('', '', 0), printed('', '', 1)],
  ])('show %s', (_, left, right) => {
    expect(differences(left, right, undefined)).toHaveLength(1);
  });

  it('show bytes that are no UTF-8', () => {
    const left = { ...printed(''), stdout: Buffer.from([0xff]) };
    const right = { ...printed(''), stdout: Buffer.from([0xfe]) };
    expect(differences(left, right, undefined)).toHaveLength(1);
  });

  it('say where', () => {
    expect(differences(printed('one\ntwo\n'), printed('one\ntow\n'), undefined)[0]).toContain('line 2, byte 5');
  });
});

describe('differences of interleaved streams', () => {
  const one = '[a/b/c] 1\n[a/b/c] 2\n';
  const other = '[x/y/z] 1\n[x/y/z] 2\n';

  it('are none when only the streams come in another order', () => {
    expect(differences(printed(`${one}{\n${other}`), printed(`${other}${one}{\n`), tagPattern)).toEqual([]);
  });

  it.each<[string, string]>([
    ['an order within a stream', `[a/b/c] 2\n[a/b/c] 1\n${other}`],
    ['a lost line', `[a/b/c] 1\n${other}`],
    ['a doubled line', `${one}[a/b/c] 2\n${other}`],
    ['a missing stream', one],
    ['a line without a tag', `${one}${other}}\n`],
  ])('show %s', (_, right) => {
    expect(differences(printed(`${one}${other}`), printed(right), tagPattern)).toHaveLength(1);
  });
});

describe('an altered output', () => {
  it('never compares as equal', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), (bytes, place) => {
        const output = { ...printed(''), stdout: Buffer.from(bytes) };
        expect(differences(output, altered(output, place), undefined)).toHaveLength(1);
      }),
    );
  });
});
