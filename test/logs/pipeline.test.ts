/** A block of lines is printed as its lines are, one by one: whatever the bytes, the filters and the format. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFormat } from '../../src/logs/format/compile.ts';
import type { LogLine } from '../../src/logs/line.ts';
import { compilePipeline, type Pipeline, type PipelineOptions } from '../../src/logs/pipeline.ts';
import { compileGoRegexp } from '../../src/logs/regexp/go-regexp.ts';
import { compileRe2 } from '../../src/logs/regexp/re2.ts';
import { compileTemplate } from '../../src/logs/template/compile.ts';
import { optionsOf } from './options-of.ts';
import { aSource } from '../support/log-source.ts';

const source = aSource({ labels: { app: 'web' } });

function optionsFor(argv: readonly string[], color: boolean): PipelineOptions {
  const { options, problems } = optionsOf(...argv);
  expect(problems).toEqual([]);
  return {
    lines: options.lines,
    look: options.format,
    until: options.range.until,
    templateText: undefined,
    color,
    terminal: color,
    allNamespaces: false,
    showNamespace: false,
    showContext: false,
    onFailure: (message) => expect.unreachable(message),
  };
}

function pipelineOf(argv: readonly string[], color: boolean): Pipeline {
  const compiled = compilePipeline(optionsFor(argv, color));
  if ('problems' in compiled) throw new Error(compiled.problems.join('\n'));
  return compiled.value;
}

/** Each line by itself, through patterns as RE2 has them and the format's way for single lines. */
function slowly(argv: readonly string[], color: boolean, lines: readonly Parts[]): string {
  const options = optionsFor(argv, color);
  const format = compileFormat(
    {
      output: options.look.output,
      columns: options.look.columns,
      counting: options.look.counting,
      zerologFields: options.look.zerologFields,
      template: undefined,
      timestamps: options.look.timestamps,
      timeZone: options.look.timeZone,
      colors: pipelineOf(argv, color).look.colors,
      diffContainer: false,
      showNamespace: false,
      showContext: false,
      allNamespaces: false,
      prefix: 'full',
      highlight: [...options.lines.include, ...options.lines.highlight],
      controlChars: color ? 'escape' : 'raw',
    },
    { compileTemplate, compileRegexp: compileGoRegexp, onFailure: options.onFailure },
  );
  if ('problems' in format) throw new Error(format.problems.join('\n'));
  const print = format.value.forSource(source);
  const { include, exclude } = options.lines;
  return lines
    .filter(({ message }) => {
      const text = Buffer.from(message, 'latin1').toString('utf8');
      return (
        (include.length === 0 || include.some((one) => matches(one, text))) &&
        !exclude.some((one) => matches(one, text))
      );
    })
    .map(({ stamp, message }): LogLine => {
      // oxlint-disable-next-line no-control-regex -- all of ASCII
      return { timestamp: stamp.trimEnd(), message, ascii: /^[\x00-\x7f]*$/.test(message) };
    })
    .map((line) => print(line) ?? '')
    .join('');
}

const patternsByText = new Map<string, ReturnType<typeof compileRe2>>();

function matches(pattern: string, text: string): boolean {
  const compiled = patternsByText.get(pattern) ?? compileRe2(pattern);
  patternsByText.set(pattern, compiled);
  return 'value' in compiled && compiled.value.test(text);
}

interface Parts {
  readonly stamp: string;
  /** Bytes, without a line feed. */
  readonly message: string;
}

const stamp = fc.constantFrom(
  '2026-11-21T02:16:18.123456789Z ',
  '2026-11-21T02:16:18.123456789Z ',
  '2026-11-21T02:16:18Z ',
  '2026-11-21T10:16:18.5+08:00 ',
  '',
);
const plain = fc.constantFrom(
  'a',
  'b',
  ' ',
  'ab',
  'err',
  'error',
  'ERR',
  '1',
  '\r',
  '\t',
  '\0',
  '{"a":1}',
  '"',
  '<',
  '\\',
  'Z ',
);
// Codes of colours, whole and cut off, and what acts on a terminal.
const codes = fc.constantFrom('\x1b[31m', '\x1b[0m', '\x1b[', '\x1b', '[', 'm', '\x1b[2J', '\x1b]0;x\x07', '\x7f');
// Text beyond ASCII, and bytes that are none.
const beyond = fc.constantFrom(
  '\xc3\xa4',
  '\xe2\x82\xac',
  '\xf0\x9f\x98\x80',
  '\xc3',
  '\xff',
  '\x80',
  '\xe2\x80\xa8',
  '\xef\xbf\xbd',
  '\xc2\x9b',
);
const piece = fc.oneof({ weight: 3, arbitrary: plain }, codes, beyond);
const message = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
const line = fc
  .record({ stamp, message })
  // Without a timestamp of the server, a message that begins like one would be taken for it.
  .filter((parts) => parts.stamp !== '' || !/^\d{4}-/.test(parts.message));
const lines = fc.array(line, { maxLength: 20 });

const patterns = fc.array(
  fc.constantFrom('a', 'err', 'error', '(?i)err', 'b$', '^a', 'ä', '[^a]', '\\x1b', 'm', '1|Z', '.b', '\\r', '€'),
  {
    maxLength: 2,
  },
);
const flags = fc
  .record({
    include: patterns,
    exclude: patterns,
    highlight: patterns,
    more: fc.constantFrom<string[]>([], ['-t'], ['-o', 'raw'], ['-o', 'json'], ['-o', 'extjson']),
  })
  .map(({ include, exclude, highlight, more }) => [
    'web',
    '--timezone=UTC',
    ...include.map((one) => `--include=${one}`),
    ...exclude.map((one) => `--exclude=${one}`),
    ...highlight.map((one) => `--highlight=${one}`),
    ...more,
  ]);

const blockOf = (parts: readonly Parts[]): Buffer =>
  Buffer.from(parts.map((one) => `${one.stamp}${one.message}\n`).join(''), 'latin1');

describe('a block of lines', () => {
  it('is printed as a slow and simple way prints its lines', () => {
    fc.assert(
      fc.property(flags, fc.boolean(), lines, (argv, color, given) => {
        const print = pipelineOf(argv, color).printerFor(source);
        expect(print(blockOf(given))).toBe(slowly(argv, color, given));
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('is printed the same however it is cut into blocks, and without its last line feed', () => {
    const context = fc.constantFrom<string[]>([], ['--before-context=1'], ['--after-context=2']);
    const cuts = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 3 });
    fc.assert(
      fc.property(flags, context, fc.boolean(), lines, cuts, (argv, more, color, given, places) => {
        const pipeline = pipelineOf([...argv, ...more], color);
        const whole = pipeline.printerFor(source)(blockOf(given));
        const pieces = [0, ...places.toSorted((a, b) => a - b), given.length];
        const print = pipeline.printerFor(source);
        const cut = pieces.slice(1).map((end, index) => print(blockOf(given.slice(pieces[index], end))));
        expect(cut.join('')).toBe(whole);
        // Without it, an empty line would be none.
        const last = given.at(-1);
        if (last && last.stamp + last.message !== '') {
          expect(pipeline.printerFor(source)(blockOf(given).subarray(0, -1))).toBe(whole);
        }
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
