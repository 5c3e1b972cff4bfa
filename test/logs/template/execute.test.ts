/** Templates run as Go's do: by the same values, with the same failures. */
import { describe, expect, it } from 'vitest';
import { rendered } from './lines.ts';

type Cases = readonly (readonly [source: string, expected: string])[];

const json = '{"a":1,"b":{"c":"x","n":null},"l":[1,"two",{"k":true}],"s":"text","z":null,"f":1.5,"e":[],"t":true}';
const message = { Message: json };

describe('text and trimming', () => {
  const cases: Cases = [
    ['plain', 'plain'],
    ['', ''],
    ['a  {{- " b " -}}  c', 'a b c'],
    ['a {{/* comment */}} b', 'a  b'],
    ['a {{- /* comment */ -}} b', 'ab'],
    ['{{-3}}|{{- 3 -}} |', '-3|3|'],
    ['a\n\t{{- .PodName -}}\n\n', 'aweb-1'],
    ['{{ "}}" }}', '}}'],
    ['{ { }}', '{ { }}'],
  ];
  it.each(cases)('%j', (source, expected) => {
    expect(rendered(source)).toBe(expected);
  });
});

describe('values', () => {
  const cases: Cases = [
    ['{{"a\\tb\\n\\"\\u00e9\\x41\\101"}}', 'a\tb\n"éAA'],
    ['{{`raw\\n`}}', 'raw\\n'],
    ["{{'a'}} {{'\\n'}} {{'é'}}", '97 10 233'],
    ['{{1}} {{-1}} {{+5}} {{0x1F}} {{0b101}} {{0o17}} {{017}} {{1_000}}', '1 -1 5 31 5 15 15 1000'],
    ['{{1.5}} {{1e3}} {{1e6}} {{1e21}} {{.5}} {{0x1p-2}} {{1e-7}}', '1.5 1000 1e+06 1e+21 0.5 0.25 1e-07'],
    ['{{true}} {{false}}', 'true false'],
    ['{{.Namespace}}/{{.PodName}} {{.ContainerName}} {{.NodeName}}', 'shop/web-1 app node1'],
    ['{{.Timestamp}}', '2026-11-21T17:40:01.123456789Z'],
    ['{{.Labels.app}} {{.Labels.none}} {{index .Labels "none"}}|', 'web <no value> |'],
    ['{{.Labels}} {{.Annotations}}', 'map[app:web tier:front] map[]'],
    ['{{$.PodName}}', 'web-1'],
    ['{{with $x := .PodName}}{{$x}} {{.}}{{end}}', 'web-1 web-1'],
    ['{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}', '12'],
    ['{{$x := 1}}{{if true}}{{$x = 2}}{{$y := 3}}{{$y}}{{end}}{{$x}}', '32'],
    ['{{if true}}{{$x := 1}}{{end}}{{with 1}}{{$x := 2}}{{$x}}{{end}}', '2'],
    ['{{(.Labels).app}} {{((.Labels)).tier}}', 'web front'],
    ['{{.PodName | printf "%s-%s" "a"}}', 'a-web-1'],
    ['{{.PodName | len | printf "%d"}}', '5'],
    ['{{ 9223372036854775807 }}', '9223372036854775807'],
  ];
  it.each(cases)('%j', (source, expected) => {
    expect(rendered(source)).toBe(expected);
  });
});

describe('blocks', () => {
  const cases: Cases = [
    ['{{if .Message}}yes{{end}}', 'yes'],
    ['{{if ""}}a{{else if 0}}b{{else if 1}}c{{else}}d{{end}}', 'c'],
    ['{{with ""}}a{{else with "b"}}{{.}}{{else}}c{{end}}', 'b'],
    ['{{with .Annotations}}a{{else}}{{.PodName}}{{end}}', 'web-1'],
    ['{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}', 'app=web;tier=front;'],
    ['{{range .Labels}}{{.}};{{end}}', 'web;front;'],
    ['{{range $i, $e := (parseJSON .Message).l}}{{$i}}:{{$e}} {{end}}', '0:1 1:two 2:map[k:true] '],
    ['{{range (parseJSON .Message).e}}x{{else}}none{{end}}', 'none'],
    ['{{range (parseJSON .Message).none}}x{{else}}none{{end}}', 'none'],
    ['{{range 3}}{{.}}{{end}}', '012'],
    ['{{range $i := 3}}{{$i}}{{end}}', '012'],
    ['{{range 5}}{{if eq . 1}}{{continue}}{{end}}{{if eq . 3}}{{break}}{{end}}{{.}}{{end}}', '02'],
    ['{{range 2}}{{range 3}}{{if eq . 1}}{{break}}{{end}}{{.}}{{end}};{{end}}', '0;0;'],
    ['{{$x := 0}}{{range $x = .Labels}}{{end}}{{$x}}', 'front'],
    ['{{define "t"}}<{{.}}>{{end}}{{template "t" .PodName}}{{template "t"}}', '<web-1><<no value>>'],
    ['{{block "b" .Labels}}{{.app}}{{end}}', 'web'],
    ['{{define "t"}}{{$}}{{end}}{{$x := 1}}{{template "t" $x}}', '1'],
    ['{{define "log"}}mine{{end}}', 'mine'],
    ['{{/* none */}}', ''],
  ];
  it.each(cases)('%j', (source, expected) => {
    expect(rendered(source, message)).toBe(expected);
  });
});

describe('objects of JSON', () => {
  const cases: Cases = [
    ['{{with tryParseJSON .Message}}{{.a}} {{.b.c}} {{.s}} {{.f}} {{.t}}{{end}}', '1 x text 1.5 true'],
    [
      '{{with parseJSON .Message}}{{.none}} {{.none.deeper}} {{.z}} {{.b}}{{end}}',
      '<no value> <no value> <no value> map[c:x n:<nil>]',
    ],
    ['{{with parseJSON .Message}}{{print .none}} {{printf "%v" .z}} {{.z | printf "%v"}}{{end}}', '<nil> <nil> <nil>'],
    ['{{with parseJSON .Message}}{{index . "b" "c"}} {{index .l 2 "k"}} {{index .l 1}}{{end}}', 'x true two'],
    ['{{with parseJSON .Message}}{{if .z}}a{{else}}b{{end}}{{if .e}}a{{else}}b{{end}}{{if .f}}a{{end}}{{end}}', 'bba'],
    ['{{with tryParseJSON "no"}}a{{else}}{{.PodName}}{{end}}', 'web-1'],
  ];
  it.each(cases)('%j', (source, expected) => {
    expect(rendered(source, message)).toBe(expected);
  });
});

describe('failures', () => {
  const cases: Cases = [
    ['{{.Foo}}', 'template: log:1:2: executing "log" at <.Foo>: can\'t evaluate field Foo in type stern.Log'],
    [
      'a\n {{.PodName.X}}',
      'template: log:2:11: executing "log" at <.PodName.X>: can\'t evaluate field X in type string',
    ],
    [
      '{{with parseJSON .Message}}{{.z.deeper}}{{end}}',
      'template: log:1:31: executing "log" at <.z.deeper>: nil pointer evaluating interface {}.deeper',
    ],
    [
      '{{with parseJSON .Message}}{{.a.deeper}}{{end}}',
      'template: log:1:31: executing "log" at <.a.deeper>: can\'t evaluate field deeper in type interface {}',
    ],
    ['{{len}}', 'template: log:1:2: executing "log" at <len>: wrong number of args for len: want 1 got 0'],
    [
      '{{printf}}',
      'template: log:1:2: executing "log" at <printf>: wrong number of args for printf: want at least 1 got 0',
    ],
    ['{{len 3}}', 'template: log:1:2: executing "log" at <len 3>: error calling len: len of type int'],
    [
      '{{len nil}}',
      'template: log:1:2: executing "log" at <len nil>: error calling len: reflect: call of reflect.Value.Type on zero Value',
    ],
    ['{{printf 1}}', 'template: log:1:9: executing "log" at <1>: expected string; found 1'],
    ['{{printf nil}}', 'template: log:1:9: executing "log" at <nil>: cannot assign nil to string'],
    [
      '{{parseJSON .Labels}}',
      'template: log:1:12: executing "log" at <.Labels>: wrong type for value; expected string; got map[string]string',
    ],
    [
      '{{parseJSON .Labels.none}}',
      'template: log:1:19: executing "log" at <.Labels.none>: invalid value; expected string',
    ],
    [
      '{{.PodName "x"}}',
      'template: log:1:2: executing "log" at <.PodName>: PodName has arguments but cannot be invoked as function',
    ],
    ['{{.Labels.app 1}}', 'template: log:1:9: executing "log" at <.Labels.app>: app is not a method but has arguments'],
    ['{{1 2}}', 'template: log:1:2: executing "log" at <1>: can\'t give argument to non-function 1'],
    ['{{nil}}', 'template: log:1:2: executing "log" at <nil>: nil is not a command'],
    [
      '{{template "none"}}',
      'template: log:1:11: executing "log" at <{{template "none"}}>: template "none" not defined',
    ],
    [
      '{{define "t"}}{{.x}}{{end}}{{template "t" 1}}',
      'template: log:1:16: executing "t" at <.x>: can\'t evaluate field x in type int',
    ],
    ['{{range .PodName}}{{end}}', 'template: log:1:8: executing "log" at <.PodName>: range can\'t iterate over web-1'],
    [
      '{{range $a, $b := 3}}{{end}}',
      'template: log:1:18: executing "log" at <3>: can\'t use 3 to iterate over more than one variable',
    ],
    [
      '{{.PodColor.SprintFunc}}',
      'template: log:1:2: executing "log" at <{{.PodColor.SprintFunc}}>: can\'t print {{.PodColor.SprintFunc}} of type func(...interface {}) string',
    ],
    ['{{call nil}}', 'template: log:1:2: executing "log" at <call nil>: error calling call: call of nil'],
    ['{{call 3}}', 'template: log:1:2: executing "log" at <call 3>: error calling call: non-function 3 of type int'],
    [
      '{{18446744073709551615}}',
      'template: log:1:2: executing "log" at <18446744073709551615>: 18446744073709551615 overflows int',
    ],
    ['{{and}}', 'template: log:1:2: executing "log" at <and>: wrong number of args for and: want at least 1 got 0'],
  ];
  it.each(cases)('%j', (source, expected) => {
    expect(rendered(source, message)).toBe(expected);
  });
});
