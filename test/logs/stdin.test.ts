/** Lines from another program, however they come in pieces. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../src/errors.ts';
import { compilePipeline, type Pipeline } from '../../src/logs/pipeline.ts';
import { printStdin } from '../../src/logs/stdin.ts';
import type { LineWriter } from '../../src/report/line-writer.ts';
import { optionsOf } from './options-of.ts';

function pipelineOf(...argv: readonly string[]): Pipeline {
  const { options } = optionsOf('--stdin', ...argv);
  const compiled = compilePipeline({
    lines: options.lines,
    look: options.format,
    until: undefined,
    templateText: undefined,
    color: false,
    terminal: false,
    allNamespaces: false,
    showNamespace: false,
    showContext: false,
    onFailure: (message) => expect.unreachable(message),
  });
  if ('problems' in compiled) throw new Error(compiled.problems.join('\n'));
  return compiled.value;
}

interface Read {
  readonly out: string;
  readonly cut: number;
  /** The longest that was written at once. */
  readonly longest: number;
}

async function read(chunks: Iterable<Buffer>, maxLineBytes = 1_048_576, ...argv: readonly string[]): Promise<Read> {
  const seen = { out: '', cut: 0, longest: 0 };
  const out: LineWriter = {
    write(text) {
      seen.out += text;
      seen.longest = Math.max(seen.longest, text.length);
      return undefined;
    },
    failure: undefined,
    flush: () => Promise.resolve(),
  };
  const pipeline = pipelineOf(...(argv.length === 0 ? ['-o', 'raw'] : argv));
  await printStdin(
    Readable.from(chunks),
    { pipeline, out, maxLineBytes, onTruncated: () => void (seen.cut += 1) },
    new AbortController().signal,
  );
  return seen;
}

describe('standard input', () => {
  it.each<[string, readonly string[], string]>([
    ['nothing', [], ''],
    ['a line in pieces', ['a', 'b', '\nc', '\n'], 'ab\nc\n'],
    ['a last line without a line feed', ['a\nb'], 'a\nb\n'],
    ['empty lines', ['\n\n', '\n', 'a\n\n'], '\n\n\na\n\n'],
    ['carriage returns', ['a\r\n\r\n'], 'a\r\n\r\n'],
    ['bytes that are no text', ['\xff\x00\xe4\n'], '\xff\x00\xe4\n'],
    [
      "timestamps, which are not the server's",
      ['2026-11-21T02:16:18.123456789Z a\n'],
      '2026-11-21T02:16:18.123456789Z a\n',
    ],
  ])('%s', async (_, chunks, expected) => {
    expect((await read(chunks.map((chunk) => Buffer.from(chunk, 'latin1')))).out).toBe(expected);
  });

  it('is the same however it is cut into pieces', async () => {
    const byte = fc.constantFrom('a', '\n', '\r', '\xff', ' ', '2026-11-21T02:16:18Z ');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(byte, { maxLength: 6 })), async (pieces) => {
        const text = pieces.flat().join('');
        const { out } = await read(pieces.map((piece) => Buffer.from(piece.join(''), 'latin1')));
        expect(out).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`);
      }),
    );
  });

  it('cuts lines that are too long, and says so of each', async () => {
    const lines = ['short', 'x'.repeat(2000), 'y'.repeat(1024), `${'ä'.repeat(511)}aäb`, 'z'.repeat(5000)];
    const { out, cut } = await read([Buffer.from(lines.join('\n'))], 1024);
    expect(Buffer.from(out, 'latin1').toString().split('\n')).toEqual([
      'short',
      `${'x'.repeat(1024)}…[truncated 976 bytes]`,
      'y'.repeat(1024),
      `${'ä'.repeat(511)}a…[truncated 3 bytes]`,
      `${'z'.repeat(1024)}…[truncated 3976 bytes]`,
      '',
    ]);
    expect(cut).toBe(3);
  });

  it('holds no more of an endless line than that', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    function* endless(): Generator<Buffer> {
      yield Buffer.from('before\n');
      for (let count = 0; count < 4096; count += 1) yield piece;
      yield Buffer.from('\nafter\n');
    }
    const before = process.memoryUsage().rss;
    const { out, cut, longest } = await read(endless(), 4096);
    expect(out).toBe(
      `before\n${'x'.repeat(4096)}…[truncated ${4096 * 64 * 1024 - 4096} bytes]\nafter\n`.replace('…', '\xe2\x80\xa6'),
    );
    expect(cut).toBe(1);
    expect(longest).toBeLessThan(8192);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  it('goes through filters whole', async () => {
    const chunks = ['an er', 'ror\nnothing\nerr', 'or\n'].map((chunk) => Buffer.from(chunk));
    expect((await read(chunks, 4096, '-o', 'raw', '-i', 'error')).out).toBe('an error\nerror\n');
  });

  it('case 59: goes through a template, whose fields but for the message are empty', async () => {
    const template =
      '{{with $m := .Message | tryParseJSON}}{{$m.level}}: {{$m.msg}}{{else}}[{{.PodName}}]{{end}}{{"\\n"}}';
    const { out } = await read([Buffer.from('{"level":"warn","msg":"slow"}\nplain\n')], 4096, '--template', template);
    expect(out).toBe('warn: slow\n[]\n');
  });

  it('case 59: has no time, in a template and in a column', async () => {
    const line = [Buffer.from('m\n')];
    const template = '[{{.Timestamp}}{{.Namespace}}{{.PodName}}{{.ContainerName}}{{.NodeName}}]';
    expect((await read(line, 4096, '--template', template)).out).toBe('[]');
    expect((await read(line, 4096, '--columns', 'timestamp')).out).toBe('- m\n');
  });

  it('tells an input that breaks, after what came of it', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('whole\n');
        throw Object.assign(new Error('read EIO'), { code: 'EIO' });
      })(),
    );
    const written: Buffer[] = [];
    const out: LineWriter = {
      write: (bytes) => void written.push(Buffer.from(bytes as never, 'latin1')),
      failure: undefined,
      flush: () => Promise.resolve(),
    };
    const options = { pipeline: pipelineOf('-o', 'raw'), out, maxLineBytes: 4096, onTruncated: () => {} };
    await expect(printStdin(broken, options, new AbortController().signal)).rejects.toMatchObject({
      code: 'logs.input',
      exitCode: 1,
      message: 'standard input could not be read to its end: read EIO',
    });
    expect(Buffer.concat(written).toString()).toBe('whole\n');
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const input = new Readable({ read: () => {} });
    const out: LineWriter = { write: () => undefined, failure: undefined, flush: () => Promise.resolve() };
    const options = { pipeline: pipelineOf(), out, maxLineBytes: 4096, onTruncated: () => {} };
    const done = printStdin(input, options, stop.signal);
    stop.abort(new InterruptedError('SIGINT'));
    await expect(done).rejects.toBeInstanceOf(InterruptedError);
    expect(input.destroyed).toBe(true);
  });
});
