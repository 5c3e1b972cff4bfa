/** The command lines that stern and kmaint are compared with. */

export interface Case {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Several streams, whose lines may be interleaved. */
  readonly several?: boolean;
  /** kmaint says more than stern, on stderr and on purpose: only stdout and the exit code are compared. */
  readonly saysMore?: boolean;
  /** Its standard input: odd lines from files of these names. */
  readonly stdin?: RegExp;
}

const formats = ['default', 'raw', 'json', 'extjson', 'ppextjson'] as const;

/** The end of every template: stern adds no line feed of its own. */
const end = '{{"\\n"}}';

const odd = ['^odd-lines$', '-n', 'odd', '--no-follow', '--only-log-lines'];
const json = ['^json-lines$', '-n', 'odd', '--no-follow', '--only-log-lines'];
const dated = ['^dated$', '-n', 'odd', '--no-follow', '--only-log-lines', '--since', '100000h'];
const many = ['.', '-n', 'many', '--no-follow'];

/** Of odd lines: formats with colours, filters and timestamps. */
const oddFlags: readonly (readonly string[])[] = [
  [],
  ['--color', 'never'],
  ['--color', 'always'],
  ['-t'],
  ['-t=short'],
  ['--timestamps=default', '--timezone', 'Asia/Tokyo'],
  ['-i', 'err', '--color', 'always'],
  ['-i', '(?i)err|warn', '-i', '^a ', '--color', 'always'],
  ['-e', 'line|level', '-e', '^\\s*$'],
  ['-H', 'e', '--color', 'always'],
  ['-H', 'level', '-H', '"[a-z]+"', '-H', '\\p{Han}+', '--color', 'always'],
  ['-i', 'a', '-H', 'odd|main', '-e', 'b', '-t', '--color', 'always'],
  ['--tail', '1'],
  ['--tail', '20', '-t', '--timezone', 'UTC'],
];

const expressions: readonly (readonly string[])[] = [
  ['-i', '^$'],
  ['-i', '(?s)^.$'],
  ['-i', '^\\S+$'],
  ['-i', '\\x{1F600}'],
  ['-i', '\\pL\\p{Mn}|\\p{Cyrillic}'],
  ['-i', '(?i)k'],
  ['-i', '(?i)straße|GRÜSSE|grüße'],
  ['-i', '(?P<level>warn|error)'],
  ['-i', '\\Qa.b*c+d?\\E'],
  ['-i', '\\bline\\b'],
  ['-i', '\\A\\d+\\z'],
  ['-i', '\\ba\\B'],
  ['-i', '\\xff'],
  ['-i', '�'],
  ['-e', '.'],
  ['-e', 'nothing has this'],
  ['-i', '(?U)".+"', '-H', '(?U)".+"'],
  ['-H', 'a|ab|abc', '-H', 'error', '-H', 'err'],
  ['-H', '^', '-H', '$'],
  ['-H', '\\x1b\\[[0-9;]*m'],
];

/** What stern would also find in its own colour codes, and cut them; kmaint leaves those whole. */
const uncoloured: readonly (readonly string[])[] = [
  ['-i', '[[:cntrl:]]'],
  ['-i', '0{1,2}5?|(?:rr){1}'],
  ['-i', '.*$', '-H', '.{3}'],
  ['-H', ''],
];

/** Functions that no odd line can make fail. */
const safeTemplates = [
  '{{.Message}}',
  '{{json .}}',
  '{{json .Message}} {{json .Labels}} {{json .Annotations}}',
  '{{.NodeName}} {{.Namespace}} {{.PodName}} {{.ContainerName}} {{.Labels}} {{.Annotations}}',
  '{{color .PodColor .PodName}} {{color .ContainerColor .ContainerName}} {{color .PodColor .Message}}',
  '{{with $d := .Message | tryParseJSON}}{{$d.level}} {{$d.msg}} {{$d}}{{else}}- {{.Message}}{{end}}',
  '{{with $d := tryParseJSON .Message}}{{range $k, $v := $d}}{{$k}}={{$v}};{{end}}{{end}}',
  '{{tryExtractJSONParts .Message "level" "msg" "none"}}',
  '{{tryExtractJSONParts .Message "n" "err" "ts" "a"}}',
  '{{extjson .Message}}',
  '{{prettyJSON .Message}}',
  '{{prettyJSON (tryParseJSON .Message)}}',
  '{{colorBlack "a"}}{{colorRed "b"}}{{colorGreen "c"}}{{colorYellow "d"}}{{colorBlue "e"}}{{colorMagenta "f"}}{{colorCyan "g"}}{{colorWhite .Message}}',
  '{{colorRed "%s is %d" .PodName 7}} {{colorGreen "%v%%" 3}}',
  '{{colorCustom .Message 1 4 31}}',
  '{{levelColor .Message}}{{levelColor 3}}{{levelColor "ERROR"}}{{levelColor "Warning"}}',
  '{{with tryParseJSON .Message}}{{levelColor .level}} {{bunyanLevelColor .level}}{{end}}',
  '{{with tryParseJSON .Message}}{{toRFC3339Nano .ts}} {{toRFC3339Nano .time}} {{toUTC .ts}}{{end}}',
  '{{toRFC3339Nano "2026-11-21T02:16:18.5+09:00"}} {{toRFC3339Nano 1136171056}} {{toRFC3339Nano "1136171056.02"}}',
  '{{toTimestamp 1136171056 "Mon Jan _2 15:04:05.000 MST 2006"}} {{toTimestamp 1136171056 "06/1/2 3:4:5PM -07:00 .999" "Asia/Tokyo"}}',
  '{{toTimestamp 1136171056 "2006-01-02T15:04:05Z07:00" "America/New_York"}} {{toTimestamp "2026-07-01T00:00:00Z" "MST -0700" "Europe/Berlin"}}',
  '{{printf "%s|%q|%v|%-8s|%8s|%.3s|%x" .Message .PodName .PodName .PodName .PodName .Message .PodName}}',
  '{{printf "%d %5d %-5d| %05d %x %o %b %c %U %t %T %+d" 42 42 42 42 255 8 5 65 9731 true .PodName 7}}',
  '{{printf "%v %.2f %6.1f %e %g %s %d" 1.5 1.005 3.14159 1234.5 1e21 5 "x"}} {{printf "%s"}} {{printf "a" 1}}',
  '{{print .PodName .ContainerName 1 2 "a" 3}} {{println "x" 1}}',
  '{{len .Message}} {{index .Labels "app"}} {{index .Labels "none"}} {{slice .PodName 1 3}}',
  '{{html .Message}} {{js .Message}} {{urlquery .Message}}',
  '{{if and (eq .PodName "odd-lines") (ne .ContainerName "x")}}yes{{else if true}}no{{end}} {{or "" "b"}} {{not true}}',
  '{{if gt (len .Message) 20}}long{{else if ge (len .Message) 1}}short{{else}}empty{{end}} {{lt 1 2}} {{le "a" "b"}}',
  '{{define "x"}}<{{.}}>{{end}}{{template "x" .PodName}}{{block "y" .Message}}[{{.}}]{{end}}',
  '{{range $i, $c := tryParseJSON .Message}}{{if eq $i "msg"}}{{continue}}{{end}}{{$i}}{{break}}{{end}}',
  'a  {{- " b " -}}  c {{/* nothing */}}{{- /* nothing */ -}} d {{`raw "string"`}} {{"\\t\\u00e9"}} {{\'x\'}} {{0x1F}} {{1e3}}',
  '{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}} {{$.PodName}}',
  '{{.Message | printf "%q" | len}} {{printf "%v" nil}}',
];

/** Functions that some line makes fail: it is left out and told of. */
const failingTemplates = [
  '{{parseJSON .Message}}',
  '{{(parseJSON .Message).level}}',
  '{{with parseJSON .Message}}{{.level | levelColor}} {{.msg}} {{.n}} {{bunyanLevelColor .level}}{{end}}',
  '{{extractJSONParts .Message "level" "msg"}}',
  '{{extractJSONParts .Message "n" "ts" "err" "a" "used"}}',
  '{{prettyJSON (parseJSON .Message)}}',
  '{{toRFC3339Nano (parseJSON .Message).ts}}',
  '{{with tryParseJSON .Message}}{{toTimestamp .ts "15:04:05" "Local"}}{{end}}',
  '{{toTimestamp "yesterday" "15:04:05"}}',
  '{{toTimestamp 0 "15:04:05" "No/Where"}}',
  '{{slice .Message 3}}',
  '{{index .Message 5}}',
  '{{.Nothing}}',
  '{{with tryParseJSON .Message}}{{index .n 3}} {{len .msg}}{{end}}',
  '{{with tryParseJSON .Message}}{{if lt .level 5}}x{{end}}{{end}}',
];

const manyFlags: readonly (readonly string[])[] = [
  [],
  ['--only-log-lines'],
  ['--color', 'always'],
  ['-d', '--color', 'always'],
  ['--pod-colors', '91,38;2;255;97;136', '--color', 'always'],
  ['--pod-colors', '91,92', '--container-colors', '31,32', '-d', '--color', 'always'],
  ['-A', '--color', 'always'],
  ['-n', 'other', '--color', 'always'],
  ['-n', 'other,many'],
  ['-c', 'proxy|setup'],
  ['-c', '^main$'],
  ['-E', 'main', '-E', 'crash'],
  ['--exclude-pod', 'web', '--exclude-pod', '^multi-1$'],
  ['--init-containers=false'],
  ['--ephemeral-containers=false'],
  ['--container-state', 'terminated'],
  ['--container-state', 'running,waiting'],
  ['--condition', 'ready'],
  ['--condition', 'ready=false'],
  ['-l', 'app=multi'],
  ['-l', 'app=multi,tier=back'],
  ['--node', 'node-2'],
  ['--field-selector', 'metadata.name=nginx'],
  ['--tail', '3'],
  ['--since', '31m'],
  ['-i', 'error', '-H', 'message', '--color', 'always'],
  ['--max-log-requests', '1'],
  ['-t=short', '--timezone', 'UTC'],
  ['--qps', '-1', '--burst', '50'],
];

const queries: readonly (readonly [string, string])[] = [
  ...[
    'deploy',
    'deployment',
    'sts',
    'statefulset',
    'ds',
    'daemonset',
    'rs',
    'replicaset',
    'job',
    'jobs',
    'svc',
    'service',
  ].map((kind) => [`${kind}/multi`, 'owned'] as const),
  ['pod/web-1', 'many'],
  ['po/multi-0', 'many'],
  ['web-0|nginx', 'many'],
  ['multi-[0-9]', 'many'],
];

/** Every one of them. */
export function allCases(): readonly Case[] {
  const template = (text: string): readonly string[] => ['--template', `${text}${end}`];
  return [
    ...formats.flatMap((format) => oddFlags.map((flags) => ({ args: [...odd, '-o', format, ...flags] }))),
    ...expressions.map((flags) => ({ args: [...odd, '--color', 'always', ...flags] })),
    ...uncoloured.map((flags) => ({ args: [...odd, '--color', 'never', ...flags] })),
    ...['never', 'always'].flatMap((color) =>
      safeTemplates.flatMap((text) =>
        [odd, json].map((words) => ({ args: [...words, '--color', color, ...template(text)] })),
      ),
    ),
    ...failingTemplates.flatMap((text) => [odd, json].map((words) => ({ args: [...words, ...template(text)] }))),
    ...['default', 'short'].flatMap((stamp) =>
      ['UTC', 'Asia/Tokyo', 'America/St_Johns', 'Europe/Berlin', 'Asia/Kathmandu'].map((zone) => ({
        args: [...dated, `-t=${stamp}`, '--timezone', zone],
      })),
    ),
    { args: [...dated, '-t'], env: { TZ: 'Australia/Lord_Howe' } },
    { args: [...odd, '-o', 'default'], env: { NO_COLOR: '1' } },
    { args: ['^silent$', '-n', 'odd', '--no-follow'] },
    ...formats.flatMap((format) =>
      [[], ['-A'], ['-n', 'other']].map((flags) => ({ args: [...many, '-o', format, ...flags], several: true })),
    ),
    ...manyFlags.map((flags) => ({ args: [...many, ...flags], several: true })),
    // stern ends without a word.
    { args: ['no-such-pod', '-n', 'many', '--no-follow'], saysMore: true },
    ...queries.map(([query, namespace]) => ({ args: [query, '-n', namespace, '--no-follow'], several: true })),
    ...formats.map((format) => ({ args: ['--stdin', '-o', format], stdin: /\.log$/ })),
    ...['-i', '-e', '-H'].map((flag) => ({ args: ['--stdin', flag, 'err|a', '--color', 'always'], stdin: /\.log$/ })),
    { args: ['--stdin', '-t', '--color', 'always'], stdin: /plain/ },
    ...[...safeTemplates.slice(0, 8), ...failingTemplates.slice(0, 4)].map((text) => ({
      args: ['--stdin', '--color', 'always', ...template(text)],
      stdin: /json|plain/,
    })),
  ];
}
