/** The functions of stern and of Go, each with what it gives and how it fails. */
import { describe, expect, it } from 'vitest';
import { compiled, aLine, noColor, rendered } from './lines.ts';

type Cases = readonly (readonly [source: string, message: string, expected: string])[];

function at(column: number, context: string, what: string): string {
  return `template: log:1:${column}: executing "log" at <${context}>: ${what}`;
}

describe('JSON', () => {
  const cases: Cases = [
    ['{{json .Message}}', 'a<b>"c"', String.raw`"a\u003cb\u003e\"c\""`],
    [
      '{{json .Labels}} {{json .Annotations}} {{json nil}} {{json 1}} {{json 1.5}} {{json true}}',
      '',
      '{"app":"web","tier":"front"} null null 1 1.5 true',
    ],
    [
      '{{json .}}',
      'm',
      '{"message":"m","nodeName":"node1","namespace":"shop","podName":"web-1","containerName":"app","labels":{"app":"web","tier":"front"},"annotations":null}',
    ],
    ['{{json (parseJSON .Message)}}', '{"b":1.50,"a":[1e21]}', '{"a":[1e+21],"b":1.5}'],
    ['{{json (tryParseJSON .Message)}}', '{"b":1.50,"a":[1e21]} rest', '{"a":[1e21],"b":1.50}'],
    ['{{json .PodColor}}', '', '{}'],
    ['{{(parseJSON .Message).a}}', '{"a":"x"}', 'x'],
    ['{{parseJSON .Message}}', 'null', 'map[]'],
    [
      '{{parseJSON .Message}}',
      'no',
      at(2, 'parseJSON .Message', "error calling parseJSON: invalid character 'o' in literal null (expecting 'u')"),
    ],
    ['{{with tryParseJSON .Message}}{{.a}}{{else}}none{{end}}', '[1]', 'none'],
    [
      '{{extractJSONParts .Message "a" "none" "o" "n"}}',
      '{"a":"x","o":{"b":1},"n":1700000000}',
      'x, <nil>, map[b:1], 1.7e+09',
    ],
    ['{{extractJSONParts .Message}}', '{}', ''],
    [
      '{{extractJSONParts .Message "a"}}',
      'x',
      at(
        2,
        'extractJSONParts .Message "a"',
        "error calling extractJSONParts: invalid character 'x' looking for beginning of value",
      ),
    ],
    ['{{tryExtractJSONParts .Message "a"}}', '{"a":[1,null]}', '[1 <nil>]'],
    ['{{tryExtractJSONParts .Message "a"}}', 'as it is', 'as it is'],
    ['{{extjson .Message}} {{extjson "[1, 2]"}} {{extjson "x\\n"}}', '{"a": 1}', '{"a": 1} [1, 2] "x\\n"'],
    ['{{extjson "1\\n"}}|', '', '1|'],
    [
      '{{prettyJSON .Message}}',
      '{"b":[1,{}],"a":{"c":null},"e":[]}',
      '{\n  "a": {\n    "c": null\n  },\n  "b": [\n    1,\n    {}\n  ],\n  "e": []\n}',
    ],
    ['{{prettyJSON .Message}}', '[1, 2]', '[1, 2]'],
    ['{{prettyJSON .Message}}', 'null', 'null'],
    ['{{prettyJSON (tryParseJSON .Message)}}', '{"a":1.0}', '{\n  "a": 1.0\n}'],
    ['{{prettyJSON .Labels}} {{prettyJSON 1}} {{prettyJSON nil}}', '', 'map[app:web tier:front] 1 <nil>'],
  ];
  it.each(cases)('%s of %j', (source, Message, expected) => {
    expect(rendered(source, { Message })).toBe(expected);
  });
});

describe('colours', () => {
  const cases: readonly (readonly [source: string, colored: string, plain: string])[] = [
    ['{{colorRed "x"}}', '\x1b[31mx\x1b[0m', 'x'],
    [
      '{{colorBlack "a"}}{{colorGreen "b"}}{{colorYellow "c"}}',
      '\x1b[30ma\x1b[0m\x1b[32mb\x1b[0m\x1b[33mc\x1b[0m',
      'abc',
    ],
    [
      '{{colorBlue "a"}}{{colorMagenta "b"}}{{colorCyan "c"}}{{colorWhite "d"}}',
      '\x1b[34ma\x1b[0m\x1b[35mb\x1b[0m\x1b[36mc\x1b[0m\x1b[37md\x1b[0m',
      'abcd',
    ],
    ['{{colorRed "%d %s" 1 "a"}}', '\x1b[31m1 a\x1b[0m', '1 a'],
    ['{{colorRed "%d%"}}', '\x1b[31m%d%\x1b[0m', '%d%'],
    ['{{colorCustom "x" 1 31}}', '\x1b[1;31mx\x1b[22;0m', 'x'],
    ['{{colorCustom "x" 38 2 255 97 136}}', '\x1b[38;2;255;97;136mx\x1b[0;22;0;0;0m', 'x'],
    ['{{colorCustom "x"}}', '\x1b[mx\x1b[m', 'x'],
    ['{{colorCustom "x" 3 4 5 6 7 8 9}}', '\x1b[3;4;5;6;7;8;9mx\x1b[23;24;25;25;27;28;29m', 'x'],
    ['{{levelColor "INFO"}} {{levelColor "odd"}} {{levelColor 3}}|', '\x1b[34mINFO\x1b[0m odd |', 'INFO odd |'],
    [
      '{{levelColor "debug"}}{{levelColor "warn"}}{{levelColor "Warning"}}',
      '\x1b[35mdebug\x1b[0m\x1b[33mwarn\x1b[0m\x1b[33mWarning\x1b[0m',
      'debugwarnWarning',
    ],
    [
      '{{levelColor "error"}}{{levelColor "dpanic"}}{{levelColor "panic"}}',
      '\x1b[31merror\x1b[0m\x1b[31mdpanic\x1b[0m\x1b[31mpanic\x1b[0m',
      'errordpanicpanic',
    ],
    ['{{levelColor "fatal"}}{{levelColor "critical"}}', '\x1b[36mfatal\x1b[0m\x1b[36mcritical\x1b[0m', 'fatalcritical'],
    ['{{bunyanLevelColor 30}}|', '|', '|'],
    [
      '{{range (parseJSON `{"l":[10,30,40,50,60,100,29.9]}`).l}}{{bunyanLevelColor .}} {{end}}',
      '\x1b[35m10\x1b[0m \x1b[34m30\x1b[0m \x1b[33m40\x1b[0m \x1b[31m50\x1b[0m \x1b[36m60\x1b[0m 100 \x1b[35m29\x1b[0m ',
      '10 30 40 50 60 100 29 ',
    ],
    ['{{range (tryParseJSON `{"l":[30,1.5,"30"]}`).l}}{{bunyanLevelColor .}}|{{end}}', '\x1b[34m30\x1b[0m|||', '30|||'],
    ['{{color .PodColor .PodName}}', '<web-1>', '<web-1>'],
    [
      '{{.PodColor.Sprint "a" 1}} {{call .PodColor.SprintFunc "b"}} {{call .PodColor.SprintfFunc "%d" 2}}',
      '<a1> <b> <2>',
      '<a1> <b> <2>',
    ],
  ];
  const angled = { wrap: (text: string) => `<${text}>` };
  it.each(cases)('%s', (source, colored, plain) => {
    const line = aLine({ PodColor: angled, ContainerColor: noColor });
    expect(compiled(source, { color: true }).render(line)).toEqual({ text: colored });
    expect(compiled(source, { color: false }).render(line)).toEqual({ text: plain });
  });

  const failures: readonly (readonly [source: string, expected: string])[] = [
    ['{{color "red" .PodName}}', at(8, '"red"', 'can\'t handle "red" for arg of type color.Color')],
    ['{{color .PodName .PodName}}', at(8, '.PodName', 'wrong type for value; expected color.Color; got string')],
    ['{{colorCustom "x" "1"}}', at(18, '"1"', 'expected integer; found "1"')],
    ['{{$n := 1}}{{colorCustom "x" $n}}', at(29, '$n', 'wrong type for value; expected color.Attribute; got int')],
    ['{{colorRed 1}}', at(11, '1', 'expected string; found 1')],
    [
      '{{colorRed (tryParseJSON `{"a":1}`).a}}',
      at(25, '`{"a":1}`', 'wrong type for value; expected string; got json.Number'),
    ],
  ];
  it.each(failures)('%s fails', (source, expected) => {
    expect(rendered(source)).toBe(expected);
  });
});

describe('what Go has', () => {
  const cases: readonly (readonly [action: string, expected: string])[] = [
    ['and 1 0 2', '0'],
    ['and 1 2', '2'],
    ['or 0 "" 3', '3'],
    ['or 0 ""', ''],
    ['or 1 (len 3)', '1'],
    ['and 0 (len 3)', '0'],
    ['1 | and 2', '1'],
    ['not 0', 'true'],
    ['not "a"', 'false'],
    ['eq 1 1', 'true'],
    ['eq 1 2 3 1', 'true'],
    ['eq "a" "b"', 'false'],
    ['eq 1.5 1.5', 'true'],
    ['eq true false', 'false'],
    ['eq nil nil', 'true'],
    ['eq .Annotations nil', 'true'],
    ['eq .Labels nil', 'false'],
    ['ne 1 2', 'true'],
    ['lt 1 2', 'true'],
    ['le 2 2', 'true'],
    ['gt "b" "a"', 'true'],
    ['ge 1.5 2.5', 'false'],
    ['eq (index "abc" 1) 98', 'true'],
    ['lt (index "abc" 0) 98', 'true'],
    ['len "é"', '2'],
    ['len .Labels', '2'],
    ['len .Annotations', '0'],
    ['index .Labels "app"', 'web'],
    ['index "abc" 1', '98'],
    ['index .Labels', 'map[app:web tier:front]'],
    ['slice "abcdef" 1 3', 'bc'],
    ['slice "abcdef" 2', 'cdef'],
    ['slice "abc"', 'abc'],
    ['html "<a href=\\"x\\">&\'\\x00</a>"', '&lt;a href=&#34;x&#34;&gt;&amp;&#39;\ufffd&lt;/a&gt;'],
    ['html nil', '&lt;no value&gt;'],
    ['html 1 2 "<"', '1 2&lt;'],
    ['js "<a=\\"\'\\\\\\n&é\\u200b"', String.raw`\u003Ca\u003D\"\'\\\u000A\u0026é\u200B`],
    ['urlquery "a b&c/é~*"', 'a+b%26c%2F%C3%A9~%2A'],
    ['call .PodColor.SprintFunc "x"', 'x'],
  ];
  it.each(cases)('%s', (action, expected) => {
    expect(rendered(`{{${action}}}`)).toBe(expected);
  });

  const failures: readonly (readonly [action: string, what: string])[] = [
    ['eq 1', 'missing argument for comparison'],
    ['eq 1 "a"', 'incompatible types for comparison: int and string'],
    ['eq 1 1.0', 'incompatible types for comparison: int and float64'],
    ['eq .Labels .Labels', 'non-comparable type map[app:web tier:front]: map[string]string'],
    ['lt 1 "a"', 'incompatible types for comparison: int and string'],
    ['lt true false', 'invalid type for comparison'],
    ['lt nil 1', 'invalid type for comparison'],
    ['index nil', 'index of untyped nil'],
    ['index 1 2', "can't index item of type int"],
    ['index "abc" 3', 'reflect: string index out of range'],
    ['index "abc" 4', 'index out of range: 4'],
    ['index "abc" -1', 'index out of range: -1'],
    ['index "abc" "a"', 'cannot index slice/array with type string'],
    ['index "abc" nil', 'cannot index slice/array with nil'],
    ['index .Labels 1', 'value has type int; should be string'],
    ['index .Labels nil', 'value is nil; should be of type string'],
    ['slice nil', 'slice of untyped nil'],
    ['slice 1', "can't slice item of type int"],
    ['slice "abc" 1 2 3', 'cannot 3-index slice a string'],
    ['slice "abc" 1 2 3 4', 'too many slice indexes: 4'],
    ['slice "abc" 2 1', 'invalid slice index: 2 > 1'],
    ['slice "abc" 4', 'index out of range: 4'],
    ['call .PodColor.SprintfFunc', 'wrong number of args for .PodColor.SprintfFunc: got 0 want at least 1'],
    ['call .PodColor.SprintfFunc 1', 'arg 0: value has type int; should be string'],
  ];
  it.each(failures)('%s fails', (action, what) => {
    const name = action.split(' ')[0] ?? '';
    expect(rendered(`{{${action}}}`)).toBe(at(2, action, `error calling ${name}: ${what}`));
  });
});
