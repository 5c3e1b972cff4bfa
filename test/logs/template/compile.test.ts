/** Templates that cannot be read say what Go would say, and where. */
import { describe, expect, it } from 'vitest';
import { aLine, compiled, problemOf, rendered } from './lines.ts';

describe('a template that is wrong', () => {
  const problems: readonly (readonly [source: string, problem: string])[] = [
    ['{{foo .Message}}', 'template: log:1:2: function "foo" not defined'],
    ['a\nb {{ .Message | foo }}', 'template: log:2:16: function "foo" not defined'],
    ['{{', 'template: log:1:2: unclosed action'],
    ['{{.Message', 'template: log:1:10: unclosed action'],
    ['{{}}', 'template: log:1:2: missing value for command'],
    ['{{ (.Message }}', 'template: log:1:13: unclosed left paren'],
    ['{{ .Message) }}', 'template: log:1:11: unexpected right paren'],
    ['{{if}}x{{end}}', 'template: log:1:4: missing value for if'],
    ['{{if .Message}}x', 'template: log:1:16: unexpected EOF'],
    ['{{end}}', 'template: log:1:5: unexpected {{end}}'],
    ['{{else}}', 'template: log:1:6: unexpected {{else}}'],
    ['{{if 1}}{{else}}{{else}}{{end}}', 'template: log:1:22: expected end; found {{else}}'],
    ['{{break}}', 'template: log:1:7: {{break}} outside {{range}}'],
    ['{{continue}}', 'template: log:1:10: {{continue}} outside {{range}}'],
    ['{{$x}}', 'template: log:1:2: undefined variable "$x"'],
    ['{{with $x := 1}}{{end}}{{$x}}', 'template: log:1:25: undefined variable "$x"'],
    ['{{$x, $y := 1}}', 'template: log:1:4: too many declarations in command'],
    ['{{range $i, 3 := .}}{{end}}', 'template: log:1:12: range can only initialize variables'],
    ['{{"abc}}', 'template: log:1:2: unterminated quoted string'],
    ['{{`abc}}', 'template: log:1:2: unterminated raw quoted string'],
    ["{{'a}}", 'template: log:1:2: unterminated character constant'],
    ["{{'ab'}}", "template: log:1:2: malformed character constant: 'ab'"],
    [String.raw`{{"\z"}}`, 'template: log:1:2: invalid syntax'],
    ['{{/* a }}', 'template: log:1:2: unclosed comment'],
    ['{{/* a */ x}}', 'template: log:1:2: comment ends before closing delimiter'],
    ['{{1 | 2}}', 'template: log:1:7: non executable command in pipeline stage 2'],
    ['{{"a".Foo}}', 'template: log:1:9: unexpected . after term "\\"a\\""'],
    ['{{.Message !}}', 'template: log:1:11: unexpected "!" in operand'],
    ['{{ : }}', 'template: log:1:3: expected :='],
    ['{{ é! }}', "template: log:1:3: bad character U+0021 '!'"],
    ['{{ \x01 }}', 'template: log:1:3: unrecognized character in action: U+0001'],
    ['{{12a}}', 'template: log:1:2: bad number syntax: "12a"'],
    ['{{99999999999999999999}}', 'template: log:1:2: integer overflow: "99999999999999999999"'],
    ['{{1i}}', 'template: log:1:2: complex numbers are not supported: "1i"'],
    ['{{template foo}}', 'template: log:1:11: unexpected "foo" in template clause'],
    [
      '{{define "a"}}x{{end}}{{define "a"}}y{{end}}',
      'template: log:1:42: template: multiple definition of template "a"',
    ],
    ['{{if 1}}{{define "a"}}{{end}}{{end}}', 'template: log:1:10: unexpected <define> in command'],
  ];
  it.each(problems)('%j', (source, problem) => {
    expect(problemOf(source)).toBe(problem);
  });

  it('does not fail for what only a line can decide', () => {
    expect(problemOf('{{.Foo.Bar}}{{len 3}}{{template "none"}}')).toBeUndefined();
  });
});

describe('render', () => {
  it('goes from text to text', () => {
    expect(rendered('{{.Message}} ü {{len .Message}}', { Message: 'grün ✓' })).toBe('grün ✓ ü 9');
  });

  it('keeps every byte of a line that is no UTF-8', () => {
    const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
    const data = { ...aLine(), Message: all };
    expect(compiled('{{.Message}}\n').renderBytes(data)).toEqual({ text: `${all}\n` });
    expect(compiled('{{json .Message}}').renderBytes({ ...data, Message: 'a\xffb' })).toEqual({ text: '"a\\ufffdb"' });
  });

  it('can be used again after a failure', () => {
    const template = compiled('{{(parseJSON .Message).a}}');
    const one = { ...aLine(), Message: '{"a":1}' };
    expect(template.render({ ...aLine(), Message: '{' })).toHaveProperty('failure');
    expect(template.render(one)).toEqual({ text: '1' });
  });

  it('ends a template that calls itself without end', () => {
    expect(rendered('{{define "a"}}{{template "a"}}{{end}}{{template "a"}}')).toBe(
      'template: log: exceeded maximum template depth',
    );
  });
});
