/** The real stern, reading from standard input, prints the very same bytes. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileFormat } from '../../../src/logs/format/compile.ts';
import type { FormatOptions } from '../../../src/logs/format/options.ts';
import { stdinPalette } from '../../../src/logs/format/palette.ts';
import { bytesOf, type ByteString, type LogSource } from '../../../src/logs/line.ts';
import { peerPath } from '../../cluster/binaries.mts';
import { compileGoRegexp } from '../../../src/logs/regexp/go-regexp.ts';
import { compileTemplate } from '../../../src/logs/template/compile.ts';
import { aLine, plainDeps, plainOptions } from './lines.ts';

const stern = peerPath('stern');

const lines: readonly ByteString[] = [
  '',
  '   ',
  '-n',
  'plain error: something failed',
  'tab\tand return\r',
  'quotes "x" \\ and <a href="b">&</a>',
  '\x00\x01\b\f\v\x1b[31mred\x1b[0m\x7f',
  bytesOf('grüße € 😀 \u2028\u2029 \ufffd \ufeff \u0085'),
  'invalid \xff\xfe \xe2\x82 \xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 end',
  'timestamp 2026-11-21T02:16:18.123456789Z within',
  '{"level":"error","n":1.0,"big":12345678901234567890,"a":{"b":[1,null,true]}}',
  ' {"spaces": "around"} \r',
  '{"broken": ',
  '{"odd": "\xff"}',
  bytesOf('{"ü": "\u2028<"}'),
  '[1, 2]',
  '"text"',
  '"half',
  '12',
  '-0.5e+3',
  '01',
  'null',
  'true',
  'nul',
  '{}',
  '\xef\xbb\xbf{}',
  `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  `${'['.repeat(10_001)}${']'.repeat(10_001)}`,
  `long ${'x'.repeat(70_000)} error`,
];

const nobody: LogSource = {
  context: undefined,
  namespace: '',
  pod: '',
  podUid: '',
  container: '',
  containerId: '',
  node: '',
  labels: {},
  annotations: {},
};

function ours(options: Partial<FormatOptions>, kept: (line: ByteString) => boolean = () => true): string {
  const made = compileFormat(
    { ...plainOptions, ...options },
    { ...plainDeps, compileRegexp: compileGoRegexp, compileTemplate },
  );
  if ('problems' in made) throw new Error(made.problems.join('; '));
  const print = made.value.forSource(nobody);
  return lines
    .filter((line) => kept(line))
    .map((line) => print(aLine(line, '')) ?? '')
    .join('');
}

function theirs(flags: readonly string[]): string {
  const input = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');
  const { NO_COLOR: _, ...env } = process.env;
  const run = spawnSync(stern, ['--stdin', ...flags], { input, env, maxBuffer: 1e8 });
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return run.stdout.toString('latin1');
}

describe.skipIf(!existsSync(stern))('stern 1.34.0, which npm run cluster:build makes', () => {
  const outputs = ['default', 'raw', 'json', 'extjson', 'ppextjson'] as const;

  it.each(outputs)('%s', (output) => {
    const flags = ['-o', output];
    expect(ours({ output })).toBe(theirs([...flags, '--color', 'never']));
    expect(ours({ output, colors: stdinPalette })).toBe(theirs([...flags, '--color', 'always']));
  });

  it.each(['extjson', 'ppextjson', 'default'] as const)('%s of all namespaces', (output) => {
    const options = { output, allNamespaces: true, showNamespace: true, colors: stdinPalette };
    expect(ours(options)).toBe(theirs(['-o', output, '-A', '--color', 'always']));
  });

  it('templates', () => {
    const template = '{{color .PodColor .PodName}}{{.Message | len}} {{.Message}}|{{json .}}{{"\\n"}}';
    expect(ours({ template, colors: stdinPalette })).toBe(theirs(['--template', template, '--color', 'always']));
  });

  it.each([
    [['error']],
    [['e', 'er', 'error', 'err']],
    [['x*']],
    [['ü|€']],
    [['n.']],
    [['failed$', '^plain']],
    [['[0-9]+']],
    [['.*']],
    [['(?i)something', 'FAILED']],
    [['\\bn', '\\s+$']],
    [[String.raw`\x{fffd}|[^\x00-\x7f]`]],
  ])('highlights %j', (patterns) => {
    // Without colours in the text: there ours differs on purpose.
    const kept = (line: ByteString): boolean => !line.includes('\x1b[');
    const flags = patterns.flatMap((pattern) => ['-H', pattern]);
    const text = theirs(['-o', 'raw', '--color', 'always', '-e', String.raw`\x1b\[`, ...flags]);
    expect(ours({ output: 'raw', colors: stdinPalette, highlight: patterns }, kept)).toBe(text);
  });
});
