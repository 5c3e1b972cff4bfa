/** printf, print and println write what Go's fmt writes. */
import { describe, expect, it } from 'vitest';
import { formatFloat } from '../../../src/logs/template/float.ts';
import { rendered } from './lines.ts';

const json = '{"f":1700000000,"g":1.5,"s":"str","l":[1,"a",null],"m":{"b":2,"a":"x"},"t":true,"z":null}';

describe('printf', () => {
  const cases: readonly (readonly [action: string, expected: string])[] = [
    ['printf "%s|%v|%q" "a" "b" "c\\n"', 'a|b|"c\\n"'],
    ['printf "%5s|%-5s|%.2s|%05s" "abc" "abc" "abc" "abc"', '  abc|abc  |ab|00abc'],
    ['printf "%-6s|" "é✓"', 'é✓    |'],
    ['printf "%x %X % x %#x" "hi\\xff" "hi" "hi" "hi"', '6869ff 6869 68 69 0x6869'],
    ['printf "%q %+q %#q" "é" "é" "a"', '"é" "\\u00e9" `a`'],
    ['printf "%d %5d|%-5d|%05d|%+d|% d" 42 42 42 42 42 42', '42    42|42   |00042|+42| 42'],
    [
      'printf "%x %X %#x %o %O %b %c %q %U %#U" 255 255 255 8 8 5 65 65 65 9731',
      "ff FF 0xff 10 0o10 101 A 'A' U+0041 U+2603 '☃'",
    ],
    ['printf "%d %x" -5 -255', '-5 -ff'],
    ['printf "%t %v %5t|" true false true', 'true false  true|'],
    [
      'printf "%f %.2f %8.3f| %e %g %G" 3.14159 3.14159 3.14159 1234.5678 1e21 1e-7',
      '3.141590 3.14    3.142| 1.234568e+03 1e+21 1E-07',
    ],
    ['printf "%.0f %.0f %.0f %.1f" 0.5 1.5 2.5 0.25', '0 2 2 0.2'],
    ['printf "%+.1f % .1f %06.1f %-8.1f|" 1.25 1.25 -1.25 1.25', '+1.2  1.2 -001.2 1.2     |'],
    ['printf "%*d|%-*d|%.*f" 5 42 5 42 2 3.14159', '   42|42   |3.14'],
    ['printf "%[2]s %[1]s" "a" "b"', 'b a'],
    ['printf "%%|%5%|"', '%|%|'],
    ['printf "%T %T %T %T %T %T" 1 1.5 "a" true nil .Labels', 'int float64 string bool <nil> map[string]string'],
    ['printf "%v %v" nil .Labels', '<nil> map[app:web tier:front]'],
    ['printf "%d" "x"', '%!d(string=x)'],
    ['printf "%s %s" 1 true', '%!s(int=1) %!s(bool=true)'],
    ['printf "%z" 1', '%!z(int=1)'],
    ['printf "%d" nil', '%!d(<nil>)'],
    ['printf "%v"', '%!v(MISSING)'],
    ['printf "a" 1 "b"', 'a%!(EXTRA int=1, string=b)'],
    ['printf "%"', '%!(NOVERB)'],
    ['printf "%[5]d" 1', '%!d(BADINDEX)'],
    ['printf "%*d" "x" 1', '%!(BADWIDTH)1'],
    [
      'printf "%#v %#v %#v %+v" "a" 1 .Labels .Labels',
      '"a" 1 map[string]string{"app":"web", "tier":"front"} map[app:web tier:front]',
    ],
    ['print 1 2 "a" "b" 3 4 true nil', '1 2ab3 4 true <nil>'],
    ['println "a" 1 nil', 'a 1 <nil>\n'],
    ['print', ''],
    ['println', '\n'],
  ];
  it.each(cases)('%s', (action, expected) => {
    expect(rendered(`{{${action}}}`)).toBe(expected);
  });
});

describe('what JSON holds', () => {
  const cases: readonly (readonly [action: string, expected: string])[] = [
    ['.f', '1.7e+09'],
    ['printf "%v %d %f %.0f %T" .f .f .f .f .f', '1.7e+09 %!d(float64=1.7e+09) 1700000000.000000 1700000000 float64'],
    ['printf "%v %s %x" .l .l .l', '[1 a <nil>] [%!s(float64=1) a <nil>] [0x1p+00 61 <nil>]'],
    ['printf "%v %#v" .m .m', 'map[a:x b:2] map[string]interface {}{"a":"x", "b":2}'],
    ['printf "%#v" .l', '[]interface {}{1, "a", interface {}(nil)}'],
    ['printf "%5v|%-8v|" .g .s', '  1.5|str     |'],
    ['print .f .g .s .t .z', '1.7e+09 1.5strtrue <nil>'],
  ];
  it.each(cases)('%s', (action, expected) => {
    expect(rendered(`{{with parseJSON .Message}}{{${action}}}{{end}}`, { Message: json })).toBe(expected);
  });

  it('keeps the text of numbers with tryParseJSON', () => {
    const source = '{{with tryParseJSON .Message}}{{.f}} {{printf "%s %v %q %d %T %5s" .f .f .f .f .f .g}}{{end}}';
    expect(rendered(source, { Message: json })).toBe(
      '1700000000 1700000000 1700000000 "1700000000" %!d(json.Number=1700000000) json.Number   1.5',
    );
  });
});

describe('formatFloat', () => {
  const cases: readonly (readonly [value: number, verb: 'e' | 'f' | 'g' | 'x', precision: number, expected: string])[] =
    [
      [0, 'g', -1, '0'],
      [-0, 'g', -1, '-0'],
      [100_000, 'g', -1, '100000'],
      [1_000_000, 'g', -1, '1e+06'],
      [123_456_789, 'g', -1, '1.23456789e+08'],
      [0.0001, 'g', -1, '0.0001'],
      [0.00001, 'g', -1, '1e-05'],
      [1e100, 'g', -1, '1e+100'],
      [5e-324, 'g', -1, '5e-324'],
      [1.7976931348623157e308, 'g', -1, '1.7976931348623157e+308'],
      [1234.5678, 'g', 3, '1.23e+03'],
      [1234.5678, 'g', 6, '1234.57'],
      [100, 'g', 0, '1e+02'],
      [0, 'f', 2, '0.00'],
      [0.05, 'f', 1, '0.1'],
      [0.15, 'f', 1, '0.1'],
      [999.995, 'f', 2, '1000.00'],
      [0.004, 'f', 2, '0.00'],
      [0.006, 'f', 2, '0.01'],
      [1e21, 'f', 0, '1000000000000000000000'],
      [2 ** 70, 'f', 1, '1180591620717411303424.0'],
      [9.999, 'e', 2, '1.00e+01'],
      [0, 'e', 2, '0.00e+00'],
      [1, 'x', -1, '0x1p+00'],
      [1.5, 'x', -1, '0x1.8p+00'],
      [0.1, 'x', 3, '0x1.99ap-04'],
      [Number.NaN, 'g', -1, 'NaN'],
      [Number.POSITIVE_INFINITY, 'g', -1, '+Inf'],
    ];
  it.each(cases)('%d by %s with %d', (value, verb, precision, expected) => {
    expect(formatFloat(value, verb, precision)).toBe(expected);
  });
});
