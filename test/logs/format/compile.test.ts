/** A format is made as a whole, or all that is wrong is said at once. */
import { describe, expect, it } from 'vitest';
import { compileFormat } from '../../../src/logs/format/compile.ts';
import type { FormatDeps, FormatOptions } from '../../../src/logs/format/options.ts';
import { outputFormats } from '../../../src/logs/options.ts';
import { defaultPalette } from '../../../src/logs/format/palette.ts';
import type { TemplateData } from '../../../src/logs/format/templated.ts';
import { bytesOf, type ByteString, type Format } from '../../../src/logs/line.ts';
import { aLine, plainDeps, plainOptions, source, stamp } from './lines.ts';

function formatOf(options: Partial<FormatOptions>, deps: Partial<FormatDeps> = {}): Format {
  const made = compileFormat({ ...plainOptions, ...options }, { ...plainDeps, ...deps });
  if ('problems' in made) throw new Error(made.problems.join('; '));
  return made.value;
}

describe('problems', () => {
  it('are told together', () => {
    const made = compileFormat(
      { ...plainOptions, template: '{{', timeZone: 'Nowhere', highlight: ['(', '['] },
      { ...plainDeps, compileTemplate: () => ({ problem: 'template: unclosed action' }) },
    );
    expect(made).toEqual({
      problems: [
        expect.stringContaining('unknown time zone "Nowhere"'),
        expect.stringMatching(/^\(/),
        expect.stringMatching(/^\[/),
        'template: unclosed action',
      ],
    });
  });

  it('of a zone are told once', () => {
    const made = compileFormat({ ...plainOptions, output: 'zerolog', timeZone: 'Nowhere' }, plainDeps);
    expect(made).toEqual({ problems: [expect.stringContaining('Nowhere')] });
  });
});

describe('a prefix for whole blocks', () => {
  const whole = outputFormats.filter((output) => formatOf({ output }).prefixFor);

  it('is there for outputs that put nothing but a text before lines', () => {
    expect(whole).toEqual(['default', 'raw', 'kail', 'kubetail', 'kubectl']);
  });

  it.each(whole)('%s: says what each line says', (output) => {
    for (const colors of [undefined, defaultPalette]) {
      for (const showNamespace of [false, true]) {
        const counting = { coloured: 'pod', skip: [], showIndex: true } as const;
        const { prefixFor, forSource } = formatOf({ output, colors, showNamespace, counting });
        const message = bytesOf('grüße\r');
        expect(`${prefixFor?.(source)}${message}\n`).toBe(forSource(source)(aLine(message)));
      }
    }
  });

  it.each<[string, Partial<FormatOptions>]>([
    ['timestamps', { timestamps: 'short' }],
    ['what is harmless', { controlChars: 'escape' }],
    ['matches', { highlight: ['x'], colors: defaultPalette }],
    ['colours up to the end of the line', { output: 'kubetail', colors: defaultPalette }],
    ['a template', { template: 'x' }],
  ])('is not there for %s', (_, options) => {
    const compileTemplate = () => ({ value: { renderBytes: () => ({ text: '' }) } });
    expect(formatOf(options, { compileTemplate }).prefixFor).toBeUndefined();
  });

  it('is there with patterns that cannot be shown', () => {
    expect(formatOf({ highlight: ['x'] }).prefixFor).toBeDefined();
  });
});

describe('a template', () => {
  const labelled = { ...source, labels: { app: 'ü' } };

  function rendered(
    options: Partial<FormatOptions>,
    render: (data: TemplateData) => string,
    message: ByteString,
    from = source,
  ) {
    const told: string[] = [];
    const colours: boolean[] = [];
    const format = formatOf(
      { template: 'T', ...options },
      {
        compileTemplate: (_, { color }) => {
          colours.push(color);
          return {
            value: {
              renderBytes(data) {
                try {
                  return { text: render(data) };
                } catch (error) {
                  return { failure: (error as Error).message };
                }
              },
            },
          };
        },
        onFailure: (failure) => told.push(failure),
      },
    );
    return { printed: format.forSource(from)(aLine(message)), told, colours };
  }

  it('sees all of a line, as bytes', () => {
    const seen: TemplateData[] = [];
    rendered({}, (data) => String(seen.push(data)), bytesOf('grün'), labelled);
    expect(seen).toEqual([
      {
        Message: bytesOf('grün'),
        Timestamp: stamp,
        NodeName: 'node1',
        Namespace: 'shop',
        PodName: 'web-1',
        ContainerName: 'app',
        Labels: { app: bytesOf('ü') },
        Annotations: {},
        PodColor: expect.anything(),
        ContainerColor: expect.anything(),
      },
    ]);
  });

  it('prints what it makes, without a line feed of its own, and keeps odd bytes', () => {
    expect(rendered({}, ({ Message }) => `<${Message}>`, '\xff\xe2\x82!')).toMatchObject({
      printed: '<\xff\xe2\x82!>',
      colours: [false],
    });
  });

  it('has the timestamp in its message, and the colours of the pod', () => {
    expect(
      rendered({ timestamps: 'short', colors: defaultPalette }, (data) => data.PodColor.wrap(data.Message), 'm'),
    ).toMatchObject({ printed: '\x1b[93m11-21 02:16:18 m\x1b[0m', colours: [true] });
  });

  it('leaves out a line that it fails for, and says so', () => {
    const { printed, told } = rendered({}, ({ Message }) => String(JSON.parse(Message)), 'x');
    expect(printed).toBeUndefined();
    expect(told).toEqual([expect.stringMatching(/^expanding template failed: .*JSON/)]);
  });

  it('sees messages as they are; what it prints is harmless', () => {
    expect(
      rendered({ controlChars: 'strip' }, ({ Message }) => `${Message.length}${Message}\n\n`, 'a\x1b[2J'),
    ).toMatchObject({
      printed: '5a\n\n',
    });
  });

  it('does not count when it is empty', () => {
    expect(formatOf({ template: '' }).forSource(source)(aLine('m'))).toBe('web-1 app m\n');
  });
});

it('gives kubetail’s colours in the order in which pods are seen', () => {
  const { forSource } = formatOf({ output: 'kubetail', colors: defaultPalette });
  const first = (podUid: string): string => (forSource({ ...source, podUid })(aLine('m')) ?? '').slice(0, 6);
  expect(['a', 'b', 'a', 'c', 'd', 'e', 'f', 'g'].map((uid) => first(uid).replace('\x1b', ''))).toEqual([
    '[31m[',
    '[32m[',
    '[31m[',
    '[33m[',
    '[34m[',
    '[35m[',
    '[36m[',
    '[91m[',
  ]);
});
